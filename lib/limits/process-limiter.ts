import type { RateLimiter } from '../inference/ports.ts';
import { createBuckets } from './buckets.ts';
import { type Clock, systemClock } from './clock.ts';
import { createLine } from './line.ts';

type ProcessLimiterOptions = {
  readonly clock?: Clock;
  /** How many callers may wait in one group. @default Elasticsearch's 2000 */
  readonly queueCapacity?: number;
};

/** Timers come late. So much of it is made up for, so that a line moves at its full rate; after a longer pause none is. */
const timerDelayMs = 100;
const mostBuckets = 1000;

/** A token bucket that holds at most one token, and the line in front of it. */
const processBucket = (perMinute: number, queueCapacity: number, clock: Clock) => {
  const interval = 60_000 / perMinute;
  /** When there is a token. */
  let tokenAt = Number.NEGATIVE_INFINITY;
  let stopTimer = () => {};

  const line = createLine<undefined, 'passed'>(() => {
    if (line.size() === 0) stopTimer();
  });

  const hasToken = (now: number): boolean => {
    // It is never further away than this, unless the clock was set back.
    tokenAt = Math.min(tokenAt, now + interval);
    return tokenAt <= now;
  };

  const serve = (): void => {
    stopTimer();
    const now = clock.now();
    while (line.size() > 0 && hasToken(now)) {
      tokenAt = Math.max(tokenAt, now - timerDelayMs) + interval;
      line.first()?.settle('passed');
    }
    if (line.size() > 0) stopTimer = clock.after(tokenAt - now, serve);
  };

  return {
    acquire: async (signal: AbortSignal): Promise<'passed' | 'queue_full'> => {
      const now = clock.now();
      if (line.size() === 0 && hasToken(now)) {
        tokenAt = now + interval;
        return 'passed';
      }
      if (line.size() >= queueCapacity) return 'queue_full';
      const turn = line.join(undefined, signal);
      if (line.size() === 1) serve();
      return turn;
    },
    isIdle: (): boolean => line.size() === 0 && hasToken(clock.now()),
  };
};

/**
 * Elasticsearch's own limit, for one process: per group a token bucket that holds one token, so that calls pass 60 s divided by the
 * limit apart, and a first-come line, where a call waits until its signal aborts.
 *
 * `acquire` never answers `too_late`: it throws the signal's reason.
 */
export const processLimiter = (options: ProcessLimiterOptions = {}): RateLimiter => {
  const { clock = systemClock, queueCapacity = 2000 } = options;
  const buckets = createBuckets<ReturnType<typeof processBucket>>(mostBuckets);
  return {
    acquire: async (group, perMinute, _remaining, signal) => {
      signal.throwIfAborted();
      return buckets.get(group, () => processBucket(perMinute, queueCapacity, clock)).acquire(signal);
    },
  };
};
