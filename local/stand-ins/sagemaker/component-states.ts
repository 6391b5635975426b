import type { ComponentRecord } from './component-record.ts';

/** How long things take, in milliseconds. */
export type Pace = {
  /** From Create until the copies answer. */
  readonly create: number;
  /** From another number of copies, or another specification, until it is so. */
  readonly update: number;
  readonly delete: number;
  /** How long room for a copy is waited for: then a new component has failed, and another keeps the copies that it has. */
  readonly patience: number;
};

/** What is beyond the component itself. */
export type Surroundings = {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly pace: Pace;
  /** Copies that the endpoint has room for, besides those of other components. */
  readonly room: number;
  /** Why this component's copies do not start, where they do not. */
  readonly failure: string | undefined;
};

/** A component that is asked for so many copies, from then on. */
export const askFor = (record: ComponentRecord, copies: number, now: number): ComponentRecord => ({
  ...record,
  status: 'Updating',
  desired: copies,
  // Copies that are to go answer no longer; those to come do not yet.
  current: Math.min(record.current, copies),
  since: now,
});

const withoutWaiting = ({ waiting: _waiting, ...record }: ComponentRecord): ComponentRecord => record;

const inService = (record: ComponentRecord, copies: number, since: number): ComponentRecord => ({
  ...withoutWaiting(record),
  status: 'InService',
  desired: copies,
  current: copies,
  since,
});

const failed = (record: ComponentRecord, reason: string, since: number): ComponentRecord => ({
  ...withoutWaiting(record),
  status: 'Failed',
  failureReason: reason,
  current: 0,
  since,
});

const noRoom = 'The endpoint has no room for the copies of the inference component';

/**
 * What time has made of a component.
 *
 * @returns the same record for no change, undefined for one that is gone
 */
export const advance = (record: ComponentRecord, surroundings: Surroundings): ComponentRecord | undefined => {
  const { now, pace, room, failure } = surroundings;
  // Room may have come at any time since it was missed; all else happens on time, also while nobody looks.
  const since = (milliseconds: number): number => (record.waiting ? now : record.since + milliseconds);
  const waiting = (): ComponentRecord => (record.waiting ? record : { ...record, waiting: true });
  const isOverdue = now > record.since + pace.patience;
  switch (record.status) {
    case 'Creating':
      if (now < record.since + pace.create) return record;
      if (failure !== undefined) return failed(record, failure, since(pace.create));
      if (record.desired <= room) return inService(record, record.desired, since(pace.create));
      return isOverdue ? failed(record, noRoom, since(pace.patience)) : waiting();
    case 'Updating':
      if (now < record.since + pace.update) return record;
      if (record.desired <= record.current || (record.desired <= room && failure === undefined))
        return inService(record, record.desired, since(pace.update));
      return isOverdue ? inService(record, record.current, since(pace.patience)) : waiting();
    case 'Deleting':
      return now < record.since + pace.delete ? record : undefined;
    case 'InService':
    case 'Failed':
      return record;
  }
};
