import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Cache, createCache } from '../../lib/store/cache.ts';

const maxAgeMs = 30_000;
const staleMs = 600_000;
const down = new Error('store down');

/** What the cache loads from, and what it did with it. */
let stored: Map<string, string>;
let loads: string[];
let staleKeys: string[];
let failure: Error | undefined;
let time: number;

const open = (changes: { maxAgeMs?: number; maxEntries?: number } = {}): Cache<string> =>
  createCache({
    load: async (key) => {
      loads.push(key);
      if (failure) throw failure;
      return stored.get(key);
    },
    maxAgeMs,
    staleMs,
    maxEntries: 10,
    now: () => time,
    onStale: (key, error) => staleKeys.push(`${key}: ${error}`),
    ...changes,
  });

beforeEach(() => {
  stored = new Map([['a', 'first']]);
  loads = [];
  staleKeys = [];
  failure = undefined;
  time = 1_790_000_000_000;
});

describe('a kept value', () => {
  it('is the same promise as long as it serves', async () => {
    const cache = open();
    await cache.get('a');

    const kept = cache.get('a');
    time += maxAgeMs - 1;
    expect(cache.get('a')).toBe(kept);
    expect(await kept).toBe('first');
    expect(loads).toEqual(['a']);
  });

  it('is read again when its time is over, and then kept for as long again', async () => {
    const cache = open();
    await cache.get('a');
    stored.set('a', 'second');
    time += maxAgeMs;

    expect(await cache.get('a')).toBe('second');
    time += maxAgeMs - 1;
    expect(await cache.get('a')).toBe('second');
    expect(loads).toEqual(['a', 'a']);
  });

  it('is forgotten when the store no longer has it', async () => {
    const cache = open();
    await cache.get('a');
    stored.delete('a');
    time += maxAgeMs;

    expect(await cache.get('a')).toBeUndefined();
    failure = down;
    await expect(cache.get('a')).rejects.toBe(down);
  });

  it('counts its age from the beginning of its read', async () => {
    const cache = createCache({
      load: async () => {
        time += 20_000;
        loads.push('slow');
        return 'value';
      },
      maxAgeMs,
      staleMs,
      maxEntries: 1,
      now: () => time,
    });
    await cache.get('a');
    time += 10_000;
    await cache.get('a');
    expect(loads).toEqual(['slow', 'slow']);
  });

  it('is read each time when nothing may be old', async () => {
    const cache = open({ maxAgeMs: 0 });
    expect(await Promise.all([cache.get('a'), cache.get('a'), cache.fresh('a')])).toEqual(['first', 'first', 'first']);
    expect(await cache.get('a')).toBe('first');
    expect(loads).toEqual(['a', 'a', 'a', 'a']);
  });

  it('gives way to others when it was used longest ago', async () => {
    const cache = open({ maxEntries: 2 });
    stored = new Map([
      ['a', 'A'],
      ['b', 'B'],
      ['c', 'C'],
    ]);
    for (const key of ['a', 'b', 'a', 'c', 'a', 'c', 'b']) await cache.get(key);
    expect(loads).toEqual(['a', 'b', 'c', 'b']);
  });

  it.each([0, 1, 1000, maxAgeMs])('is never older than %i ms, whatever happens when', async (limit) => {
    const event = fc.oneof(
      fc.nat({ max: 2 * maxAgeMs }).map((ms) => ({ type: 'pass' as const, ms })),
      fc
        .constantFrom('read' as const, 'fresh' as const, 'change elsewhere' as const, 'change here' as const)
        .map((type) => ({ type })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
        const cache = open({ maxAgeMs: limit });
        /** When the values 0, 1, … of the store gave way to the next. */
        const replacedAt: number[] = [];
        const change = () => {
          replacedAt.push(time);
          stored.set('a', String(replacedAt.length));
        };
        stored.set('a', '0');
        for (const happening of events) {
          switch (happening.type) {
            case 'pass':
              time += happening.ms;
              break;
            case 'change elsewhere':
              change();
              break;
            case 'change here':
              change();
              cache.delete('a');
              expect(await cache.get('a')).toBe(String(replacedAt.length));
              break;
            case 'fresh':
              expect(await cache.fresh('a')).toBe(String(replacedAt.length));
              break;
            case 'read':
              expect(replacedAt[Number(await cache.get('a'))] ?? time).toBeGreaterThanOrEqual(time - limit);
              break;
          }
        }
      }),
    );
  });
});

