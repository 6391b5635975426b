// Time that a request takes of its own, on machines that are slow, or busy with others.

/** Milliseconds since the call: the processor's time or the clock's, whichever is less. Others use the one, other threads the other. */
export const stopwatch = (): (() => number) => {
  const [clock, processor] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(processor);
    return Math.min(performance.now() - clock, (user + system) / 1000);
  };
};

/** 5 MB of JSON with 345,000 keys. */
const yardstick = `{${Array.from({ length: 345_000 }, (_, index) => `"k${index}":"a"`).join(',')}}`;

/**
 * Milliseconds that the engine itself takes to read and write the yardstick where a second is one: what a request may take is measured
 * against that.
 */
const usual = 500;

/** How many times as long as that it takes just now, but no less than once. */
export const slowness = (): number => {
  const measure = stopwatch();
  JSON.stringify(JSON.parse(yardstick));
  return Math.max(1, measure() / usual);
};
