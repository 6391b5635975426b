import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../lib/limits/clock.ts';
import { dynamoSlotTable } from '../../lib/limits/dynamo-slot-table.ts';
import type { SlotTable } from '../../lib/limits/slot-table.ts';
import { startDynamoDb } from '../../local/stand-ins/dynamodb.ts';
import { clientFor } from '../../local/stand-ins/stand-in.ts';
import { memorySlots } from './memory-slot-table.ts';

type Place = {
  /** The table as a process sees it whose clock is that many milliseconds ahead. */
  readonly open: (error?: number) => SlotTable;
  readonly close: () => Promise<void>;
};

const openMemory = async (): Promise<Place> => {
  const now = Date.now;
  const slots = memorySlots({ now, wait: () => Promise.resolve() });
  return {
    open: (error = 0) => slots.open({ clock: { ...systemClock, now: () => now() + error } }),
    close: async () => {},
  };
};

const openDynamoDb = async (): Promise<Place> => {
  const tables = { endpoints: 'endpoints', apiKeys: 'api-keys', buckets: 'buckets' };
  const dynamo = await startDynamoDb({ dataDir: ':memory:', tables, log: console });
  const client = new DynamoDBClient(clientFor(dynamo.endpoint));
  return {
    open: (error = 0) => dynamoSlotTable({ client, table: 'buckets', now: () => Date.now() + error, timeout: 20_000 }),
    close: async () => {
      client.destroy();
      await dynamo.close();
    },
  };
};

const time = 1_790_000_000_000.25;

describe.each([
  { name: 'memory', start: openMemory },
  { name: 'DynamoDB', start: openDynamoDb },
])('slots in $name', ({ start }) => {
  let place: Place;
  let table: SlotTable;
  let bucket = '';
  let buckets = 0;

  beforeAll(async () => {
    place = await start();
  });
  beforeEach(() => {
    table = place.open();
    buckets += 1;
    bucket = `group/${buckets}`;
  });
  afterAll(() => place.close());

  it('are not known of a bucket that nobody has used', async () => {
    expect(table.hasAnswered()).toBe(false);
    expect(await table.read(bucket)).toBeUndefined();
    expect(table.hasAnswered()).toBe(true);
  });

  it('begin at the time asked for and are followed by the next', async () => {
    expect(await table.begin({ bucket, from: time, latest: time + 1000, span: 30.5 })).toBe(time);
    expect(await table.read(bucket)).toBe(time + 30.5);
    expect(await table.append({ bucket, from: time, latest: time + 1000, span: 10 })).toBe(time + 30.5);
    expect(await table.read(bucket)).toBe(time + 40.5);
    expect(await place.open().read(bucket)).toBe(time + 40.5);
  });

  it.each([
    { title: 'begin again after those taken', way: 'begin', from: time + 41, first: time + 41 },
    { title: 'do not begin before those taken', way: 'begin', from: time + 39, first: undefined },
    { title: 'do not begin at those taken', way: 'begin', from: time + 40, first: undefined },
    { title: 'go on from now', way: 'append', from: time + 40, first: time + 40 },
    { title: 'go on later', way: 'append', from: time, first: time + 40 },
    { title: 'do not go on in the past', way: 'append', from: time + 40.5, first: undefined },
  ] as const)('$title', async ({ way, from, first }) => {
    await table.begin({ bucket, from: time, latest: time, span: 40 });
    expect(await table[way]({ bucket, from, latest: from + 1000, span: 10 })).toBe(first);
    expect(await table.read(bucket)).toBe(first === undefined ? time + 40 : first + 10);
  });

  it.each([
    { latest: time + 40, first: time + 40 },
    { latest: time + 39.5, first: undefined },
  ])('are taken only if the first is early enough: $latest', async ({ latest, first }) => {
    await table.begin({ bucket, from: time, latest: time, span: 40 });
    expect(await table.append({ bucket, from: time, latest, span: 10 })).toBe(first);
    expect(await table.read(bucket)).toBe(first === undefined ? time + 40 : time + 50);
  });

  it('do not go on where none began', async () => {
    expect(await table.append({ bucket, from: time, latest: time + 1000, span: 10 })).toBeUndefined();
    expect(await table.read(bucket)).toBeUndefined();
    expect(table.hasAnswered()).toBe(true);
  });

  it('of another bucket are others', async () => {
    await table.begin({ bucket, from: time, latest: time, span: 40 });
    expect(await table.read(`${bucket}0`)).toBeUndefined();
  });

  it('begin for one of many who ask at the same time, and go on for all of them', async () => {
    const processes = Array.from({ length: 20 }, () => place.open());
    const reservation = { bucket, from: time, latest: time + 10_000, span: 10 };
    const begun = await Promise.all(processes.map((process) => process.begin(reservation)));
    expect(begun.filter((first) => first !== undefined)).toEqual([time]);
    const appended = await Promise.all(processes.map((process) => process.append(reservation)));
    expect(appended.map((first) => (first ?? 0) - time).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, index) => 10 * (index + 1)),
    );
  });

  it.each([
    { answer: 'a read', ask: (view: SlotTable) => view.read(bucket) },
    {
      answer: 'a write',
      ask: (view: SlotTable) => view.begin({ bucket, from: time, latest: time, span: 10 }),
    },
    {
      answer: 'a refusal',
      ask: (view: SlotTable) => view.append({ bucket, from: time, latest: time, span: 10 }),
    },
  ])('come with the time of the table: $answer', async ({ ask }) => {
    const hour = 3_600_000;
    const view = place.open(hour);
    expect(view.offset()).toBe(0);
    await ask(view);
    expect(Math.abs(view.offset() + hour)).toBeLessThanOrEqual(1000);
  });
});
