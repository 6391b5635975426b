/** As often as the schedule of the ML node's stack, in milliseconds. */
const interval = 5 * 60_000;

/**
 * Puts deployments in order from time to time, as the schedule does on AWS. It keeps no process alive.
 *
 * @param sweep - never rejects
 * @returns stops it
 */
export const startSweepTimer = (sweep: () => Promise<unknown>): (() => void) => {
  const timer = setInterval(sweep, interval);
  timer.unref();
  return () => clearInterval(timer);
};
