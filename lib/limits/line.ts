/** One caller in a line, with what its limiter keeps about it. */
export type Waiter<About, Outcome> = { readonly about: About; readonly settle: (outcome: Outcome) => void };

/** Callers who wait for their turn, in the order in which they came. */
export type Line<About, Outcome> = {
  readonly size: () => number;
  readonly first: () => Waiter<About, Outcome> | undefined;
  readonly all: () => readonly Waiter<About, Outcome>[];
  /**
   * Waits at the end of the line until settled.
   *
   * @throws the signal's reason, as soon as it aborts; those behind move up
   */
  readonly join: (about: About, signal: AbortSignal) => Promise<Outcome>;
};

/**
 * @param onLeave - told when somebody has given up
 */
export const createLine = <About, Outcome>(onLeave: () => void): Line<About, Outcome> => {
  /** A Set keeps the order in which they came, and lets anyone leave at once. */
  const waiters = new Set<Waiter<About, Outcome>>();

  const join = (about: About, signal: AbortSignal): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const leave = () => {
        waiters.delete(waiter);
        reject(signal.reason);
        onLeave();
      };
      const waiter: Waiter<About, Outcome> = {
        about,
        settle: (outcome) => {
          waiters.delete(waiter);
          signal.removeEventListener('abort', leave);
          resolve(outcome);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      waiters.add(waiter);
    });

  return {
    size: () => waiters.size,
    first: () => waiters.values().next().value,
    all: () => [...waiters],
    join,
  };
};
