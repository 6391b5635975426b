/** The time of one process. */
export type Clock = {
  /** Milliseconds since 1970. The wall clock, since a monotonic one may stand still while Lambda freezes the process. */
  readonly now: () => number;
  /**
   * Runs `action` once, after so many milliseconds; a little early or late is fine.
   *
   * @returns what stops that
   */
  readonly after: (milliseconds: number, action: () => void) => () => void;
};

export const systemClock: Clock = {
  now: Date.now,
  after: (milliseconds, action) => {
    // Node warns of times below 0, which come of work between two looks at the clock.
    const timer = setTimeout(action, Math.max(0, Math.ceil(milliseconds)));
    return () => clearTimeout(timer);
  },
};