describe('reading', () => {
  it('is done once for all who ask at the same time', async () => {
    const cache = open();
    const values = await Promise.all([cache.get('a'), cache.get('a'), cache.fresh('a'), cache.get('a')]);
    expect(values).toEqual(['first', 'first', 'first', 'first']);
    expect(loads).toEqual(['a']);
  });

  it('is done each time for what is not there', async () => {
    const cache = open();
    expect(await cache.get('b')).toBeUndefined();
    stored.set('b', 'now there');
    expect(await cache.get('b')).toBe('now there');
  });

  it('past what is kept refills it', async () => {
    const cache = open();
    await cache.get('a');
    stored.set('a', 'second');

    expect(await cache.get('a')).toBe('first');
    expect(await cache.fresh('a')).toBe('second');
    expect(await cache.get('a')).toBe('second');
    expect(loads).toEqual(['a', 'a']);
  });

  it('that fails leaves nothing behind', async () => {
    const cache = open();
    failure = down;
    await expect(cache.get('a')).rejects.toBe(down);
    failure = undefined;
    expect(await cache.get('a')).toBe('first');
  });
});

describe("the process's own change", () => {
  it.each([
    { title: 'a value', change: (cache: Cache<string>) => cache.set('a', 'own'), next: 'own', count: 1 },
    { title: 'a deletion', change: (cache: Cache<string>) => cache.delete('a'), next: 'second', count: 2 },
  ])('is not undone by a read that began before it: $title', async ({ change, next, count }) => {
    const cache = open();
    const before = cache.get('a');
    stored.set('a', 'second');
    change(cache);
    await before;

    expect(await cache.get('a')).toBe(next);
    expect(loads).toHaveLength(count);
  });

  it('is kept like a value that was read', async () => {
    const cache = open();
    cache.set('a', 'own');
    time += maxAgeMs - 1;
    expect(await cache.get('a')).toBe('own');
    time += 1;
    expect(await cache.get('a')).toBe('first');
  });
});

describe('while the store is down', () => {
  it.each([
    { title: 'get', read: (cache: Cache<string>) => cache.get('a') },
    { title: 'fresh', read: (cache: Cache<string>) => cache.fresh('a') },
  ])('what was read before serves, each time told: $title', async ({ read }) => {
    const cache = open();
    await cache.get('a');
    failure = down;
    time += maxAgeMs + staleMs - 1;

    expect(await read(cache)).toBe('first');
    expect(staleKeys).toEqual(['a: Error: store down']);
  });

  it('what was read too long ago does not serve', async () => {
    const cache = open();
    await cache.get('a');
    failure = down;
    time += maxAgeMs + staleMs;
    await expect(cache.get('a')).rejects.toBe(down);
    expect(staleKeys).toEqual([]);
  });

  it('the store is asked at most once a second', async () => {
    const cache = open();
    await cache.get('a');
    failure = down;
    time += maxAgeMs;
    await cache.get('a');
    time += 999;
    expect(await cache.get('a')).toBe('first');
    expect(loads).toEqual(['a', 'a']);

    failure = undefined;
    stored.set('a', 'second');
    time += 1;
    expect(await cache.get('a')).toBe('second');
  });

  it('the store is asked each time when nothing may be old', async () => {
    const cache = open({ maxAgeMs: 0 });
    await cache.get('a');
    failure = down;
    expect(await cache.get('a')).toBe('first');
    expect(await cache.get('a')).toBe('first');
    expect(loads).toEqual(['a', 'a', 'a']);
  });

  it('trying again does not make a value younger', async () => {
    const cache = open();
    await cache.get('a');
    failure = down;
    for (let elapsed = 0; elapsed < maxAgeMs + staleMs - 1000; elapsed += 1000) {
      time += 1000;
      await cache.get('a');
    }
    time += 1000;
    await expect(cache.get('a')).rejects.toBe(down);
  });

  it('all who ask at the same time share the failure', async () => {
    const cache = open();
    failure = down;
    const results = await Promise.allSettled([cache.get('a'), cache.get('a')]);
    expect(results).toEqual([
      { status: 'rejected', reason: down },
      { status: 'rejected', reason: down },
    ]);
    expect(loads).toEqual(['a']);
  });
});

describe('the counts', () => {
  it('say what was found, what was not, and what left for others', async () => {
    const cache = open({ maxEntries: 2 });
    expect(cache.counts()).toEqual({ count: 0, hits: 0, misses: 0, evictions: 0 });
    stored.set('b', '').set('c', '');
    for (const key of ['a', 'a', 'none', 'b', 'c', 'c']) await cache.get(key);
    expect(cache.counts()).toEqual({ count: 2, hits: 2, misses: 4, evictions: 1 });

    time += maxAgeMs;
    await cache.get('c');
    cache.delete('b');
    expect(cache.counts()).toEqual({ count: 1, hits: 2, misses: 5, evictions: 1 });
  });
});
