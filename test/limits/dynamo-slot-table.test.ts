import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { dynamoSlotTable } from '../../lib/limits/dynamo-slot-table.ts';
import { sharedLimiter } from '../../lib/limits/shared-limiter.ts';
import type { SlotTable } from '../../lib/limits/slot-table.ts';
import { virtualTime } from './virtual-time.ts';

const client = new DynamoDBClient({ region: 'us-east-1' });
const dynamo = mockClient(client);
const now = () => 1_790_000_000_000;
let table: SlotTable;

const reservation = { bucket: 'group/0', from: 1_790_000_000_000, latest: 1_790_000_030_000, span: 20.5 };
const Key = { bucket: { S: 'group/0' } };

const sent = () => dynamo.calls().map(({ args: [command] }) => ({ [command.constructor.name]: command.input }));

beforeEach(() => {
  dynamo.reset();
  table = dynamoSlotTable({ client, table: 'buckets', now, timeout: 1000 });
});

describe('what is sent', () => {
  it('to append is one conditional update', async () => {
    dynamo.on(UpdateItemCommand).resolves({ Attributes: { next_slot: { N: '1790000000120.5' }, expires: { N: '1' } } });
    expect(await table.append(reservation)).toBe(1_790_000_000_100);
    expect(sent()).toEqual([
      {
        UpdateItemCommand: {
          TableName: 'buckets',
          Key,
          UpdateExpression: 'SET next_slot = next_slot + :span, expires = :expires',
          ConditionExpression: 'next_slot BETWEEN :from AND :latest',
          ExpressionAttributeValues: {
            ':span': { N: '20.5' },
            ':from': { N: '1790000000000' },
            ':latest': { N: '1790000030000' },
            ':expires': { N: '1790003631' },
          },
          ReturnValues: 'UPDATED_NEW',
        },
      },
    ]);
  });

  it('to begin is one conditional update', async () => {
    dynamo.on(UpdateItemCommand).resolves({ Attributes: { next_slot: { N: '1790000000020.5' } } });
    expect(await table.begin(reservation)).toBe(1_790_000_000_000);
    expect(sent()).toEqual([
      {
        UpdateItemCommand: {
          TableName: 'buckets',
          Key,
          UpdateExpression: 'SET next_slot = :next, expires = :expires',
          ConditionExpression: 'attribute_not_exists(next_slot) OR next_slot < :from',
          ExpressionAttributeValues: {
            ':next': { N: '1790000000020.5' },
            ':from': { N: '1790000000000' },
            ':expires': { N: '1790003631' },
          },
          ReturnValues: 'UPDATED_NEW',
        },
      },
    ]);
  });

  it('to read is one consistent read', async () => {
    dynamo.on(GetItemCommand).resolves({ Item: { ...Key, next_slot: { N: '1790000000020.5' } } });
    expect(await table.read('group/0')).toBe(1_790_000_000_020.5);
    expect(sent()).toEqual([{ GetItemCommand: { TableName: 'buckets', Key, ConsistentRead: true } }]);
  });

  it('ends after the time it may take', async () => {
    dynamo.on(GetItemCommand).resolves({});
    await table.read('group/0');
    expect(dynamo.call(0).args).toEqual([expect.any(GetItemCommand), { abortSignal: expect.any(AbortSignal) }]);
  });
});

describe('what comes back', () => {
  it('is nothing when the condition does not hold', async () => {
    dynamo
      .on(UpdateItemCommand)
      .rejects(new ConditionalCheckFailedException({ $metadata: {}, message: 'The conditional request failed' }));
    expect(await table.append(reservation)).toBeUndefined();
    expect(await table.begin(reservation)).toBeUndefined();
    expect(table.hasAnswered()).toBe(true);
  });

  it("is the table's own error when there is one", async () => {
    const error = new DynamoDBServiceException({
      name: 'ThrottlingException',
      message: 'slow down',
      $fault: 'server',
      $metadata: {},
    });
    dynamo.onAnyCommand().rejects(error);
    await expect(table.append(reservation)).rejects.toBe(error);
    await expect(table.begin(reservation)).rejects.toBe(error);
    await expect(table.read('group/0')).rejects.toBe(error);
    expect(table.hasAnswered()).toBe(false);
  });
});

it('a process reads before it writes for the first time, and then makes one write for each call', async () => {
  const time = virtualTime();
  const began = time.now();
  dynamo.on(GetItemCommand).resolves({});
  dynamo.on(UpdateItemCommand).callsFake(({ ExpressionAttributeValues: values }) => ({
    Attributes: { next_slot: values[':next'] },
  }));
  const limiter = sharedLimiter({ client, table: 'buckets', clock: time.clock(), log: { warn: () => {} } });
  const passed: number[] = [];
  for (let index = 0; index < 3; index += 1) {
    limiter.acquire('group', 10, 30_000, new AbortController().signal).then(() => passed.push(time.now() - began));
    await time.pass(10_000);
  }
  expect(passed).toEqual([0, 10_000, 20_000]);
  expect(dynamo.calls().map(({ args: [command] }) => command.constructor.name)).toEqual([
    'GetItemCommand',
    'UpdateItemCommand',
    'UpdateItemCommand',
    'UpdateItemCommand',
  ]);
});
