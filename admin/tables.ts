import {
  DeleteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  paginateScan,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';

export type StoredTable = {
  readonly name: string;
  /** The attribute by which rows are told apart; the tables have no sort key. */
  readonly key: string;
  readonly rows: number;
  readonly isProtected: boolean;
};

const scanKeys = (client: DynamoDBClient, table: string, key: string) =>
  paginateScan(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      ProjectionExpression: '#key',
      ExpressionAttributeNames: { '#key': key },
    },
  );

/** Counts by reading: DynamoDB's own count is hours old. */
const countRows = async (client: DynamoDBClient, table: string, key: string): Promise<number> => {
  let rows = 0;
  for await (const page of scanKeys(client, table, key)) rows += page.Items?.length ?? 0;
  return rows;
};

/** @throws Error when the table is not one of ours: ours have one key attribute */
export const describeTable = async (client: DynamoDBClient, name: string): Promise<StoredTable> => {
  const { Table: table } = await client.send(new DescribeTableCommand({ TableName: name }));
  const [key, ...more] = table?.KeySchema?.map(({ AttributeName }) => AttributeName) ?? [];
  if (!key || more.length > 0) throw new Error(`The table ${name} has another key than this release makes`);
  return {
    name,
    key,
    rows: await countRows(client, name, key),
    isProtected: table?.DeletionProtectionEnabled ?? false,
  };
};

/** Deletes all rows. */
export const emptyTable = async (client: DynamoDBClient, { name, key }: StoredTable): Promise<void> => {
  for await (const page of scanKeys(client, name, key)) {
    for (const Key of page.Items ?? []) await client.send(new DeleteItemCommand({ TableName: name, Key }));
  }
};

/** Lets the table be deleted. */
export const unprotect = async (client: DynamoDBClient, { name }: StoredTable): Promise<void> => {
  await client.send(new UpdateTableCommand({ TableName: name, DeletionProtectionEnabled: false }));
};
