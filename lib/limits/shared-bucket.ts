import type { Clock } from './clock.ts';
import { createFrontier } from './frontier.ts';
import { createLine, type Waiter } from './line.ts';
import { type Pace, slotLifeMs } from './pace.ts';
import { createRecentCount } from './recent-count.ts';
import type { SlotTable } from './slot-table.ts';

type SharedBucketOptions = {
  /** The item's key in the table. */
  readonly name: string;
  readonly pace: Pace;
  readonly table: SlotTable;
  readonly clock: Clock;
  /** How long the table may hold a call at the moment, in milliseconds. */
  readonly patience: () => number;
  /** Told when a request to the table is over, with what went wrong. */
  readonly onEnd: (error?: unknown) => void;
};

type Outcome = 'passed' | 'too_late' | 'no_table';

/** Milliseconds by the process's own clock. */
type Times = { readonly arrived: number; readonly deadline: number };

/** One bucket of the table as a process sees it: its slots there, and the callers who wait for them in line. */
export const sharedBucket = ({ name, pace, table, clock, patience, onEnd }: SharedBucketOptions) => {
  const { interval, blockSlots } = pace;
  const tableNow = (): number => clock.now() + table.offset();
  const frontier = createFrontier({ bucket: name, table, now: tableNow });
  const arrivals = createRecentCount(slotLifeMs);
  /** Slots taken and not used yet, the earliest first. Whoever is first in line has the first: none is lost when a caller leaves. */
  const slots: number[] = [];
  /** The request under way: one at a time, so that it takes slots for all who have come meanwhile. */
  let request: { isLate: boolean } | undefined;
  let requestedAt = Number.NEGATIVE_INFINITY;
  let stopTimer = () => {};

  const line = createLine<Times, Outcome>(() => {
    if (line.size() === 0) stopTimer();
  });

  const withoutSlot = (): readonly Waiter<Times, Outcome>[] => line.all().slice(slots.length);

  /** No place in line gets a slot before this, in the table's milliseconds. */
  const earliestAt = (place: number): number => slots[place] ?? frontier.earliest() + (place - slots.length) * interval;

  const isTooLate = ({ deadline }: Times, place: number): boolean => earliestAt(place) > deadline + table.offset();

  const refuseTooLate = (): void => {
    let place = 0;
    for (const waiter of line.all()) {
      if (isTooLate(waiter.about, place)) waiter.settle('too_late');
      else place += 1;
    }
  };

  const dismiss = (): void => {
    for (const waiter of withoutSlot()) waiter.settle('no_table');
  };

  const dropExpired = (): void => {
    while (slots[0] !== undefined && slots[0] < tableNow() - slotLifeMs) slots.shift();
  };

  /** Takes slots for all who have none, and some for callers who come next if many came lately. */
  const takeSlots = async (current: { readonly isLate: boolean }): Promise<void> => {
    if (!table.hasAnswered()) await frontier.look();
    for (;;) {
      refuseTooLate();
      const wanting = withoutSlot();
      // Whoever is late has been served by another bucket; slots that still come are theirs.
      if (current.isLate || wanting.length === 0) return;
      const count = Math.max(wanting.length, Math.min(blockSlots, arrivals.at(clock.now())));
      const latest = wanting.map(({ about }, place) => about.deadline - place * interval);
      const taken = await frontier.take(Math.min(...latest) + table.offset(), count * interval);
      if (current.isLate) return;
      if (typeof taken === 'object') {
        slots.push(...Array.from({ length: count }, (_, index) => taken.first + index * interval));
        return;
      }
      refuseTooLate();
      // A read tells which it was, and for how many.
      if (taken === 'too_late_or_idle' && withoutSlot().length > 0) await frontier.look();
    }
  };

  const startRequest = (oldest: Times): void => {
    const now = clock.now();
    // Who came during the last request has waited for the table since; who was here before it had a slot, and has lost it.
    const since = oldest.arrived >= requestedAt ? oldest.arrived : now;
    const current = { isLate: false };
    const stopWaiting = clock.after(since + patience() - now, () => {
      current.isLate = true;
      dismiss();
      onEnd(new Error('The table has not answered in time'));
    });
    request = current;
    requestedAt = now;
    takeSlots(current)
      .then(
        () => onEnd(),
        (error: unknown) => {
          dismiss();
          onEnd(error);
        },
      )
      .finally(() => {
        stopWaiting();
        request = undefined;
        serve();
      });
  };

  const findSlots = (): void => {
    const [oldest] = withoutSlot();
    // A table that is slow now would only hold them up.
    if (request?.isLate) dismiss();
    else if (oldest && !request) startRequest(oldest.about);
  };

  const serve = (): void => {
    stopTimer();
    dropExpired();
    while (line.size() > 0 && slots[0] !== undefined && slots[0] <= tableNow()) {
      slots.shift();
      line.first()?.settle('passed');
    }
    if (line.size() > slots.length) findSlots();
    if (line.size() > 0 && slots[0] !== undefined) stopTimer = clock.after(slots[0] - tableNow(), serve);
  };

  return {
    acquire: async (remaining: number, signal: AbortSignal): Promise<Outcome> => {
      dropExpired();
      const now = clock.now();
      const times = { arrived: now, deadline: now + remaining };
      if (isTooLate(times, line.size())) return 'too_late';
      arrivals.add(now);
      const turn = line.join(times, signal);
      serve();
      return turn;
    },
    isIdle: (): boolean => {
      dropExpired();
      return line.size() === 0 && slots.length === 0 && request === undefined;
    },
  };
};
