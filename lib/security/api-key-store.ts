import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { conditionHeld } from '../store/condition-held.ts';
import { fromItem, toItem } from './api-key-item.ts';
import type { ApiKeyRow, ApiKeyStore } from './api-key-row.ts';

/** DynamoDB refuses other keys, and callers choose the ids that are looked for. */
const canBeKey = (id: string): boolean => id !== '' && id.isWellFormed() && Buffer.byteLength(id) <= 2048;

/**
 * API keys in a DynamoDB table whose key is `id`. Failures are the SDK's own errors; a row in an unknown shape is an Error that
 * names its id.
 */
export const dynamoApiKeyStore = (client: DynamoDBClient, table: string): ApiKeyStore => {
  const get = async (id: string): Promise<ApiKeyRow | undefined> => {
    if (!canBeKey(id)) return undefined;
    const command = new GetItemCommand({ TableName: table, Key: { id: { S: id } }, ConsistentRead: true });
    const { Item: item } = await client.send(command);
    return item && fromItem(item);
  };

  const put = (
    row: ApiKeyRow,
    condition: Pick<PutItemCommandInput, 'ConditionExpression' | 'ExpressionAttributeValues'>,
  ): Promise<boolean> =>
    conditionHeld(
      client.send(new PutItemCommand({ TableName: table, Item: toItem(row), ...condition })),
      async () => (await get(row.id))?.revision === row.revision,
    );

  return {
    get,

    list: async () => {
      const rows: ApiKeyRow[] = [];
      for await (const page of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
        rows.push(...(page.Items ?? []).map(fromItem));
      }
      return rows;
    },

    create: async (row) => {
      const created = await put(row, { ConditionExpression: 'attribute_not_exists(id)' });
      if (!created) throw new Error(`API key [${row.id}] is there already`);
    },

    update: (row, readRevision) =>
      put(row, {
        ConditionExpression: 'revision = :read',
        ExpressionAttributeValues: { ':read': { S: readRevision } },
      }),
  };
};
