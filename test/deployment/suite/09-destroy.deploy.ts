import {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  paginateListTables,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { DeleteSecretCommand, paginateListSecrets } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { admin, cdk, prefix } from '../cdk.ts';
import { adaptiveComponents, componentOf, components } from './components.ts';
import {
  assembly,
  openService,
  readOutputs,
  rowsOf,
  secretNames,
  secretsManager,
  stackExists,
  tableName,
  target,
} from './deployment.ts';
import { embeddings, vectors } from './endpoints.ts';
import { deleteNodeStack } from './node-stack.ts';

const dynamoDb = new DynamoDBClient({});

const isProtected = async (TableName: string): Promise<boolean | undefined> =>
  (await dynamoDb.send(new DescribeTableCommand({ TableName }))).Table?.DeletionProtectionEnabled;

/** Whatever carries the prefix in its name, of the kinds that could hold something or cost. */
const left = async () => {
  const names: string[] = [];
  for await (const page of paginateListTables({ client: dynamoDb }, {})) names.push(...(page.TableNames ?? []));
  for await (const page of paginateListFunctions({ client: new LambdaClient({}) }, {}))
    names.push(...(page.Functions ?? []).flatMap(({ FunctionName }) => FunctionName ?? []));
  for await (const page of paginateListSecrets({ client: secretsManager }, {}))
    names.push(...(page.SecretList ?? []).flatMap(({ Name }) => Name ?? []));
  return names.filter((name) => name.startsWith(prefix));
};

describe('admin -- empty', () => {
  it.runIf(target.reachesStandIns)('takes the components, which stop a destruction', async () => {
    const said = await admin('empty', '--yes');
    expect(said).toContain(`inference component ${componentOf('.multilingual-e5-small-elasticsearch')} (InService)`);
    expect(await components()).toEqual([]);
    expect(await adaptiveComponents()).toEqual([]);
  });

  it('leaves the data, and asks before it takes it', async () => {
    expect(await admin('empty')).toContain(`${prefix} is empty already`);
    await expect(admin('empty', '--data')).rejects.toThrow('Nobody is there to ask');

    expect(await rowsOf(await tableName('Endpoints'))).toHaveLength(1);
    expect(await secretNames()).toHaveLength(1);
    expect(await isProtected(await tableName('Endpoints'))).toBe(true);
  });

  it('takes the data when told so, and what protects it', async () => {
    expect(await admin('empty', '--data', '--yes')).toContain('1 secret of endpoints');
    if (target.reachesStandIns) await deleteNodeStack();

    expect(await secretNames()).toEqual([]);
    for (const table of ['Endpoints', 'ApiKeys'] as const) {
      const name = await tableName(table);
      expect(await rowsOf(name)).toEqual([]);
      expect(await isProtected(name)).toBe(false);
    }
  });
});

describe('cdk destroy', () => {
  it('leaves only what holds data', async () => {
    const service = await openService();
    const { AdminSecretArn } = readOutputs();
    const tables = [await tableName('Endpoints'), await tableName('ApiKeys')];
    const inference_id = 'outlives-the-stack';
    await service.client.inference.put({ inference_id, task_type: 'text_embedding', inference_config: embeddings });
    expect(await service.client.inference.textEmbedding({ inference_id, input: ['a'] })).toEqual(vectors(['a']));
    await service.ask('POST', '/_security/api_key', { name: 'outlives-the-stack' });
    const [secret = ''] = await secretNames();

    await cdk('destroy', prefix, '--app', assembly, '--force');

    expect(await stackExists()).toBe(false);
    expect((await left()).toSorted()).toEqual([...tables, secret].toSorted());
    expect(secret).not.toBe(AdminSecretArn);
    for (const name of tables) expect(await rowsOf(name)).toHaveLength(1);
    const answer = await service.ask('GET', '/_health').catch(() => undefined);
    expect(answer?.ok ?? false).toBe(false);
  });

  it('leaves what a person can delete', async () => {
    for (const SecretId of await secretNames())
      await secretsManager.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    for (const TableName of await left()) {
      if (await isProtected(TableName))
        await dynamoDb.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
      await dynamoDb.send(new DeleteTableCommand({ TableName }));
    }
    await expect.poll(left, { timeout: 120_000, interval: 1_000 }).toEqual([]);
  });
});
