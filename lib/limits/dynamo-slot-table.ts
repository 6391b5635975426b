import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { Reservation, SlotTable } from './slot-table.ts';
import { createTableClock } from './table-clock.ts';

type DynamoSlotTableOptions = {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** Milliseconds since 1970, by this process. */
  readonly now: () => number;
  /** A request that takes longer is given up, in milliseconds. */
  readonly timeout: number;
};

const datedResponse = z.object({ headers: z.object({ date: z.string() }) });
const bucketItem = z.object({ next_slot: z.object({ N: z.string() }) });

/** DynamoDB may delete a bucket so many seconds after its last slot; no clock is that wrong. */
const keptSeconds = 3600;

/** Where each try is seen, and its answer before the SDK makes an error of it. */
const nearTheWire = { step: 'deserialize', priority: 'low', name: 'observeTime' } as const;

const number = (value: number) => ({ N: String(value) });

/** Buckets in a DynamoDB table with the key `bucket` and the time to live `expires`. */
export const dynamoSlotTable = ({ client, table, now, timeout }: DynamoSlotTableOptions): SlotTable => {
  const clock = createTableClock();
  let hasAnswered = false;

  const observeTime =
    <Request, Result extends { readonly response: unknown }>(next: (request: Request) => Promise<Result>) =>
    async (request: Request): Promise<Result> => {
      const sent = now();
      const result = await next(request);
      const { data } = datedResponse.safeParse(result.response);
      const date = Date.parse(data?.headers.date ?? '');
      if (!Number.isNaN(date)) clock.observe(date, sent, now());
      return result;
    };

  const settings = () => ({ abortSignal: AbortSignal.timeout(timeout) });

  const take = async (
    { bucket, latest, span }: Reservation,
    how: Pick<UpdateItemCommandInput, 'ConditionExpression' | 'ExpressionAttributeValues'> & { readonly next: string },
  ): Promise<number | undefined> => {
    const { next, ConditionExpression, ExpressionAttributeValues } = how;
    const command = new UpdateItemCommand({
      TableName: table,
      Key: { bucket: { S: bucket } },
      UpdateExpression: `SET next_slot = ${next}, expires = :expires`,
      ConditionExpression,
      ExpressionAttributeValues: {
        ...ExpressionAttributeValues,
        ':expires': number(Math.ceil((latest + span) / 1000) + keptSeconds),
      },
      ReturnValues: 'UPDATED_NEW',
    });
    command.middlewareStack.add(observeTime, nearTheWire);
    try {
      const { Attributes } = await client.send(command, settings());
      hasAnswered = true;
      return Number(bucketItem.parse(Attributes).next_slot.N) - span;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      hasAnswered = true;
      return undefined;
    }
  };

  return {
    offset: clock.offset,
    hasAnswered: () => hasAnswered,

    read: async (bucket) => {
      const key = { TableName: table, Key: { bucket: { S: bucket } }, ConsistentRead: true };
      const command = new GetItemCommand(key);
      command.middlewareStack.add(observeTime, nearTheWire);
      const { Item: item } = await client.send(command, settings());
      hasAnswered = true;
      return item && Number(bucketItem.parse(item).next_slot.N);
    },

    append: (reservation) =>
      take(reservation, {
        next: 'next_slot + :span',
        ConditionExpression: 'next_slot BETWEEN :from AND :latest',
        ExpressionAttributeValues: {
          ':span': number(reservation.span),
          ':from': number(reservation.from),
          ':latest': number(reservation.latest),
        },
      }),

    begin: (reservation) =>
      take(reservation, {
        next: ':next',
        ConditionExpression: 'attribute_not_exists(next_slot) OR next_slot < :from',
        ExpressionAttributeValues: {
          ':next': number(reservation.from + reservation.span),
          ':from': number(reservation.from),
        },
      }),
  };
};
