import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDynamoDb } from '../../local/stand-ins/dynamodb.ts';
import { clientFor } from '../../local/stand-ins/stand-in.ts';
import { StartError } from '../../local/start-error.ts';

const tables = { endpoints: 'inlet-endpoints', apiKeys: 'inlet-api-keys', buckets: 'inlet-buckets' };

/** How long to wait for the thread, in milliseconds. */
const timeout = 20_000;

let folder: string;
let errors: string[];
let open: { close: () => Promise<void> }[];

const start = async (dataDir: string) => {
  const standIn = await startDynamoDb({ dataDir, tables, log: { error: (message) => errors.push(message) } });
  const client = new DynamoDBClient(clientFor(standIn.endpoint));
  open.push(standIn, { close: async () => client.destroy() });
  return { ...standIn, client };
};

const put = (client: DynamoDBClient, id: string) =>
  client.send(new PutItemCommand({ TableName: 'inlet-api-keys', Item: { id: { S: id }, name: { S: `key ${id}` } } }));

const get = async (client: DynamoDBClient, id: string) =>
  (await client.send(new GetItemCommand({ TableName: 'inlet-api-keys', Key: { id: { S: id } }, ConsistentRead: true })))
    .Item;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-'));
  errors = [];
  open = [];
});

afterEach(async () => {
  for (const { close } of open) await close();
  await rm(folder, { recursive: true });
});

describe('the DynamoDB stand-in', () => {
  it('has the three tables, ready and on demand', async () => {
    const { client } = await start(':memory:');
    expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([
      'inlet-api-keys',
      'inlet-buckets',
      'inlet-endpoints',
    ]);
    for (const [name, key] of [
      ['inlet-endpoints', 'inference_id'],
      ['inlet-api-keys', 'id'],
      ['inlet-buckets', 'bucket'],
    ]) {
      const { Table: table } = await client.send(new DescribeTableCommand({ TableName: name }));
      expect(table).toMatchObject({
        TableStatus: 'ACTIVE',
        BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
        KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
      });
    }
  });

  it('keeps its items in the data folder', async () => {
    const first = await start(folder);
    await put(first.client, 'a');
    await first.close();

    const second = await start(folder);
    expect(await get(second.client, 'a')).toEqual({ id: { S: 'a' }, name: { S: 'key a' } });
  });

  it('keeps nothing with :memory:', async () => {
    const first = await start(':memory:');
    await put(first.client, 'a');
    await first.close();

    const second = await start(':memory:');
    expect(await get(second.client, 'a')).toBeUndefined();
  });

  it('starts over tables whose creation was cut short', async () => {
    const { Level } = createRequire(import.meta.resolve('dynalite'))('level');
    const database = new Level(join(folder, 'dynamodb'), { valueEncoding: 'json' });
    await database.put('table~inlet-api-keys', { TableName: 'inlet-api-keys', TableStatus: 'CREATING' });
    await database.close();

    const { client } = await start(folder);
    await put(client, 'a');
    expect(await get(client, 'a')).toEqual({ id: { S: 'a' }, name: { S: 'key a' } });
  });

  it('lets racing updates of one bucket each count once', async () => {
    const { client } = await start(':memory:');
    const add = () =>
      client.send(
        new UpdateItemCommand({
          TableName: 'inlet-buckets',
          Key: { bucket: { S: 'b' } },
          UpdateExpression: 'SET taken = if_not_exists(taken, :none) + :one',
          ExpressionAttributeValues: { ':none': { N: '0' }, ':one': { N: '1' } },
          ReturnValues: 'ALL_NEW',
        }),
      );
    const counts = await Promise.all(Array.from({ length: 20 }, add));
    expect(counts.map(({ Attributes: attributes }) => Number(attributes?.taken?.N)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  });
});

describe('a request that breaks off in the middle', () => {
  it('ends no more than the thread, and the next one finds all items', async () => {
    const { client, endpoint } = await start(folder);
    await put(client, 'a');

    const headers = { 'content-length': 1000, expect: '100-continue' };
    const broken = request(endpoint, { method: 'POST', headers }).on('error', () => {});
    broken.flushHeaders();
    await once(broken, 'continue');
    broken.destroy();
    await expect.poll(() => errors, { timeout }).toEqual(['The DynamoDB stand-in broke off and is started again']);

    const item = { id: { S: 'a' }, name: { S: 'key a' } };
    await expect.poll(() => get(client, 'a').catch(() => 'not yet'), { timeout }).toEqual(item);
    await put(client, 'b');
    expect(await get(client, 'b')).toEqual({ id: { S: 'b' }, name: { S: 'key b' } });
  });
});

describe('a data folder that cannot be used', () => {
  it('because another server runs on it is named in one sentence', async () => {
    await start(folder);
    await expect(start(folder)).rejects.toEqual(
      new StartError(
        `The data folder ${folder} is in use by another server; stop that one, or set INLET_DATA_DIR to another folder`,
      ),
    );
  });

  it('because it is a file is named in one sentence', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(start(file)).rejects.toEqual(
      new StartError(`The data folder ${file} cannot be used: it, or what it lies in, is a file, not a folder`),
    );
  });

  it('because its database is damaged is named in one sentence', async () => {
    const { close } = await start(folder);
    await close();
    await writeFile(join(folder, 'dynamodb', 'CURRENT'), 'nonsense');
    await expect(start(folder)).rejects.toThrow(
      new StartError(`The data folder ${folder} cannot be used: current file does not end with newline`),
    );
  });
});
