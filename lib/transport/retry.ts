import { setTimeout } from 'node:timers/promises';

/** Elasticsearch's `xpack.inference.http.retry.*`, in milliseconds. */
const initialDelay = 1000;
const maxDelayBound = 5000;
const timeout = 30_000;
const maxAttempts = 3;

/** Time in milliseconds from any start; `wait` may end early, with any error, when the signal is aborted. */
export type Clock = {
  readonly now: () => number;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
};

const systemClock: Clock = {
  now: () => performance.now(),
  wait: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
};

/**
 * Repeats what failed as Elasticsearch does: up to twice, after a random time in the upper half of a bound that starts at one second
 * and doubles up to five, and never later than 30 s after the first attempt began.
 *
 * @param attempt - gets the number of the attempt, from 1
 * @param attempts - how many there may be in all
 * @param random - from 0 to below 1
 * @returns what the first attempt that succeeds returns
 * @throws the last attempt's error; the signal's reason when it is aborted between attempts
 */
export const retrying = async <T>(
  attempt: (number: number) => Promise<T>,
  {
    retryable,
    signal,
    attempts = maxAttempts,
    clock = systemClock,
    random = Math.random,
  }: {
    readonly retryable: (error: unknown) => boolean;
    readonly signal: AbortSignal;
    readonly attempts?: number | undefined;
    readonly clock?: Clock;
    readonly random?: () => number;
  },
): Promise<T> => {
  const start = clock.now();
  for (let number = 1; ; number++) {
    try {
      return await attempt(number);
    } catch (error) {
      if (number >= attempts || !retryable(error)) throw error;
      signal.throwIfAborted();
      const bound = Math.min(initialDelay * 2 ** (number - 1), maxDelayBound);
      const delay = (bound * (1 + random())) / 2;
      if (clock.now() + delay > start + timeout) throw error;
      try {
        await clock.wait(delay, signal);
      } catch (interruption) {
        signal.throwIfAborted(); // the reason says more than a timer's own error
        throw interruption;
      }
      signal.throwIfAborted();
    }
  }
};
