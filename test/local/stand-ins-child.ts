/** Stores endpoints and their secrets in the data folder it is given, without end, and prints a line for each that was answered. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { dynamoEndpointStore } from '../../lib/store/endpoints.ts';
import { secretsManagerStore } from '../../lib/store/secrets.ts';
import { startDynamoDb } from '../../local/stand-ins/dynamodb.ts';
import { startSecretsManager } from '../../local/stand-ins/secrets-manager.ts';
import { clientFor } from '../../local/stand-ins/stand-in.ts';
import { exampleRow } from '../store/example-row.ts';

const dataDir = process.argv[2] ?? '';
const tables = { endpoints: 'endpoints', apiKeys: 'api-keys', buckets: 'buckets' };
const dynamo = await startDynamoDb({ dataDir, tables, log: console });
const secretsManager = await startSecretsManager({ dataDir, log: console });
const endpoints = dynamoEndpointStore(new DynamoDBClient(clientFor(dynamo.endpoint)), 'endpoints');
const secrets = secretsManagerStore(new SecretsManagerClient(clientFor(secretsManager.endpoint)), {
  prefix: 'inlet/endpoint/',
});

for (let count = (await endpoints.list()).length; ; count += 1) {
  const id = `endpoint-${String(count).padStart(4, '0')}`;
  const secret = await secrets.create({ api_key: `key of ${id}` });
  await endpoints.create(exampleRow({ inference_id: id, secret }));
  console.log(id);
}
