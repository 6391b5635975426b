import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { statusException } from '../../lib/api/errors.ts';
import type { EndpointStore } from '../../lib/inference/ports.ts';
import { dynamoEndpointStore } from '../../lib/store/endpoints.ts';
import { startDynamoDb } from '../../local/stand-ins/dynamodb.ts';
import { clientFor } from '../../local/stand-ins/stand-in.ts';
import { exampleRow } from './example-row.ts';

/** Passes on each request, and cuts the connection in place of the next answer to the operation in `loses`. */
let proxy: Server;
let loses: string | undefined;
let dynamo: Awaited<ReturnType<typeof startDynamoDb>>;
let client: DynamoDBClient;
let store: EndpointStore;

beforeAll(async () => {
  const tables = { endpoints: 'endpoints', apiKeys: 'api-keys', buckets: 'buckets' };
  dynamo = await startDynamoDb({ dataDir: ':memory:', tables, log: console });
  proxy = createServer(async (request, response) => {
    const { 'x-amz-target': target = '', authorization = '', 'x-amz-date': date = '' } = request.headers;
    const answer = await fetch(dynamo.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': String(target),
        'x-amz-date': String(date),
        authorization,
      },
      body: await buffer(request),
    });
    const body = await answer.text();
    if (loses && String(target).endsWith(loses)) {
      loses = undefined;
      response.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  client = new DynamoDBClient(clientFor(`http://127.0.0.1:${port}`));
  store = dynamoEndpointStore(client, 'endpoints');
});

beforeEach(async () => {
  for (const { inference_id, revision } of await store.list()) await store.delete(inference_id, revision);
});

afterAll(async () => {
  client.destroy();
  proxy.close();
  await dynamo.close();
});

describe('an answer that gets lost on its way', () => {
  it('does not make a create its own rival', async () => {
    loses = 'PutItem';
    await store.create(exampleRow());
    expect(loses).toBeUndefined();
    expect(await store.list()).toEqual([exampleRow()]);
  });

  it('does not make an update its own rival', async () => {
    await store.create(exampleRow());
    loses = 'PutItem';
    expect(await store.update(exampleRow({ revision: 'second' }), 'first')).toBe(true);
    expect(loses).toBeUndefined();
    expect(await store.list()).toEqual([exampleRow({ revision: 'second' })]);
  });

  it('does not make a delete its own rival', async () => {
    await store.create(exampleRow());
    loses = 'DeleteItem';
    expect(await store.delete('my-embeddings', 'first')).toBe(true);
    expect(loses).toBeUndefined();
    expect(await store.list()).toEqual([]);
  });
});

it("refuses a row above DynamoDB's 400 KB and stores nothing", async () => {
  const large = exampleRow({ task_settings: { text: 'x'.repeat(410_000) } });
  await expect(store.create(large)).rejects.toEqual(
    statusException(
      400,
      'Inference endpoint [my-embeddings] is too large to store: its settings may take up to 400 KB',
    ),
  );
  expect(await store.list()).toEqual([]);
});
