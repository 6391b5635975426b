import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clock, retrying } from '../../lib/transport/retry.ts';

/** A clock that moves only when someone waits, or by hand. */
const virtualClock = () => {
  const waits: number[] = [];
  let time = 1_000_000;
  const clock: Clock = {
    now: () => time,
    wait: async (milliseconds) => {
      waits.push(milliseconds);
      time += milliseconds;
    },
  };
  const pass = (milliseconds: number) => {
    time += milliseconds;
  };
  return { clock, waits, pass };
};

const { signal } = new AbortController();
const retryable = () => true;
const failure = new Error('cut');
/** Fails `times` times, then gives the number of the attempt. */
const failing = (times: number) => async (number: number) => {
  if (number <= times) throw new Error(`failure ${number}`);
  return number;
};

describe('retrying', () => {
  it.each([
    [0, 0, []],
    [1, 0, [500]],
    [5, 0, [500, 1000, 2000, 2500, 2500]],
    [5, 0.5, [750, 1500, 3000, 3750, 3750]],
  ])('after %i failures and random %d, has waited %j ms and succeeds', async (times, random, delays) => {
    const { clock, waits } = virtualClock();
    const result = await retrying(failing(times), { retryable, signal, attempts: 6, clock, random: () => random });
    expect({ result, waits }).toEqual({ result: times + 1, waits: delays });
  });

  it.each([
    ['two retries', undefined, 2],
    ['as many as it is told', 6, 5],
  ])('gives up after %s, with the last error', async (_, attempts, retries) => {
    const { clock, waits } = virtualClock();
    const result = retrying(failing(9), { retryable, signal, attempts, clock });
    await expect(result).rejects.toEqual(new Error(`failure ${retries + 1}`));
    expect(waits).toHaveLength(retries);
  });

  it('ends at once with an error that is not retryable', async () => {
    const { clock, waits } = virtualClock();
    const isFirst = (error: unknown) => error instanceof Error && error.message === 'failure 1';
    await expect(retrying(failing(9), { retryable: isFirst, signal, clock })).rejects.toEqual(new Error('failure 2'));
    expect(waits).toHaveLength(1);
  });

  it.each([
    ['begins a try 30 s after the first', 29_500, 2],
    ['begins no try later than that', 29_501, 1],
  ])('%s', async (_, duration, attempts) => {
    const { clock, waits, pass } = virtualClock();
    let count = 0;
    const attempt = async () => {
      count++;
      pass(duration);
      throw failure;
    };
    await expect(retrying(attempt, { retryable, signal, clock, random: () => 0 })).rejects.toBe(failure);
    expect({ count, waits }).toEqual({ count: attempts, waits: attempts === 2 ? [500] : [] });
  });

  it('waits in the upper half of each bound, whatever chance and attempts do', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        fc.infiniteStream(fc.integer({ min: 0, max: 12_000 })),
        async (chances, durations) => {
          const { clock, waits, pass } = virtualClock();
          const begun: number[] = [];
          const attempt = async () => {
            begun.push(clock.now());
            pass(durations.next().value);
            throw failure;
          };
          const random = () => chances.next().value;
          await expect(retrying(attempt, { retryable, signal, attempts: 6, clock, random })).rejects.toBe(failure);
          const bounds = [1000, 2000, 4000, 5000, 5000];
          expect(
            waits.every((delay, index) => delay >= (bounds[index] ?? 0) / 2 && delay <= (bounds[index] ?? 0)),
          ).toBe(true);
          expect(begun.every((time) => time - (begun[0] ?? 0) <= 30_000)).toBe(true);
        },
      ),
    );
  });

  it.each([
    ['the time is over', new DOMException('late', 'TimeoutError')],
    ['the caller leaves', new Error('left')],
  ])('throws the reason of the signal when %s during a wait', async (_, reason) => {
    const leaving = new AbortController();
    const attempt = async () => {
      setImmediate(() => leaving.abort(reason));
      throw failure;
    };
    // The real clock: its timer must end with the signal.
    await expect(retrying(attempt, { retryable, signal: leaving.signal })).rejects.toBe(reason);
  });

  it('does not wait when the signal is aborted already', async () => {
    const { clock, waits } = virtualClock();
    const leaving = new AbortController();
    const attempt = async () => {
      leaving.abort('left');
      throw failure;
    };
    await expect(retrying(attempt, { retryable, signal: leaving.signal, clock })).rejects.toBe('left');
    expect(waits).toEqual([]);
  });
});
