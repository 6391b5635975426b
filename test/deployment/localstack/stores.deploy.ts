import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeTimeToLiveCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import * as z from 'zod';
import { describeTable, emptyTable } from '../../../admin/tables.ts';
import { systemClock } from '../../../lib/limits/clock.ts';
import { dynamoSlotTable } from '../../../lib/limits/dynamo-slot-table.ts';
import { dynamoApiKeyStore } from '../../../lib/security/api-key-store.ts';
import { dynamoEndpointStore } from '../../../lib/store/endpoints.ts';
import { secretsManagerStore } from '../../../lib/store/secrets.ts';
import { exampleApiKey } from '../../security/example-api-key.ts';
import { storesKeepTheirContract } from '../../store/contract.ts';
import { exampleRow } from '../../store/example-row.ts';
import { cdk } from '../cdk.ts';

const prefix = 'InletTestData';
const folder = inject('dataFolder');
const outputsFile = join(folder, 'outputs.json');
const assembly = join(folder, 'cdk.out');
/** As `cdk.json` has it for the whole stack. */
const app = 'npx node test/deployment/localstack/data-app.ts';
const outputsOfStack = z.object({
  EndpointsTable: z.string(),
  ApiKeysTable: z.string(),
  BucketsTable: z.string(),
  AdminSecretArn: z.string(),
  SecretPrefix: z.string(),
});

const dynamoDb = new DynamoDBClient({});
const secretsManager = new SecretsManagerClient({});

const readOutputs = () =>
  z.object({ [prefix]: outputsOfStack }).parse(JSON.parse(readFileSync(outputsFile, 'utf8')))[prefix];

beforeAll(async () => {
  await cdk('bootstrap', 'aws://000000000000/us-east-1', '-c', `prefix=${prefix}`, '--output', assembly);
  const files = ['--output', assembly, '--outputs-file', outputsFile];
  await cdk('deploy', prefix, '--app', app, '-c', `prefix=${prefix}`, '--require-approval', 'never', ...files);
});

let opened = 0;

/** The deployed tables, emptied before each test; secrets by a prefix of their own each time. */
storesKeepTheirContract('LocalStack', async () => ({
  fresh: async () => {
    opened += 1;
    const { EndpointsTable: table, SecretPrefix: secretPrefix } = readOutputs();
    await emptyTable(dynamoDb, await describeTable(dynamoDb, table));
    return {
      endpoints: dynamoEndpointStore(dynamoDb, table),
      secrets: secretsManagerStore(secretsManager, { prefix: `${secretPrefix}${opened}/` }),
    };
  },
  close: async () => {},
}));

describe('what CloudFormation made in LocalStack', () => {
  it('lets buckets expire', async () => {
    const command = new DescribeTimeToLiveCommand({ TableName: readOutputs().BucketsTable });
    const { TimeToLiveDescription: ttl } = await dynamoDb.send(command);
    expect(ttl).toMatchObject({ AttributeName: 'expires', TimeToLiveStatus: 'ENABLED' });
  });

  it('has generated a secret of letters and digits', async () => {
    const command = new GetSecretValueCommand({ SecretId: readOutputs().AdminSecretArn });
    expect((await secretsManager.send(command)).SecretString).toMatch(/^[A-Za-z0-9]{32}$/);
  });

  it('keeps API keys', async () => {
    const store = dynamoApiKeyStore(dynamoDb, readOutputs().ApiKeysTable);
    const row = exampleApiKey();
    await store.create(row);
    expect(await store.get(row.id)).toEqual(row);
    await expect(store.create(row)).rejects.toThrow('is there already');
    expect(await store.update({ ...row, revision: 'next' }, row.revision)).toBe(true);
    expect(await store.update({ ...row, revision: 'other' }, row.revision)).toBe(false);
    expect(await store.list()).toEqual([{ ...row, revision: 'next' }]);
  });

  it('gives each of many processes slots of its own', async () => {
    const table = readOutputs().BucketsTable;
    const processes = Array.from({ length: 20 }, () =>
      dynamoSlotTable({ client: dynamoDb, table, now: systemClock.now, timeout: 20_000 }),
    );
    const from = 1_790_000_000_000;
    const reservation = { bucket: 'shared', from, latest: from + 10_000, span: 10 };
    const begun = await Promise.all(processes.map((each) => each.begin(reservation)));
    expect(begun.filter((first) => first !== undefined)).toEqual([from]);
    const appended = await Promise.all(processes.map((each) => each.append(reservation)));
    expect(appended.map((first) => (first ?? 0) - from).toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: 20 }, (_, index) => 10 * (index + 1)),
    );
  });
});

describe('cdk destroy', () => {
  it('leaves the tables of endpoints and API keys, and their rows', async () => {
    const { EndpointsTable, ApiKeysTable } = readOutputs();
    await dynamoEndpointStore(dynamoDb, EndpointsTable).create(exampleRow({ inference_id: 'outlives-the-stack' }));

    await cdk('destroy', prefix, '--app', assembly, '--force');

    const { TableNames: names = [] } = await dynamoDb.send(new ListTablesCommand({}));
    expect(names.toSorted()).toEqual([EndpointsTable, ApiKeysTable].toSorted());
    const left = await dynamoEndpointStore(dynamoDb, EndpointsTable).list();
    expect(left.map((row) => row.inference_id)).toContain('outlives-the-stack');
  });
});
