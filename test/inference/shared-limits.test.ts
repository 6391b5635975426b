import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../lib/limits/clock.ts';
import { sharedLimiter } from '../../lib/limits/shared-limiter.ts';
import { told } from '../helpers/envelopes.ts';
import { endpointBody, goodBody, putEndpoint } from './openai.ts';
import { open, timedOut } from './rate-limited.ts';

const client = new DynamoDBClient({ region: 'us-east-1' });
const dynamo = mockClient(client);
/** The items of the table: when the next slot of each bucket is. */
let nextSlots: Map<string, number>;

beforeEach(() => {
  nextSlots = new Map();
  dynamo.reset();
  dynamo.on(GetItemCommand).callsFake(({ Key: { bucket } }) => {
    const next = nextSlots.get(bucket.S);
    return next === undefined ? {} : { Item: { bucket, next_slot: { N: String(next) } } };
  });
  dynamo.on(UpdateItemCommand).callsFake(({ Key, ExpressionAttributeValues: values }) => {
    const bucket = Key.bucket.S;
    const next = nextSlots.get(bucket);
    const from = Number(values[':from'].N);
    const appends = values[':next'] === undefined;
    const fits = appends
      ? next !== undefined && next >= from && next <= Number(values[':latest'].N)
      : next === undefined || next < from;
    if (!fits) throw new ConditionalCheckFailedException({ $metadata: {}, message: 'no' });
    const after = appends ? (next ?? 0) + Number(values[':span'].N) : Number(values[':next'].N);
    nextSlots.set(bucket, after);
    return { Attributes: { next_slot: { N: String(after) } } };
  });
});

const asked = () => dynamo.calls().map(({ args: [command] }) => command.constructor.name);

/** An endpoint of a process whose limits are shared, and whose clock the test sets ahead. */
const start = async (requests_per_minute: number) => {
  let ahead = 0;
  const clock = { now: () => Date.now() + ahead, after: systemClock.after };
  const limiter = sharedLimiter({ client, table: 'buckets', clock, log: { warn: () => {} } });
  const all = open(limiter);
  await putEndpoint(all.whole, 'completion', 'e', endpointBody({ rate_limit: { requests_per_minute } }));
  const call = (id = 'e', query = {}) => all.post(id, goodBody.completion, query);
  const { endpoints, secrets } = all.whole;
  return {
    ...all,
    call,
    reads: () => endpoints.reads + secrets.reads,
    pass: (milliseconds: number) => {
      ahead += milliseconds;
    },
  };
};

it('a warm call reads no store: its one request is the write to the bucket table', async () => {
  const { call, reads, pass } = await start(29_000);
  await call();
  const before = reads();
  for (const id of ['e', 'e/_stream', 'e']) {
    dynamo.resetHistory();
    // Until slots that were taken ahead are worth nothing.
    pass(1001);
    expect((await call(id)).status).toBe(200);
    expect(asked()).toEqual(['UpdateItemCommand']);
  }
  expect(reads()).toBe(before);
});

it('calls that come close together share one', async () => {
  const { call, reads } = await start(29_000);
  await call();
  dynamo.resetHistory();
  const before = reads();
  for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 5 }, () => call()));
  expect(asked().length).toBeLessThan(30);
  expect(asked()).not.toContain('GetItemCommand');
  expect(reads()).toBe(before);
});

it('a call whose slot would come too late is told so at once, and takes none', async () => {
  const { call, http } = await start(2);
  const sent = http.sent.length;
  const slots = new Map(nextSlots);
  expect(told(await call('e', { timeout: '20s' }))).toEqual(timedOut('20s', 'e'));
  expect(http.sent.length).toBe(sent);
  expect(nextSlots).toEqual(slots);
});
