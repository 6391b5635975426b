import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { endpointExists, statusException } from '../../lib/api/errors.ts';
import type { EndpointRow } from '../../lib/inference/ports.ts';
import { dynamoEndpointStore } from '../../lib/store/endpoints.ts';

const row = {
  version: 1,
  inference_id: 'my-embeddings',
  task_type: 'text_embedding',
  service: 'openai',
  service_settings: { model_id: 'text-embedding-3-small', rate_limit: { requests_per_minute: 3000 } },
  task_settings: {},
  chunking_settings: { strategy: 'none' },
  secret: 'inlet/endpoint/1',
  revision: 'second',
  created: 1_790_000_000_000,
  updated: 1_790_000_000_001,
} satisfies EndpointRow;

const item = {
  version: { N: '1' },
  inference_id: { S: 'my-embeddings' },
  task_type: { S: 'text_embedding' },
  service: { S: 'openai' },
  service_settings: { S: '{"model_id":"text-embedding-3-small","rate_limit":{"requests_per_minute":3000}}' },
  task_settings: { S: '{}' },
  chunking_settings: { S: '{"strategy":"none"}' },
  secret: { S: 'inlet/endpoint/1' },
  revision: { S: 'second' },
  created: { N: '1790000000000' },
  updated: { N: '1790000000001' },
};

const Key = { inference_id: { S: 'my-embeddings' } };
const revisionRead = {
  ConditionExpression: 'revision = :read',
  ExpressionAttributeValues: { ':read': { S: 'first' } },
};

const client = new DynamoDBClient({ region: 'us-east-1' });
const dynamo = mockClient(client);
const store = dynamoEndpointStore(client, 'endpoints');

const sent = () => dynamo.calls().map(({ args: [command] }) => ({ [command.constructor.name]: command.input }));

const conditionFailed = (attempts: number) =>
  new ConditionalCheckFailedException({ $metadata: { attempts }, message: 'The conditional request failed' });

const serviceError = (name: string, message: string) =>
  new DynamoDBServiceException({ name, message, $fault: 'client', $metadata: {} });

const create = () => store.create(row);
const update = () => store.update(row, 'first');
const remove = () => store.delete('my-embeddings', 'first');

beforeEach(() => dynamo.reset());

describe('what is sent to DynamoDB', () => {
  it.each([
    {
      title: 'reads one row consistently',
      run: () => store.get('my-embeddings'),
      command: { GetItemCommand: { TableName: 'endpoints', Key, ConsistentRead: true } },
    },
    {
      title: 'creates a row by one conditional write',
      run: create,
      command: {
        PutItemCommand: {
          TableName: 'endpoints',
          Item: item,
          ConditionExpression: 'attribute_not_exists(inference_id)',
        },
      },
    },
    {
      title: 'updates a row by one write on the condition of the revision read',
      run: update,
      command: { PutItemCommand: { TableName: 'endpoints', Item: item, ...revisionRead } },
    },
    {
      title: 'deletes a row on the condition of the revision read',
      run: remove,
      command: { DeleteItemCommand: { TableName: 'endpoints', Key, ...revisionRead } },
    },
  ])('$title', async ({ run, command }) => {
    dynamo.onAnyCommand().resolves({});
    await run();
    expect(sent()).toEqual([command]);
  });

  it('reads the attributes that it writes', async () => {
    dynamo.on(GetItemCommand).resolves({ Item: item });
    expect(await store.get('my-embeddings')).toEqual(row);
  });

  it('lists by a consistent scan of all pages, an empty one among them', async () => {
    const empty = { inference_id: { S: 'empty' } };
    const pages = [
      { Items: [item], LastEvaluatedKey: Key },
      { Items: [], LastEvaluatedKey: empty },
      { Items: [{ ...item, inference_id: { S: 'another' } }] },
    ];
    // Looked at as they come: the SDK's paginator changes one input from page to page.
    const inputs: ScanCommandInput[] = [];
    dynamo.on(ScanCommand).callsFake((input) => pages[inputs.push({ ...input }) - 1]);

    expect(await store.list()).toEqual([{ ...row, inference_id: 'another' }, row]);
    expect(inputs).toEqual([
      { TableName: 'endpoints', ConsistentRead: true },
      { TableName: 'endpoints', ConsistentRead: true, ExclusiveStartKey: Key },
      { TableName: 'endpoints', ConsistentRead: true, ExclusiveStartKey: empty },
    ]);
  });
});

