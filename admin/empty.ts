import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mlNodeName } from '../lib/ml-node/names.ts';
import { countObjects, emptyBucket } from './buckets.ts';
import { type Component, listComponents, removeComponents } from './components.ts';
import { findDeployment } from './find-deployment.ts';
import { deleteSecret, listEndpointSecrets, recoveryDays } from './secrets.ts';
import { describeTable, emptyTable, type StoredTable, unprotect } from './tables.ts';

export type Clients = {
  readonly cloudFormation: CloudFormationClient;
  readonly sageMaker: SageMakerClient;
  readonly autoScaling: ApplicationAutoScalingClient;
  readonly dynamoDb: DynamoDBClient;
  readonly secretsManager: SecretsManagerClient;
  readonly s3: S3Client;
};

export type EmptyOptions = {
  readonly prefix: string;
  /** Whether what users have stored goes too. */
  readonly data: boolean;
  readonly say: (line: string) => void;
  /** Shows what is about to go; only `true` lets it. */
  readonly confirm: (what: readonly string[]) => Promise<boolean>;
  readonly pause: () => Promise<unknown>;
};

type Found = {
  readonly components: readonly Component[];
  readonly tables: readonly StoredTable[];
  readonly secrets: readonly string[];
  readonly buckets: readonly { readonly name: string; readonly objects: number }[];
};

/** Ten minutes, at ten seconds a look: longer than SageMaker takes to make a component or to give it up. */
const mostLooks = 60;

const look = async (clients: Clients, { prefix, data }: EmptyOptions): Promise<Found | undefined> => {
  const deployment = await findDeployment(clients.cloudFormation, prefix);
  if (!deployment) return undefined;
  const components = deployment.hasNode ? await listComponents(clients.sageMaker, mlNodeName(prefix)) : [];
  if (!data) return { components, tables: [], secrets: [], buckets: [] };
  const bucket = async (name: string) => ({ name, objects: await countObjects(clients.s3, name) });
  return {
    components,
    tables: await Promise.all(deployment.tables.map((name) => describeTable(clients.dynamoDb, name))),
    secrets: await listEndpointSecrets(clients.secretsManager, prefix),
    buckets: await Promise.all(deployment.buckets.map(bucket)),
  };
};

const several = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

const describe = ({ components, tables, secrets, buckets }: Found): string[] => [
  ...components.map(({ name, status }) => `inference component ${name} (${status})`),
  ...tables.filter(({ rows }) => rows > 0).map(({ name, rows }) => `${several(rows, 'row')} of the table ${name}`),
  ...(secrets.length > 0
    ? [`${several(secrets.length, 'secret')} of endpoints, to be restored within ${recoveryDays} days`]
    : []),
  ...buckets
    .filter(({ objects }) => objects > 0)
    .map(({ name, objects }) => `${several(objects, 'object')} of the bucket ${name}`),
  ...tables.filter(({ isProtected }) => isProtected).map(({ name }) => `the deletion protection of the table ${name}`),
];

/**
 * Rows before the secrets that they point to, as a reader must never meet a row without its secret; the protection last, so that an
 * interrupted run leaves it.
 */
const removeData = async ({ dynamoDb, secretsManager, s3 }: Clients, found: Found): Promise<void> => {
  for (const table of found.tables) await emptyTable(dynamoDb, table);
  for (const secret of found.secrets) await deleteSecret(secretsManager, secret);
  for (const { name } of found.buckets) await emptyBucket(s3, name);
  for (const table of found.tables) if (table.isProtected) await unprotect(dynamoDb, table);
};

/**
 * Removes what stops `cdk destroy`, the inference components; with `data` also what users have stored.
 *
 * @returns whether the deployment is empty now: not when it was not confirmed
 * @throws Error with a sentence for the person who runs it
 */
export const empty = async (clients: Clients, options: EmptyOptions): Promise<boolean> => {
  const { prefix, say } = options;
  const found = await look(clients, options);
  if (!found)
    throw new Error(`There is no stack ${prefix} or ${prefix}MlNode here; -c prefix=… names another deployment`);
  const what = describe(found);
  if (what.length === 0) {
    say(`${prefix} is empty already.`);
    return true;
  }
  if (!(await options.confirm(what))) return false;
  if (found.components.length > 0)
    await removeComponents(clients, mlNodeName(prefix), {
      most: mostLooks,
      pause: options.pause,
      onWait: (left) => say(`Waiting for SageMaker to remove ${several(left.length, 'component')} …`),
    });
  await removeData(clients, found);
  say(`${prefix} is empty. "npx cdk destroy --all" removes the rest.`);
  const kept = found.tables.filter(({ isProtected }) => isProtected);
  if (kept.length > 0) {
    say('The tables of endpoints and API keys outlive that; once the stack is gone, so may they:');
    for (const { name } of kept) say(`  aws dynamodb delete-table --table-name ${name}`);
  }
  return true;
};
