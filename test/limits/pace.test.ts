import fc from 'fast-check';
import { expect, it } from 'vitest';
import { paceOf } from '../../lib/limits/pace.ts';

it.each([
  { perMinute: 1, items: 1, interval: 60_000, blockSlots: 1 },
  { perMinute: 10, items: 1, interval: 6000, blockSlots: 1 },
  { perMinute: 60, items: 1, interval: 62_600 / 61, blockSlots: 1 },
  { perMinute: 6000, items: 1, interval: 62_600 / 6060, blockSlots: 48 },
  { perMinute: 30_000, items: 1, interval: 62_600 / 30_300, blockSlots: 242 },
  { perMinute: 30_001, items: 2, interval: 62_600 / 15_150, blockSlots: 121 },
  { perMinute: 90_000, items: 3, interval: 62_600 / 30_300, blockSlots: 242 },
])('at $perMinute a minute is that of $items items with a slot every $interval ms', ({ perMinute, ...pace }) => {
  expect(paceOf(perMinute)).toEqual(pace);
});

it('keeps the law at any limit, and comes to 96 % of it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), (perMinute) => {
      const { items, interval, blockSlots } = paceOf(perMinute);
      const allowed = perMinute + Math.max(1, perMinute / 100);
      // The slots of 60 s and of the 2.6 s by which clocks and lateness may shift them.
      expect(items * Math.ceil(62_600 / interval - 1e-6)).toBeLessThanOrEqual(allowed);
      expect((items * 60_000) / interval).toBeGreaterThan(0.96 * perMinute - items);
      expect(60_000 / interval).toBeLessThanOrEqual(30_000);
      expect((blockSlots - 1) * interval).toBeLessThan(500);
    }),
  );
});
