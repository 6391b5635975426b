import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRecentCount } from '../../lib/limits/recent-count.ts';

it('is about what happens in one span when it happens evenly', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 250 }), fc.integer({ min: 1500, max: 5000 }), (every, lasts) => {
      const recent = createRecentCount(500);
      for (let time = 0; time <= lasts; time += every) recent.add(time);
      expect(Math.abs(recent.at(lasts) - 500 / every)).toBeLessThanOrEqual(2);
    }),
  );
});

it.each([
  { title: 'at once', after: 0, count: 10 },
  { title: 'still within its span', after: 499, count: 10 },
  { title: 'half a span later', after: 750, count: 5 },
  { title: 'a span later', after: 1000, count: 0 },
  { title: 'an hour later', after: 3_600_000, count: 0 },
  { title: 'when the clock was set back', after: -3_600_000, count: 0 },
])('of ten at one moment is $count $title', ({ after, count }) => {
  const recent = createRecentCount(500);
  for (let index = 0; index < 10; index += 1) recent.add(1_790_000_000_000);
  expect(recent.at(1_790_000_000_000 + after)).toBe(count);
});
