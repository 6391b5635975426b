import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApiKeyRow, ApiKeyStore } from '../../lib/security/api-key-row.ts';
import { dynamoApiKeyStore } from '../../lib/security/api-key-store.ts';
import { startDynamoDb } from '../../local/stand-ins/dynamodb.ts';
import { clientFor } from '../../local/stand-ins/stand-in.ts';
import { createTables } from '../../local/stand-ins/tables.ts';
import { exampleApiKey } from './example-api-key.ts';
import { memoryApiKeyStore } from './memory-api-key-store.ts';

const full = exampleApiKey({
  expiration: 1_790_000_000_001,
  invalidated: true,
  invalidation: 1_790_000_000_002,
  privileges: ['monitor', 'manage_inference'],
  name: 'Suche 🔎 \u0000',
});

const openMemory = async () => ({ fresh: async () => memoryApiKeyStore(), close: async () => {} });

/** A new table in front of the stand-in for each store, with the SDK's own client. */
const openDynamoDb = async () => {
  const names = (suffix: number) => ({ endpoints: `e-${suffix}`, apiKeys: `k-${suffix}`, buckets: `b-${suffix}` });
  const dynamo = await startDynamoDb({ dataDir: ':memory:', tables: names(0), log: console });
  const client = new DynamoDBClient(clientFor(dynamo.endpoint));
  let opened = 0;
  return {
    fresh: async () => {
      opened += 1;
      await createTables(dynamo.endpoint, names(opened));
      return dynamoApiKeyStore(client, names(opened).apiKeys);
    },
    close: async () => {
      client.destroy();
      await dynamo.close();
    },
  };
};

describe.each([
  { name: 'memory', open: openMemory },
  { name: 'DynamoDB', open: openDynamoDb },
])('API keys in $name', ({ open }) => {
  let place: { readonly fresh: () => Promise<ApiKeyStore>; readonly close: () => Promise<void> };
  let keys: ApiKeyStore;

  beforeAll(async () => {
    place = await open();
  });
  beforeEach(async () => {
    keys = await place.fresh();
  });
  afterAll(() => place.close());

  it.each([
    ['with every field', full],
    ['with the fields that every row has', exampleApiKey({ privileges: [], name: 'n' })],
  ])('gives back a row %s as it was', async (_title, row) => {
    await keys.create(row);
    expect(await keys.get(row.id)).toEqual(row);
    expect(await keys.list()).toEqual([row]);
  });

  it.each([['k2'], [''], ['x'.repeat(2049)], ['\ud800']])('knows no key of the id %j', async (id) => {
    await keys.create(exampleApiKey());
    expect(await keys.get(id)).toBeUndefined();
  });

  it('refuses to create an id that is taken, and leaves its row', async () => {
    await keys.create(exampleApiKey());
    await expect(keys.create(exampleApiKey({ name: 'other', revision: 'other' }))).rejects.toThrow(
      'API key [k1] is there already',
    );
    expect(await keys.get('k1')).toEqual(exampleApiKey());
  });

  it('lets one of ten racing updates win', async () => {
    await keys.create(exampleApiKey());
    const rows = Array.from({ length: 10 }, (_, index) => exampleApiKey({ revision: `revision-${index}` }));
    const won = await Promise.all(rows.map((row) => keys.update(row, 'first')));
    const winners = rows.filter((_, index) => won[index]);
    expect(winners).toHaveLength(1);
    expect(await keys.list()).toEqual(winners);
  });

  it('updates no key that is not there', async () => {
    expect(await keys.update(exampleApiKey(), 'first')).toBe(false);
    expect(await keys.list()).toEqual([]);
  });

  it('lists more than one page of the table', async () => {
    const metadata = JSON.stringify({ text: 'x'.repeat(340_000) });
    const ids = ['k1', 'k2', 'k3', 'k4'];
    for (const id of ids) await keys.create(exampleApiKey({ id, metadata }));
    const rows = await keys.list();
    expect(rows.map(({ id }) => id).sort()).toEqual(ids);
  });
});

