/** Everything must be over within two seconds, whatever still hangs. */
const longest = 1_900;

/** npm passes on what its whole process group, this process included, has got already. */
const echo = 500;

/**
 * Ends the process on SIGINT and SIGTERM: at the first after `stop`, at a second one at once.
 *
 * @param stop - takes up to 1.9 seconds
 */
export const stopOnSignals = (stop: () => Promise<void>, onFailure: (error: unknown) => void): void => {
  let stoppingSince: number | undefined;
  const onSignal = () => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > echo) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    setTimeout(() => process.exit(), longest);
    stop()
      .catch(onFailure)
      .finally(() => process.exit());
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
};
