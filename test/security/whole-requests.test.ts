import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '../../lib/http/serve.ts';
import { createLog } from '../../lib/log.ts';
import { dynamoApiKeyStore } from '../../lib/security/api-key-store.ts';
import { createAuthenticator } from '../../lib/security/authenticate.ts';
import { securityHandlers } from '../../lib/security/handlers.ts';
import { requirePrivilege } from '../../lib/security/privileges.ts';
import { startDynamoDb } from '../../local/stand-ins/dynamodb.ts';
import { clientFor } from '../../local/stand-ins/stand-in.ts';
import { apiKeyHeader } from './example-api-key.ts';

// From the gateway's event to DynamoDB and back, with nothing replaced but DynamoDB itself.

const lines: string[] = [];
const log = createLog('debug', (line) => lines.push(line));
const admin = apiKeyHeader('root', 'root-secret');

let close: () => Promise<void>;
let respond: ReturnType<typeof serve>;

beforeAll(async () => {
  const tables = { endpoints: 'endpoints', apiKeys: 'api-keys', buckets: 'buckets' };
  const dynamo = await startDynamoDb({ dataDir: ':memory:', tables, log: console });
  const client = new DynamoDBClient(clientFor(dynamo.endpoint));
  const keys = dynamoApiKeyStore(client, tables.apiKeys);
  const root = { id: 'root', secret: async () => 'root-secret' };
  const authenticator = createAuthenticator({ keys, admin: root, refreshMs: 30_000, log });
  const handlers = securityHandlers({ keys, forget: authenticator.forget });
  respond = serve('security', { authenticator, requirePrivilege, log }, handlers);
  close = async () => {
    client.destroy();
    await dynamo.close();
  };
});
afterAll(() => close());

const call = async (method: string, path: string, authorization?: string, body?: unknown) => {
  const [pathname = '', search] = path.split('?');
  const answer = await respond(
    {
      httpMethod: method,
      path: pathname,
      headers: { ...(authorization && { Authorization: authorization }), 'Content-Type': 'application/json' },
      queryStringParameters: search ? Object.fromEntries(new URLSearchParams(search)) : null,
      body: body === undefined ? null : JSON.stringify(body),
    },
    new AbortController().signal,
  );
  if (typeof answer.body !== 'string') throw new Error('An answer about API keys is a text');
  return { status: answer.statusCode, headers: answer.headers, json: JSON.parse(answer.body) };
};

describe('the security function', () => {
  it('makes, shows and ends a key that may do no more than it was made for', async () => {
    const roles = { own: { cluster: ['manage_own_api_key', 'monitor_inference'] } };
    const made = await call('POST', '/_security/api_key', admin, {
      name: 'app',
      expiration: '1d',
      role_descriptors: roles,
    });
    expect(made.status).toBe(200);
    const key = `ApiKey ${made.json.encoded}`;

    const asked = { cluster: ['monitor_inference', 'manage_inference'] };
    expect(await call('POST', '/_security/user/_has_privileges', key, asked)).toMatchObject({
      status: 200,
      json: {
        username: 'elastic',
        has_all_requested: false,
        cluster: { monitor_inference: true, manage_inference: false },
      },
    });
    expect(await call('GET', '/_security/_authenticate', key)).toMatchObject({
      status: 200,
      json: { username: 'elastic', api_key: { id: made.json.id, name: 'app' } },
    });
    const child = await call('PUT', '/_security/api_key', key, {
      name: 'child',
      role_descriptors: { r: { cluster: ['all'] } },
    });
    expect(await call('GET', '/_security/api_key?owner=true', key)).toMatchObject({
      status: 200,
      json: { api_keys: [{ id: made.json.id, expiration: made.json.expiration }, { id: child.json.id }] },
    });
    expect(await call('GET', '/_security/api_key', key)).toMatchObject({ status: 403 });

    expect(await call('DELETE', '/_security/api_key', admin, { ids: [made.json.id] })).toMatchObject({
      status: 200,
      json: { invalidated_api_keys: [made.json.id], error_count: 0 },
    });
    expect(await call('GET', '/_security/_authenticate', key)).toMatchObject({ status: 401 });
    expect(await call('GET', `/_security/api_key?id=${made.json.id}&active_only`, admin)).toMatchObject({
      status: 404,
      json: { api_keys: [] },
    });
  });

  it('refuses keys that may not make keys', async () => {
    const roles = { r: { cluster: ['manage'] } };
    const made = await call('POST', '/_security/api_key', admin, { name: 'app', role_descriptors: roles });
    const refused = await call('POST', '/_security/api_key', `ApiKey ${made.json.encoded}`, { name: 'other' });
    expect(refused).toMatchObject({
      status: 403,
      json: {
        error: {
          type: 'security_exception',
          reason: `action [cluster:admin/xpack/security/api_key/create] is unauthorized for API key id [${made.json.id}] of user [elastic], this action is granted by the cluster privileges [manage_own_api_key,manage_api_key,manage_security,all]`,
        },
      },
    });
  });

  it('lets a key list all keys that may only read about security', async () => {
    const roles = { r: { cluster: ['read_security'] } };
    const made = await call('POST', '/_security/api_key', admin, { name: 'reader', role_descriptors: roles });
    const reader = `ApiKey ${made.json.encoded}`;
    expect(await call('GET', '/_security/api_key?name=reader', reader)).toMatchObject({
      status: 200,
      json: { api_keys: [{ id: made.json.id }] },
    });
    expect(await call('DELETE', '/_security/api_key', reader, { name: 'reader' })).toMatchObject({ status: 403 });
  });

  it('challenges who sends no key, and names path and query', async () => {
    const challenges = ['Basic realm="security", charset="UTF-8"', 'Bearer realm="security"', 'ApiKey'];
    expect(await call('GET', '/_security/_authenticate?pretty=true')).toMatchObject({
      status: 401,
      headers: { 'WWW-Authenticate': challenges },
      json: {
        error: {
          reason: 'missing authentication credentials for REST request [/_security/_authenticate?pretty=true]',
          header: { 'WWW-Authenticate': challenges },
        },
      },
    });
  });

  it('logs no secret', async () => {
    const made = await call('POST', '/_security/api_key', admin, { name: 'app' });
    await call('GET', '/_security/_authenticate', `ApiKey ${made.json.encoded}`);
    const log = lines.join('');
    expect(log).toContain('"status":200');
    for (const secret of ['root-secret', made.json.api_key, made.json.encoded]) expect(log).not.toContain(secret);
  });
});
