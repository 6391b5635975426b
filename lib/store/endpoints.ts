import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { endpointExists, type InferenceError, statusException } from '../api/errors.ts';
import { fitsStore } from '../api/inference-id.ts';
import type { EndpointRow, EndpointStore } from '../inference/ports.ts';
import { conditionHeld } from './condition-held.ts';
import { fromItem, itemBytes, maxItemBytes, toItem } from './endpoint-item.ts';

/** DynamoDB says this with a plain `ValidationException`, which also stands for other faults. */
const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationException' && error.message.includes('Item size has exceeded');

export const tooLargeToStore = (id: string): InferenceError =>
  statusException(400, `Inference endpoint [${id}] is too large to store: its settings may take up to 400 KB`);

/** @throws InferenceError 400 for a row that is larger than DynamoDB's items */
const fittingItem = (row: EndpointRow): ReturnType<typeof toItem> => {
  const item = toItem(row);
  if (itemBytes(item) > maxItemBytes) throw tooLargeToStore(row.inference_id);
  return item;
};

/** @throws InferenceError 400 for a row that is larger than DynamoDB's items */
export const requireFit = (row: EndpointRow): void => {
  fittingItem(row);
};

const notStored = (id: string, cause: unknown): InferenceError =>
  isTooLarge(cause)
    ? tooLargeToStore(id)
    : statusException(500, `Failed to store inference endpoint [${id}]`, { cause });

const byId = (a: EndpointRow, b: EndpointRow): number =>
  Buffer.compare(Buffer.from(a.inference_id), Buffer.from(b.inference_id));

/**
 * Inference endpoints in a DynamoDB table whose key is `inference_id`.
 *
 * A failed write is an InferenceError (500 `status_exception`; 400 when the row is above DynamoDB's 400 KB); a failed read is the
 * SDK's own error; a row in an unknown shape is an Error that names its id.
 */
export const dynamoEndpointStore = (client: DynamoDBClient, table: string): EndpointStore => {
  const stored = async (id: string): Promise<EndpointRow | undefined> => {
    // DynamoDB refuses to look for what cannot be a key.
    if (!fitsStore(id)) return undefined;
    const command = new GetItemCommand({ TableName: table, Key: { inference_id: { S: id } }, ConsistentRead: true });
    const { Item: item } = await client.send(command);
    return item && fromItem(item);
  };

  const put = async (
    row: EndpointRow,
    condition: Pick<PutItemCommandInput, 'ConditionExpression' | 'ExpressionAttributeValues'>,
  ): Promise<boolean> => {
    // Megabytes would be refused in other words, if they got there at all.
    const item = fittingItem(row);
    return conditionHeld(
      client.send(new PutItemCommand({ TableName: table, Item: item, ...condition })),
      async () => (await stored(row.inference_id))?.revision === row.revision,
    ).catch((error) => {
      throw notStored(row.inference_id, error);
    });
  };

  const revisionIs = (revision: string) => ({
    ConditionExpression: 'revision = :read',
    ExpressionAttributeValues: { ':read': { S: revision } },
  });

  return {
    requireFit,
    stored,

    get: async (id) => {
      const row = await stored(id);
      return row?.deleting === undefined ? row : undefined;
    },

    list: async ({ removed } = { removed: false }) => {
      const rows: EndpointRow[] = [];
      for await (const page of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
        rows.push(...(page.Items ?? []).map(fromItem));
      }
      return rows.filter(({ deleting }) => removed || deleting === undefined).sort(byId);
    },

    create: async (row) => {
      const created = await put(row, { ConditionExpression: 'attribute_not_exists(inference_id)' });
      if (!created) throw endpointExists(row.inference_id);
    },

    update: (row, readRevision) => put(row, revisionIs(readRevision)),

    delete: (id, readRevision) => {
      const key = { TableName: table, Key: { inference_id: { S: id } } };
      return conditionHeld(
        client.send(new DeleteItemCommand({ ...key, ...revisionIs(readRevision) })),
        async () => (await stored(id)) === undefined,
      ).catch((error) => {
        throw statusException(500, `Failed to delete inference endpoint [${id}]`, { cause: error });
      });
    },
  };
};
