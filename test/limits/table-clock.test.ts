import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTableClock } from '../../lib/limits/table-clock.ts';

/** An answer: how much later than the one before, how long its way there and back takes, in milliseconds. */
const answer = fc.record({
  after: fc.nat({ max: 5000 }),
  there: fc.nat({ max: 500 }),
  back: fc.nat({ max: 500 }),
});
const answers = fc.array(answer, { minLength: 1, maxLength: 30 });
const beginning = 1_790_000_000_000;

type Answer = { readonly after: number; readonly there: number; readonly back: number };

/** Runs a clock that is `error` milliseconds ahead through the answers, and gives its offset after each. */
const learn = (clock: ReturnType<typeof createTableClock>, error: number, heard: readonly Answer[]): number[] => {
  let time = beginning;
  return heard.map(({ after, there, back }) => {
    time += after;
    const sent = time + error;
    time += there;
    const date = Math.floor(time / 1000) * 1000;
    time += back;
    clock.observe(date, sent, time + error);
    return clock.offset();
  });
};

it('is not told apart from its own before the first answer', () => {
  expect(createTableClock().offset()).toBe(0);
});

it('is known to a second from the first answer on, however wrong its own is', () => {
  fc.assert(
    fc.property(answers, fc.integer({ min: -86_400_000, max: 86_400_000 }), (heard, error) => {
      for (const offset of learn(createTableClock(), error, heard)) {
        expect(Math.abs(offset + error)).toBeLessThanOrEqual(1000);
      }
    }),
  );
});

it('is its own where that is right, but for what the answers take', () => {
  fc.assert(
    fc.property(answers, (heard) => {
      const longest = Math.max(...heard.map(({ there, back }) => there + back));
      for (const offset of learn(createTableClock(), 0, heard)) expect(Math.abs(offset)).toBeLessThanOrEqual(longest);
    }),
  );
});

it('is known to 50 ms after many quick answers at different times', () => {
  const quick = Array.from({ length: 60 }, () => ({ after: 1017, there: 3, back: 3 }));
  expect(Math.abs((learn(createTableClock(), 5000, quick).at(-1) ?? 0) + 5000)).toBeLessThan(50);
});

it('is found again when its own clock was set', () => {
  fc.assert(
    fc.property(
      answers,
      answers,
      fc.integer({ min: 3000, max: 86_400_000 }),
      fc.constantFrom(-1, 1),
      (before, after, jump, direction) => {
        const clock = createTableClock();
        learn(clock, 0, before);
        const error = jump * direction;
        for (const offset of learn(clock, error, after)) expect(Math.abs(offset + error)).toBeLessThanOrEqual(1000);
      },
    ),
  );
});