describe('the DynamoDB store', () => {
  const client = new DynamoDBClient({ region: 'us-east-1' });
  const dynamo = mockClient(client);
  const keys = dynamoApiKeyStore(client, 'api-keys');

  const item = {
    version: { N: '1' },
    id: { S: 'k1' },
    name: { S: 'search app' },
    secret_hash: { S: '45d5c66bb2c4ee6a1be0a9a2cd1a2b9f3e4b3a4c1d6a2f0b5e7c8d9f0a1b2c3d' },
    creation: { N: '1790000000000' },
    expiration: { N: '1790000000001' },
    invalidated: { BOOL: false },
    username: { S: 'elastic' },
    maker: { S: 'root' },
    metadata: { S: '{}' },
    role_descriptors: { S: '{"r":{"cluster":["monitor_inference"]}}' },
    limited_by: { S: '{"root":{"cluster":["all"]}}' },
    privileges: { L: [{ S: 'monitor_inference' }] },
    revision: { S: 'first' },
  };
  const row: ApiKeyRow = exampleApiKey({ secret_hash: item.secret_hash.S, expiration: 1_790_000_000_001 });

  const lostAnswer = () =>
    new ConditionalCheckFailedException({ $metadata: { attempts: 2 }, message: 'The conditional request failed' });

  beforeEach(() => dynamo.reset());

  it('writes one attribute for each field, on the condition that it has read the row', async () => {
    dynamo.on(PutItemCommand).resolves({});
    expect(await keys.update(row, 'zeroth')).toBe(true);
    expect(dynamo.commandCalls(PutItemCommand).map(({ args: [{ input }] }) => input)).toEqual([
      {
        TableName: 'api-keys',
        Item: item,
        ConditionExpression: 'revision = :read',
        ExpressionAttributeValues: { ':read': { S: 'zeroth' } },
      },
    ]);
  });

  it('reads consistently', async () => {
    dynamo.on(GetItemCommand).resolves({ Item: item });
    expect(await keys.get('k1')).toEqual(row);
    expect(dynamo.commandCalls(GetItemCommand).map(({ args: [{ input }] }) => input)).toEqual([
      { TableName: 'api-keys', Key: { id: { S: 'k1' } }, ConsistentRead: true },
    ]);
  });

  it('asks DynamoDB for no id that cannot be a key', async () => {
    for (const id of ['', 'ü'.repeat(1025), '\udc00']) expect(await keys.get(id)).toBeUndefined();
    expect(dynamo.calls()).toEqual([]);
  });

  it.each([
    ['this row', item, true],
    ['another row', { ...item, revision: { S: 'theirs' } }, false],
  ])('takes a repeated write that fails against %s for done: %s', async (_title, stored, done) => {
    dynamo.on(PutItemCommand).rejects(lostAnswer());
    dynamo.on(GetItemCommand).resolves({ Item: stored });
    expect(await keys.update(row, 'zeroth')).toBe(done);
  });

  it('passes on what DynamoDB says', async () => {
    const error = new Error('ProvisionedThroughputExceededException');
    dynamo.on(PutItemCommand).rejects(error);
    await expect(keys.create(row)).rejects.toBe(error);
  });

  it.each([
    ['another version', { ...item, version: { N: '2' } }],
    ['a field that nobody knows', { ...item, extra: { S: 'x' } }],
    ['a hash that is none', { ...item, secret_hash: { S: 'secret' } }],
    ['no rights', { ...item, privileges: { NULL: true } }],
  ])('does not guess at a row with %s', async (_title, stored) => {
    dynamo.on(GetItemCommand).resolves({ Item: stored });
    await expect(keys.get('k1')).rejects.toThrow('API key [k1] is stored in a shape that this release does not know');
  });
});
