import type { RateLimiter } from '../../lib/inference/ports.ts';

type Outcome = Awaited<ReturnType<RateLimiter['acquire']>>;

/** What a limiter was asked for. */
export type AskedSlot = { readonly group: string; readonly perMinute: number; readonly remaining: number };

/**
 * A limiter that notes what it is asked for.
 *
 * @param outcome - what it says to each; may wait, until the signal aborts
 */
export const watchedLimiter = (
  outcome: (signal: AbortSignal) => Outcome | Promise<Outcome> = () => 'passed',
): RateLimiter & { readonly asked: AskedSlot[] } => {
  const asked: AskedSlot[] = [];
  return {
    asked,
    acquire: async (group, perMinute, remaining, signal) => {
      asked.push({ group, perMinute, remaining });
      return outcome(signal);
    },
  };
};
