import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slotLimiter } from '../../lib/limits/shared-limiter.ts';
import { allowed, mostInAMinute, play } from './callers.ts';
import { memorySlots } from './memory-slot-table.ts';
import { virtualTime } from './virtual-time.ts';

const log = { warn: () => {} };

/** So long that no process ever falls back to a bucket of its own. */
const patience = { first: 60_000, later: 60_000 };

describe('in any 60 s no more calls pass than the limit and the larger of 1 and 1 %', () => {
  it.each([
    { title: 'clocks a second wrong, where the table tells no time', wrong: 1000, tellsTime: false },
    { title: 'clocks as wrong as they like, where the table tells the time', wrong: 7_200_000, tellsTime: true },
  ])('over four processes with $title', async ({ wrong, tellsTime }) => {
    const crowd = fc.record({
      process: fc.nat({ max: 3 }),
      callers: fc.integer({ min: 1, max: 50 }),
      from: fc.nat({ max: 70_000 }),
      lasts: fc.nat({ max: 90_000 }),
      patience: fc.constantFrom(500, 5_000, 30_000, 120_000),
      rest: fc.constantFrom(1, 80, 900, 3_000),
    });
    const limit = fc.constantFrom(1, 7, 60, 100, 199, 240, 299, 400, 1000);
    const errors = fc.array(fc.constantFrom(-wrong, 0, wrong), { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        limit,
        errors,
        fc.array(crowd, { minLength: 1, maxLength: 6 }),
        fc.array(fc.constantFrom(1, 4, 15, 120, 700), { minLength: 7, maxLength: 7 }),
        async (perMinute, clockErrors, crowds, latencies) => {
          const time = virtualTime();
          const slots = memorySlots(time);
          let requests = 0;
          const latency = () => {
            requests += 1;
            return latencies[requests % latencies.length];
          };
          const limiters = clockErrors.map((error) => {
            const clock = time.clock(error);
            return slotLimiter({ table: slots.open({ clock, latency, tellsTime }), clock, patience, log });
          });
          const { passes } = await play(
            time,
            perMinute,
            crowds.flatMap(({ process, lasts, ...rest }) => {
              const limiter = limiters[process];
              return limiter ? [{ ...rest, limiter, to: rest.from + lasts }] : [];
            }),
          );
          expect(mostInAMinute(passes)).toBeLessThanOrEqual(allowed(perMinute));
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([
    { perMinute: 60, most: 61 },
    { perMinute: 199, most: 200 },
    { perMinute: 600, most: 606 },
    { perMinute: 6000, most: 6060 },
  ])(
    'when a process that is a second behind gives way to one that is a second ahead, at $perMinute a minute',
    async ({ perMinute, most }) => {
      const time = virtualTime();
      const slots = memorySlots(time);
      const [behind, ahead] = [-1000, 1000].map((error) => {
        const clock = time.clock(error);
        return slotLimiter({ table: slots.open({ clock, latency: () => 4, tellsTime: false }), clock, log });
      });
      if (!behind || !ahead) throw new Error('two limiters were made');
      const crowd = { callers: 6 * Math.ceil(perMinute / 60), patience: 30_000, rest: 1 };
      const { passes } = await play(time, perMinute, [
        { ...crowd, limiter: behind, from: 0, to: 60_000 },
        { ...crowd, limiter: ahead, from: 60_000, to: 120_000 },
      ]);
      expect(mostInAMinute(passes)).toBeLessThanOrEqual(most);
      expect(mostInAMinute(passes)).toBeGreaterThan(0.95 * perMinute);
    },
  );

  it('and 50 callers in each of four processes use at least 95 % of it', async () => {
    const time = virtualTime();
    const slots = memorySlots(time);
    const crowds = [0, 300, -200, 20].map((error) => {
      const clock = time.clock(error);
      const limiter = slotLimiter({ table: slots.open({ clock, latency: () => 6 }), clock, log });
      return { limiter, callers: 50, from: 0, to: 60_000, patience: 30_000, rest: 100 };
    });
    const { passes } = await play(time, 6000, crowds);
    expect(mostInAMinute(passes)).toBeLessThanOrEqual(6060);
    expect(mostInAMinute(passes)).toBeGreaterThan(5700);
    expect(slots.traffic.writes).toBeLessThan(passes.length / 4);
  });
});
