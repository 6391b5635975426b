import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { EndpointStore, SecretStore } from '../../lib/inference/ports.ts';
import { dynamoEndpointStore } from '../../lib/store/endpoints.ts';
import { secretsManagerStore } from '../../lib/store/secrets.ts';
import { startDynamoDb } from '../../local/stand-ins/dynamodb.ts';
import { startSecretsManager } from '../../local/stand-ins/secrets-manager.ts';
import { clientFor } from '../../local/stand-ins/stand-in.ts';
import { createTables } from '../../local/stand-ins/tables.ts';
import { memoryEndpointStore, memorySecretStore } from '../helpers/memory-stores.ts';

type Stores = { readonly endpoints: EndpointStore; readonly secrets: SecretStore };

/** Somewhere to store: `fresh` gives empty stores in it. */
export type Place = { readonly fresh: () => Promise<Stores>; readonly close: () => Promise<void> };

export const openMemory = async (): Promise<Place> => ({
  fresh: async () => ({ endpoints: memoryEndpointStore(), secrets: memorySecretStore() }),
  close: async () => {},
});

/** The stores of a deployment with the SDK's own clients, in front of the stand-ins. */
export const openStandIns = async (): Promise<Place> => {
  const names = (suffix: number) => ({
    endpoints: `endpoints-${suffix}`,
    apiKeys: `api-keys-${suffix}`,
    buckets: `buckets-${suffix}`,
  });
  const dynamo = await startDynamoDb({ dataDir: ':memory:', tables: names(0), log: console });
  const secretsManager = await startSecretsManager({ dataDir: ':memory:', log: console });
  const dynamoClient = new DynamoDBClient(clientFor(dynamo.endpoint));
  const secretsClient = new SecretsManagerClient(clientFor(secretsManager.endpoint));
  let opened = 0;
  return {
    fresh: async () => {
      opened += 1;
      await createTables(dynamo.endpoint, names(opened));
      return {
        endpoints: dynamoEndpointStore(dynamoClient, names(opened).endpoints),
        secrets: secretsManagerStore(secretsClient, { prefix: `test-${opened}/endpoint/` }),
      };
    },
    close: async () => {
      dynamoClient.destroy();
      secretsClient.destroy();
      await dynamo.close();
      await secretsManager.close();
    },
  };
};
