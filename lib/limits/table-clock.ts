import { clockErrorMs } from './pace.ts';

/** How far the table's time is from that of this process. */
export type TableClock = {
  /** Milliseconds to add to the process's time. */
  readonly offset: () => number;
  /**
   * Learns from one answer.
   *
   * @param date - the table's time in it, cut to whole seconds, as HTTP's `Date` gives it
   * @param sent - the process's time before the request
   * @param received - the process's time after the answer
   */
  readonly observe: (date: number, sent: number, received: number) => void;
};

/**
 * Keeps a process within a second of the table's time, however wrong its own clock is, if the answers it learns from came within a
 * second. A clock that they do not contradict is left alone, but for as long as an answer takes: on AWS it is right to the
 * millisecond, and a `Date` tells whole seconds.
 */
export const createTableClock = (): TableClock => {
  /** The true offset lies between these. Each answer narrows them down. */
  let least = Number.NEGATIVE_INFINITY;
  let most = Number.POSITIVE_INFINITY;
  let offset = 0;
  return {
    offset: () => offset,
    observe: (date, sent, received) => {
      const from = date - received;
      const to = date + 1000 - sent;
      least = Math.max(least, from);
      most = Math.min(most, to);
      if (least > most) {
        // The process's clock was set since: what was learnt before is worth nothing.
        least = from;
        most = to;
      }
      offset = Math.min(Math.max(0, least, most - clockErrorMs), most, least + clockErrorMs);
    },
  };
};
