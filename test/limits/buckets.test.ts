import { expect, it } from 'vitest';
import { createBuckets } from '../../lib/limits/buckets.ts';

type Bucket = { readonly name: string; readonly isIdle: () => boolean };

const open = (busy: readonly string[]) => {
  const buckets = createBuckets<Bucket>(3);
  return {
    ask: (name: string) => buckets.get(name, () => ({ name, isIdle: () => !busy.includes(name) })),
    size: buckets.size,
  };
};

it('are the same each time', () => {
  const { ask } = open([]);
  expect(ask('a')).toBe(ask('a'));
});

it.each([
  { title: 'the one used longest ago', busy: [], asked: 'abcad', forgotten: ['b'], kept: ['a', 'c', 'd'] },
  { title: 'none that is busy', busy: ['a', 'b'], asked: 'abcd', forgotten: ['c'], kept: ['a', 'b', 'd'] },
  { title: 'none when all are busy', busy: ['a', 'b', 'c'], asked: 'abcd', forgotten: [], kept: ['a', 'b', 'c', 'd'] },
  {
    title: 'several when there is room again',
    busy: [],
    asked: 'abcdef',
    forgotten: ['a', 'b', 'c'],
    kept: ['d', 'e', 'f'],
  },
])('forget $title', ({ busy, asked, forgotten, kept }) => {
  const { ask, size } = open(busy);
  const first = new Map<string, Bucket>();
  for (const name of asked)
    if (!first.has(name)) first.set(name, ask(name));
    else ask(name);
  expect(size()).toBe(kept.length);
  for (const name of kept) expect(ask(name)).toBe(first.get(name));
  for (const name of forgotten) expect(ask(name)).not.toBe(first.get(name));
});
