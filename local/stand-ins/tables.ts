import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb';
import { clientFor } from './stand-in.ts';

const keys = { endpoints: 'inference_id', apiKeys: 'id', buckets: 'bucket' } as const;

/** What the three tables are called: the same settings that the functions read. */
export type TableNames = Readonly<Record<keyof typeof keys, string>>;

const createTable = async (client: DynamoDBClient, name: string, key: string): Promise<void> => {
  try {
    const command = new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
    });
    await client.send(command);
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  // The SDK's own waiter looks only once a second.
  const describe = () => client.send(new DescribeTableCommand({ TableName: name }));
  while ((await describe()).Table?.TableStatus !== 'ACTIVE');
};

/** Creates what is missing of the three tables, and waits until they take items. */
export const createTables = async (endpoint: string, names: TableNames): Promise<void> => {
  const client = new DynamoDBClient(clientFor(endpoint));
  try {
    await Promise.all([
      createTable(client, names.endpoints, keys.endpoints),
      createTable(client, names.apiKeys, keys.apiKeys),
      createTable(client, names.buckets, keys.buckets),
    ]);
  } finally {
    client.destroy();
  }
};
