/** As often as the schedule of the ML node's stack, in milliseconds. */
const interval = 5 * 60_000;

/** After a start, in milliseconds: what the server was killed in the middle of should not wait, and first calls come first. */
const first = 1_000;

/**
 * Puts deployments in order from time to time, as the schedule does on AWS. It keeps no process alive.
 *
 * @param sweep - never rejects
 * @returns stops it
 */
export const startSweepTimer = (sweep: () => Promise<unknown>): (() => void) => {
  const timers = [setTimeout(sweep, first).unref(), setInterval(sweep, interval).unref()];
  return () => timers.forEach(clearTimeout);
};
