import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dynamoEndpointStore } from '../../lib/store/endpoints.ts';
import { secretsManagerStore } from '../../lib/store/secrets.ts';
import { startDynamoDb } from '../../local/stand-ins/dynamodb.ts';
import { startSecretsManager } from '../../local/stand-ins/secrets-manager.ts';
import { clientFor } from '../../local/stand-ins/stand-in.ts';

const child = fileURLToPath(new URL('./stand-ins-child.ts', import.meta.url));

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'inlet-'));
});

afterEach(() => rm(dataDir, { recursive: true }));

/** Runs the child until it has stored `count` endpoints, and kills it there and then. */
const storeAndKill = async (count: number): Promise<string[]> => {
  const running = spawn(process.execPath, [child, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(running, 'exit');
  const ids: string[] = [];
  for await (const id of createInterface(running.stdout)) {
    ids.push(id);
    if (ids.length === count) running.kill('SIGKILL');
  }
  expect(await ended).toEqual([null, 'SIGKILL']);
  return ids;
};

it('keeps what was answered when the process is killed, again and again', async () => {
  const answered: string[] = [];
  for (const count of [1, 15, 40]) answered.push(...(await storeAndKill(count)));

  const tables = { endpoints: 'endpoints', apiKeys: 'api-keys', buckets: 'buckets' };
  const dynamo = await startDynamoDb({ dataDir, tables, log: console });
  const secretsManager = await startSecretsManager({ dataDir, log: console });
  const dynamoClient = new DynamoDBClient(clientFor(dynamo.endpoint));
  const secretsClient = new SecretsManagerClient(clientFor(secretsManager.endpoint));
  const endpoints = dynamoEndpointStore(dynamoClient, 'endpoints');
  const secrets = secretsManagerStore(secretsClient, { prefix: 'inlet/endpoint/' });

  const rows = await endpoints.list();
  const values = await Promise.all(rows.map((row) => secrets.get(row.secret ?? '')));
  expect(rows.map((row) => row.inference_id)).toEqual(expect.arrayContaining(answered));
  expect(values).toEqual(rows.map((row) => ({ api_key: `key of ${row.inference_id}` })));

  dynamoClient.destroy();
  secretsClient.destroy();
  await dynamo.close();
  await secretsManager.close();
});
