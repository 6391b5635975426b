import { setImmediate as nextTurn } from 'node:timers/promises';

/** One request's place in the schedule. Its jobs run one after the other, those of other requests in between. */
export type Lane = {
  /** @throws the signal's reason, without running `job`, when the caller leaves before its turn comes */
  readonly run: <Result>(job: () => Promise<Result>) => Promise<Result>;
};

export type Schedule = {
  /** @param patient - gives way to all others, such as work that nobody waits for yet */
  readonly openLane: (signal: AbortSignal, how?: { readonly patient: boolean }) => Lane;
};

/** Every so many turns the oldest request has precedence, so that a stream of short ones cannot hold it up for ever. */
const turnsPerOldest = 4;

/**
 * Shares one resource, the inference thread, among requests: one job at a time, and next the job of the request that has
 * had the least time so far. A short request thus passes a long one at the end of the job that runs.
 *
 * @param now - milliseconds of a clock that never goes back
 */
export const createSchedule = (now: () => number = () => performance.now()): Schedule => {
  type Turn = { readonly lane: { readonly number: number; served: number }; readonly take: () => Promise<void> };
  const waiting = new Set<Turn>();
  let lanes = 0;
  let turns = 0;
  let working = false;

  const choose = (): Turn | undefined => {
    turns += 1;
    const rank = turns % turnsPerOldest === 0 ? (turn: Turn) => turn.lane.number : (turn: Turn) => turn.lane.served;
    return [...waiting].reduce<Turn | undefined>(
      (best, turn) => (best === undefined || rank(turn) < rank(best) ? turn : best),
      undefined,
    );
  };

  const work = async (): Promise<void> => {
    if (working) return;
    working = true;
    for (;;) {
      // The request that was just served gets in line again, and new ones arrive, before the choice is made.
      await nextTurn();
      const turn = choose();
      if (turn === undefined) break;
      waiting.delete(turn);
      const start = now();
      await turn.take();
      turn.lane.served += now() - start;
    }
    working = false;
  };

  const openLane: Schedule['openLane'] = (signal, { patient } = { patient: false }) => {
    lanes += 1;
    const lane = { number: lanes, served: patient ? Number.POSITIVE_INFINITY : 0 };
    const run = <Result>(job: () => Promise<Result>) =>
      new Promise<Result>((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        const take = async (): Promise<void> => {
          signal.removeEventListener('abort', leave);
          await job().then(resolve, reject);
        };
        const turn: Turn = { lane, take };
        const leave = () => {
          waiting.delete(turn);
          reject(signal.reason);
        };
        signal.addEventListener('abort', leave, { once: true });
        waiting.add(turn);
        void work();
      });
    return { run };
  };

  return { openLane };
};
