import type { Clock } from '../../lib/limits/clock.ts';
import type { Reservation, SlotTable } from '../../lib/limits/slot-table.ts';
import { createTableClock } from '../../lib/limits/table-clock.ts';
import type { VirtualTime } from './virtual-time.ts';

type Traffic = { reads: number; writes: number; refused: number };

type View = {
  readonly clock: Clock;
  /** How long the next request takes in all, in milliseconds; undefined: it is never answered. @default nothing */
  readonly latency?: () => number | undefined;
  /** What the next request fails with. */
  readonly failure?: () => Error | undefined;
  /** Whether answers carry the table's time, in whole seconds. @default true */
  readonly tellsTime?: boolean;
};

/** Slots in memory; the behaviours in `slot-table.test.ts` hold for it as for DynamoDB. */
export const memorySlots = (time: Pick<VirtualTime, 'now' | 'wait'>) => {
  const nextSlots = new Map<string, number>();
  const traffic: Traffic = { reads: 0, writes: 0, refused: 0 };

  /** The table as one process sees it. */
  const open = ({ clock, latency = () => 0, failure = () => undefined, tellsTime = true }: View): SlotTable => {
    const tableClock = createTableClock();
    let hasAnswered = false;

    const ask = async <Answer>(answer: () => Answer): Promise<Answer> => {
      const sent = clock.now();
      const duration = latency();
      const error = failure();
      await time.wait((duration ?? Number.POSITIVE_INFINITY) / 2);
      if (error) throw error;
      const result = answer();
      const date = Math.floor(time.now() / 1000) * 1000;
      await time.wait((duration ?? 0) / 2);
      if (tellsTime) tableClock.observe(date, sent, clock.now());
      hasAnswered = true;
      return result;
    };

    const take = ({ bucket, span }: Reservation, fits: (next: number | undefined) => number | undefined) =>
      ask(() => {
        traffic.writes += 1;
        const first = fits(nextSlots.get(bucket));
        if (first === undefined) traffic.refused += 1;
        else nextSlots.set(bucket, first + span);
        return first;
      });

    return {
      offset: tableClock.offset,
      hasAnswered: () => hasAnswered,
      read: (bucket) =>
        ask(() => {
          traffic.reads += 1;
          return nextSlots.get(bucket);
        }),
      append: (reservation) =>
        take(reservation, (next) =>
          next !== undefined && next >= reservation.from && next <= reservation.latest ? next : undefined,
        ),
      begin: (reservation) =>
        take(reservation, (next) => (next === undefined || next < reservation.from ? reservation.from : undefined)),
    };
  };

  return { open, traffic, nextSlot: (bucket: string) => nextSlots.get(bucket) };
};