describe('a call whose answer got lost and that the SDK repeated', () => {
  const storedNow = (revision: string | undefined) =>
    dynamo
      .on(PutItemCommand)
      .rejects(conditionFailed(2))
      .on(DeleteItemCommand)
      .rejects(conditionFailed(2))
      .on(GetItemCommand)
      .resolves(revision === undefined ? {} : { Item: { ...item, revision: { S: revision } } });

  it.each([
    { title: 'has created its row', run: create, revision: 'second', result: undefined },
    { title: 'has updated its row', run: update, revision: 'second', result: true },
    { title: 'has deleted its row', run: remove, revision: undefined, result: true },
    { title: 'lost the race to update', run: update, revision: 'third', result: false },
    { title: 'lost the race to delete', run: remove, revision: 'third', result: false },
  ])('$title when the store now holds revision $revision', async ({ run, revision, result }) => {
    storedNow(revision);
    expect(await run()).toBe(result);
    expect(sent()).toContainEqual({ GetItemCommand: { TableName: 'endpoints', Key, ConsistentRead: true } });
  });

  it("lost the race to create when the store now holds another caller's revision", async () => {
    storedNow('third');
    await expect(create()).rejects.toEqual(endpointExists('my-embeddings'));
  });

  it('is read for only after a repetition', async () => {
    dynamo.on(PutItemCommand).rejects(conditionFailed(1));
    expect(await update()).toBe(false);
    expect(sent()).toHaveLength(1);
  });
});

describe('failures', () => {
  const tooLarge = serviceError('ValidationException', 'Item size has exceeded the maximum allowed size');
  const throttled = serviceError('ProvisionedThroughputExceededException', 'slow down');
  const tooLargeReason = 'Inference endpoint [my-embeddings] is too large to store: its settings may take up to 400 KB';

  it.each([
    { run: create, failure: tooLarge, error: statusException(400, tooLargeReason) },
    { run: update, failure: tooLarge, error: statusException(400, tooLargeReason) },
    {
      run: create,
      failure: throttled,
      error: statusException(500, 'Failed to store inference endpoint [my-embeddings]', { cause: throttled }),
    },
    {
      run: update,
      failure: throttled,
      error: statusException(500, 'Failed to store inference endpoint [my-embeddings]', { cause: throttled }),
    },
    {
      run: remove,
      failure: throttled,
      error: statusException(500, 'Failed to delete inference endpoint [my-embeddings]', { cause: throttled }),
    },
  ])('of writes are answered: $error.status $error.message', async ({ run, failure, error }) => {
    dynamo.onAnyCommand().rejects(failure);
    await expect(run()).rejects.toEqual(error);
  });

  it.each([{ run: () => store.get('my-embeddings') }, { run: store.list }])(
    'of reads stay what they are',
    async ({ run }) => {
      dynamo.onAnyCommand().rejects(throttled);
      await expect(run()).rejects.toBe(throttled);
    },
  );

  const { service: _service, ...withoutService } = item;
  it.each([
    { title: 'of a later version', stored: { ...item, version: { N: '2' } } },
    { title: 'with a field too many', stored: { ...item, owner: { S: 'someone' } } },
    { title: 'with a field too few', stored: withoutService },
    { title: 'whose settings are no JSON', stored: { ...item, task_settings: { S: '{' } } },
    { title: 'with settings of another type', stored: { ...item, service_settings: { M: {} } } },
  ])('name the id of a row $title', async ({ stored }) => {
    dynamo
      .on(GetItemCommand)
      .resolves({ Item: stored })
      .on(ScanCommand)
      .resolves({ Items: [stored] });
    const message = 'Inference endpoint [my-embeddings] is stored in a shape that this release does not know';

    for (const run of [() => store.get('my-embeddings'), store.list]) {
      const thrown = await run().catch((reason: unknown) => reason);
      expect(thrown).toMatchObject({ name: 'Error', message });
    }
  });
});
