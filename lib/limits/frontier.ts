import { slotLifeMs } from './pace.ts';
import type { SlotTable } from './slot-table.ts';

type FrontierOptions = {
  readonly bucket: string;
  readonly table: SlotTable;
  /** Milliseconds, by the table. */
  readonly now: () => number;
};

/** What came of one write: the first of the slots, or what its refusal tells. */
export type Taken = { readonly first: number } | 'bucket_is_busy' | 'too_late_or_idle';

/**
 * A slot that was free so many milliseconds ago may still be taken, by which a bucket in steady use needs one kind of write only. It
 * has to reach its caller before its life is over.
 */
const reachMs = slotLifeMs - 100;

/** A free slot that is too late is later by this at least, in milliseconds. */
const moment = 0.001;

/**
 * What one process knows of a bucket: how far it is taken at least.
 *
 * It chooses the write that fits, mostly at the first try: a guess is wrong only when the bucket has turned from busy to idle or
 * back since this process used it.
 */
export const createFrontier = ({ bucket, table, now }: FrontierOptions) => {
  /** The next free slot is here or later: it only moves ahead. */
  let next = Number.NEGATIVE_INFINITY;
  /** Whether the bucket was in steady use when this process last wrote to it. Then it is so still, most likely. */
  let isBusy = false;

  return {
    /** Before this there is no free slot, in the table's milliseconds. */
    earliest: (): number => Math.max(next, now()),

    /** Reads how far the bucket is taken. */
    look: async (): Promise<void> => {
      next = Math.max(next, (await table.read(bucket)) ?? next);
    },

    /**
     * Takes slots by one write.
     *
     * @param latest - how far ahead the first may lie, in the table's milliseconds
     * @param span - what they take in all, in milliseconds
     * @throws whatever the table throws
     */
    take: async (latest: number, span: number): Promise<Taken> => {
      const time = now();
      const appends = isBusy || next >= time;
      const from = appends ? time - reachMs : time;
      const isCertain = next >= from;
      const reservation = { bucket, from, latest, span };
      const first = await (appends ? table.append(reservation) : table.begin(reservation));
      if (first !== undefined) {
        if (first > time) isBusy = true;
        next = Math.max(next, first + span);
        return { first };
      }
      if (appends) {
        isBusy = false;
        if (isCertain) next = Math.max(next, latest + moment);
        return 'too_late_or_idle';
      }
      isBusy = true;
      next = Math.max(next, time);
      return 'bucket_is_busy';
    },
  };
};
