/** A process may be wrong about the table's time by so many milliseconds, either way; `createTableClock` sees to it. */
export const clockErrorMs = 1000;

/** A slot may be used until so many milliseconds after its time. */
export const slotLifeMs = 500;

const timerDelayMs = 100;

/** How much later or earlier than another call, at the worst, a call passes than their slots say. */
const spreadMs = 2 * clockErrorMs + slotLifeMs + timerDelayMs;

/** DynamoDB takes 1000 writes a second to one item: two for each slot, since refused ones count. */
const perMinuteOfItem = 30_000;

export type Pace = {
  /** Items of the table that share the limit evenly. */
  readonly items: number;
  /** Milliseconds from one slot of an item to the next. */
  readonly interval: number;
  /** Slots that a process may take before it has callers for them. */
  readonly blockSlots: number;
};

/**
 * How fast calls pass through the table.
 *
 * The law: in any 60 s at most the limit, plus the larger of 1 and 1 %. Calls that pass within 60 s have slots within 60 s and
 * `spreadMs`, since clocks differ and slots are used late. So slots lie so far apart that even then the law holds, which takes up
 * to 4 % off the rate of a group that is always busy.
 *
 * @param perMinute - the limit, at least 1
 */
export const paceOf = (perMinute: number): Pace => {
  const items = Math.ceil(perMinute / perMinuteOfItem);
  const limit = Math.floor(perMinute / items);
  const most = limit + Math.max(1, Math.floor(limit / 100));
  const interval = Math.max(60_000 / limit, (60_000 + spreadMs) / most);
  return { items, interval, blockSlots: Math.max(1, Math.floor(slotLifeMs / interval)) };
};
