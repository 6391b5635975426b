import { type LiveRecords, openLiveRecords } from '../live-records.ts';
import type { RecordFiles } from '../record-files.ts';
import type { ComponentRecord } from './component-record.ts';
import { advance, askFor, type Pace } from './component-states.ts';

/** Trouble that a test makes; it may come and go. */
export type Trouble = {
  /** Copies of all components together that the endpoint has room for. */
  readonly room?: () => number;
  /** Why a component's copies do not start, where they do not. */
  readonly failure?: (component: string) => string | undefined;
};

/**
 * How many copies Application Auto Scaling wants, where it wants another number than there is.
 *
 * @param lastUse - when it was last called, or became what it is
 */
export type WantedCopies = (
  component: ComponentRecord,
  lastUse: number,
  now: number,
) => { readonly copies: number; readonly since: number } | undefined;

/** The inference components of the endpoint, each look at them as they are by now. */
export type Components = LiveRecords<ComponentRecord> & {
  /** One that can answer: notes that it was called. */
  readonly noteCall: (name: string) => void;
};

type ComponentsOptions = {
  readonly files: RecordFiles<ComponentRecord>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly pace: Pace;
  readonly wantedCopies: WantedCopies;
  readonly trouble: Trouble;
  /** Told when what time has changed cannot be written. */
  readonly onFault: (error: unknown) => void;
};

/**
 * Reads all components. Nothing runs between looks: a component is what its last change, the clock and its calls make of it, so
 * that a server that was stopped, or killed, goes on where it would be.
 */
export const openComponents = async (options: ComponentsOptions): Promise<Components> => {
  const { files, now, pace, wantedCopies, trouble, onFault } = options;
  const records = await openLiveRecords(files);
  // Calls are not stored: a start counts as one.
  const opened = now();
  const calls = new Map<string, number>();

  const roomFor = (name: string): number => {
    const others = records.list().reduce((sum, other) => sum + (other.name === name ? 0 : other.current), 0);
    return (trouble.room?.() ?? Number.POSITIVE_INFINITY) - others;
  };

  const scaled = (record: ComponentRecord, time: number): ComponentRecord => {
    if (record.status !== 'InService') return record;
    const lastUse = Math.max(calls.get(record.name) ?? opened, record.since);
    const wanted = wantedCopies(record, lastUse, time);
    return wanted && wanted.copies !== record.desired ? askFor(record, wanted.copies, wanted.since) : record;
  };

  const settleOne = (before: ComponentRecord, time: number): ComponentRecord | undefined => {
    const surroundings = { now: time, pace, room: roomFor(before.name), failure: trouble.failure?.(before.name) };
    const after = advance(before, surroundings);
    return after && scaled(after, time);
  };

  const settle = (): void => {
    const time = now();
    for (const { name } of records.list()) {
      for (;;) {
        const before = records.find(name);
        const after = before && settleOne(before, time);
        if (after === before) break;
        records.set(name, after).catch(onFault);
      }
    }
  };

  return {
    find: (name) => {
      settle();
      return records.find(name);
    },
    list: () => {
      settle();
      return records.list();
    },
    set: records.set,
    noteCall: (name) => void calls.set(name, now()),
  };
};
