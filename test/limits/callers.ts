import type { RateLimiter } from '../../lib/inference/ports.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Callers who all do the same: wait for their slot, use it for a while, and come again. */
export type Crowd = {
  readonly limiter: RateLimiter;
  readonly callers: number;
  /** From when to when they come, in milliseconds from the beginning. */
  readonly from: number;
  readonly to: number;
  /** How long a caller is willing to wait, in milliseconds. */
  readonly patience: number;
  /** How long a caller stays away after each call that passed, in milliseconds; the others come back after a second. */
  readonly rest: number;
};

/** What the service behind the limiter saw, in milliseconds of true time. */
export type Played = { readonly passes: readonly number[]; readonly outcomes: Readonly<Record<string, number>> };

/** Lets crowds use their limiters, with the deadline as the signal, as calls do. */
export const play = async (time: VirtualTime, perMinute: number, crowds: readonly Crowd[]): Promise<Played> => {
  const passes: number[] = [];
  const outcomes: Record<string, number> = {};
  const beginning = time.now();

  const call = async ({ limiter, patience, rest }: Crowd): Promise<void> => {
    const controller = new AbortController();
    const stop = time.clock().after(patience, () => controller.abort());
    const outcome = await limiter.acquire('group', perMinute, patience, controller.signal).catch(() => 'aborted');
    stop();
    if (outcome === 'passed') passes.push(time.now());
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    await time.wait(outcome === 'passed' ? rest : 1000);
  };

  const visit = async (crowd: Crowd, index: number): Promise<void> => {
    await time.wait(crowd.from + index);
    while (time.now() < beginning + crowd.to) {
      await call(crowd);
    }
  };

  for (const crowd of crowds) for (let index = 0; index < crowd.callers; index += 1) void visit(crowd, index);
  const end = Math.max(...crowds.map(({ to, patience, rest }) => to + patience + rest));
  await time.pass(end + 1000);
  return { passes, outcomes };
};

/** The most passes in any 60 s, the end of which does not count in. */
export const mostInAMinute = (passes: readonly number[]): number => {
  const sorted = passes.toSorted((a, b) => a - b);
  let first = 0;
  return sorted.reduce((most, pass, last) => {
    while ((sorted[first] ?? 0) <= pass - 60_000) first += 1;
    return Math.max(most, last - first + 1);
  }, 0);
};

/** What the law allows in any 60 s. */
export const allowed = (perMinute: number): number => perMinute + Math.max(1, Math.floor(perMinute / 100));
