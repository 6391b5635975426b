/** What a process wants of one bucket; all times are the table's, in milliseconds. */
export type Reservation = {
  readonly bucket: string;
  /** The first slot may not lie before this. */
  readonly from: number;
  /** The first slot may not lie after this. */
  readonly latest: number;
  /** What the slots take in all. */
  readonly span: number;
};

/**
 * Where the processes share their slots. Of each bucket it knows when its next free slot is; that only ever moves ahead.
 *
 * A reservation is one conditional write. It fits either a bucket with slots taken from then on or one without. The table tells
 * which only by refusing, and then nothing is taken.
 */
export type SlotTable = {
  /** Milliseconds to add to the process's time to have the table's. */
  readonly offset: () => number;
  /** Whether the table has answered this process before, so that the offset is known. */
  readonly hasAnswered: () => boolean;
  /** @returns the next free slot; undefined for a bucket that nobody has used for long */
  readonly read: (bucket: string) => Promise<number | undefined>;
  /**
   * Takes slots behind those already taken.
   *
   * @returns the first of them; undefined when the next free slot is before `from` or after `latest`
   */
  readonly append: (reservation: Reservation) => Promise<number | undefined>;
  /**
   * Takes slots from `from` on.
   *
   * @returns the first of them; undefined when slots after `from` are taken already
   */
  readonly begin: (reservation: Reservation) => Promise<number | undefined>;
};
