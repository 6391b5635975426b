import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, paginateListSecrets, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Client } from '@elastic/elasticsearch';
import { inject } from 'vitest';
import * as z from 'zod';
import { prefix } from '../cdk.ts';
import type { Sent } from '../stand-ins/server.ts';
import { baseUrl, readTarget } from '../target.ts';

const place = inject('place');
export const target = readTarget({ ...process.env, DEPLOYMENT_TARGET: place.target });
export const { provider } = place;
/** The file in which `cdk deploy` says what it made. */
export const outputsFile = join(place.folder, 'outputs.json');
/** The cloud assembly that is deployed, and destroyed. */
export const assembly = join(place.folder, 'cdk.out');

const outputsOfStack = z.object({
  ApiId: z.string(),
  ApiUrl: z.string(),
  AdminSecretArn: z.string(),
  InferFunction: z.string(),
  ManageFunction: z.string(),
  ReadFunction: z.string(),
  SecurityFunction: z.string(),
});

/** What `cdk deploy` said of the stack. */
export const readOutputs = () =>
  z.object({ [prefix]: outputsOfStack }).parse(JSON.parse(readFileSync(outputsFile, 'utf8')))[prefix];

const cloudFormation = new CloudFormationClient({});
const dynamoDb = new DynamoDBClient({});
export const secretsManager = new SecretsManagerClient({});

/** Secrets of the stack's endpoints: their names, those deleted left out. */
export const secretNames = async (): Promise<string[]> => {
  const names: string[] = [];
  for await (const page of paginateListSecrets({ client: secretsManager }, {}))
    for (const { Name } of page.SecretList ?? []) if (Name?.startsWith(`${prefix}/endpoint/`)) names.push(Name);
  return names;
};

export const secretValue = async (SecretId: string): Promise<string | undefined> =>
  (await secretsManager.send(new GetSecretValueCommand({ SecretId }))).SecretString;

/** Resources of the stack by type, while it is there. */
export const resources = async (type: string): Promise<{ readonly id: string; readonly name: string }[]> => {
  const found: { id: string; name: string }[] = [];
  for await (const page of paginateListStackResources({ client: cloudFormation }, { StackName: prefix }))
    for (const { ResourceType, LogicalResourceId: id, PhysicalResourceId: name } of page.StackResourceSummaries ?? [])
      if (ResourceType === type && id && name) found.push({ id, name });
  return found;
};

export const stackExists = async (): Promise<boolean> => {
  try {
    const { Stacks: stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: prefix }));
    return (stacks ?? []).some(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE');
  } catch (error) {
    if (error instanceof Error && error.message.includes('does not exist')) return false;
    throw error;
  }
};

/** The physical name of a table of `infra/data.ts`. */
export const tableName = async (table: 'Endpoints' | 'ApiKeys' | 'Buckets'): Promise<string> => {
  const found = (await resources('AWS::DynamoDB::Table')).find(({ id }) => id.startsWith(`Data${table}`));
  if (!found) throw new Error(`The stack has no table ${table}`);
  return found.name;
};

/** All items, as DynamoDB has them. */
export const rowsOf = async (name: string) => {
  const rows = [];
  for await (const page of paginateScan({ client: dynamoDb }, { TableName: name, ConsistentRead: true }))
    rows.push(...(page.Items ?? []));
  return rows;
};

/** Everything that the suite needs to call the deployed service, once it is deployed. */
export const openService = async () => {
  const outputs = readOutputs();
  const url = baseUrl(process.env, outputs);
  const key = Buffer.from(`admin:${await secretValue(outputs.AdminSecretArn)}`).toString('base64');
  const ask = (method: string, path: string, body?: unknown, { key: asked = key, signal }: AskOptions = {}) =>
    fetch(`${url}${path}`, {
      method,
      headers: { authorization: `ApiKey ${asked}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  const client = new Client({ node: url, auth: { apiKey: key }, requestTimeout: 60_000 });
  return { url, key, ask, client };
};

type AskOptions = { readonly key?: string; readonly signal?: AbortSignal };

/** What functions have sent to the stand-ins since the last look. */
export const takeSent = async (): Promise<Sent[]> => {
  const response = await fetch(`${place.standIns}/control/sent`);
  // Our own server, typed in stand-ins/server.ts.
  return (await response.json()) as Sent[];
};

/** Lets a stream of the provider go on by a word. @returns whether one was waiting */
export const step = async (ticket: string): Promise<boolean> =>
  (await fetch(`${place.standIns}/control/step/${ticket}`, { method: 'POST' })).ok;
