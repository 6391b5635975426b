import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { standardEnvelope } from '../../lib/api/envelope.ts';
import { InferenceError } from '../../lib/api/errors.ts';
import { type ApiKeyAuthenticator, createAuthenticator } from '../../lib/security/authenticate.ts';
import { expand } from '../../lib/security/privileges.ts';
import { apiKeyHeader, exampleApiKey, exampleSecret } from './example-api-key.ts';
import { memoryApiKeyStore } from './memory-api-key-store.ts';

const start = 1_790_000_000_000;
const refreshMs = 30_000;
const encode = (text: string) => Buffer.from(text).toString('base64');

let now: number;
let keys: ReturnType<typeof memoryApiKeyStore>;
let adminSecret: string;
let adminReads: number;
let warnings: { readonly message: string; readonly key: string }[];
let authenticator: ApiKeyAuthenticator;

beforeEach(async () => {
  now = start;
  keys = memoryApiKeyStore();
  adminSecret = 'first-admin-secret';
  adminReads = 0;
  warnings = [];
  authenticator = createAuthenticator({
    keys,
    admin: {
      id: 'root',
      secret: async () => {
        adminReads += 1;
        return adminSecret;
      },
    },
    refreshMs,
    now: () => now,
    log: { warn: (message, { key }) => warnings.push({ message, key }) },
  });
  await keys.create(exampleApiKey());
});

const authenticate = (authorization: string | undefined) => authenticator.authenticate(authorization, '/_inference');

/** What the caller of a refused request reads, as JSON. */
const refusal = async (authorization: string | undefined) => {
  const error: unknown = await authenticate(authorization).catch((failure: unknown) => failure);
  if (!(error instanceof InferenceError)) throw error;
  return standardEnvelope(error);
};

const header = {
  'WWW-Authenticate': ['Basic realm="security", charset="UTF-8"', 'Bearer realm="security"', 'ApiKey'],
};

describe('a key that is known', () => {
  it.each([
    ['as clients send it', apiKeyHeader('k1', exampleSecret)],
    ['with the scheme in lower case', apiKeyHeader('k1', exampleSecret).replace('ApiKey', 'apikey')],
    ['without padding', apiKeyHeader('k1', exampleSecret).replaceAll('=', '')],
  ])('stands for its user with its rights, %s', async (_title, authorization) => {
    expect(await authenticate(authorization)).toEqual({
      keyId: 'k1',
      keyName: 'search app',
      username: 'elastic',
      privileges: ['monitor_inference'],
    });
  });

  it('has each privilege that those of its row grant', async () => {
    await keys.create(exampleApiKey({ id: 'k2', privileges: ['manage_inference'] }));
    const { privileges } = await authenticate(apiKeyHeader('k2', exampleSecret));
    expect(privileges).toEqual(['monitor_inference', 'manage_inference']);
  });

  it('is the user elastic with all rights when it is the all-powerful one', async () => {
    expect(await authenticate(apiKeyHeader('root', 'first-admin-secret'))).toEqual({
      keyId: 'root',
      keyName: 'root',
      username: 'elastic',
      privileges: expand(['all']),
    });
  });

  it('is never looked for in the store when it has the id of the all-powerful one', async () => {
    await keys.create(exampleApiKey({ id: 'root' }));
    await expect(authenticate(apiKeyHeader('root', exampleSecret))).rejects.toThrow('unable to authenticate');
    expect(keys.reads).toBe(0);
  });
});

describe('refusals', () => {
  const missing = 'missing authentication credentials for REST request [/_inference]';
  const bad = 'unable to authenticate with provided credentials and anonymous access is not allowed for this request';
  const apiKeyProblem = (why: string) => ({ reason: bad, additional_unsuccessful_credentials: `API key: ${why}` });
  const malformed = apiKeyProblem('invalid ApiKey value');

  it.each([
    ['no header', undefined, { reason: missing }],
    ['an empty header', '', { reason: missing }],
    ['a scheme without credentials', 'ApiKey', { reason: missing }],
    ['a scheme that nobody knows', `Digest ${encode('a:b')}`, { reason: missing }],
    ['an unknown id', apiKeyHeader('k9', 'x'), apiKeyProblem('unable to find apikey with id k9')],
    ['a wrong secret', apiKeyHeader('k1', 'x'), apiKeyProblem('invalid credentials for API key [k1]')],
    ['no secret', apiKeyHeader('k1', ''), apiKeyProblem('invalid credentials for API key [k1]')],
    ['a secret cut at its colon', apiKeyHeader('k1', 'a'), apiKeyProblem('invalid credentials for API key [k1]')],
    ['a wrong all-powerful secret', apiKeyHeader('root', 'x'), apiKeyProblem('invalid credentials for API key [root]')],
    ['no colon', `ApiKey ${encode('k1')}`, malformed],
    ['no id', `ApiKey ${encode(':secret')}`, malformed],
    ['what is not base64', 'ApiKey k1:a_secret', malformed],
    ['base64 of URLs', 'ApiKey _-8=', malformed],
    ['a good key with a stray character', apiKeyHeader('k1', exampleSecret).replace('ApiKey ', 'ApiKey !'), malformed],
    [
      'a password',
      `Basic ${encode('nora:letmein')}`,
      { reason: 'unable to authenticate user [nora] for REST request [/_inference]' },
    ],
    ['a password without colon', `basic ${encode('nora')}`, { reason: 'invalid basic authentication header value' }],
    ['a password that is not base64', 'Basic !', { reason: 'invalid basic authentication header value' }],
    ['a token', 'Bearer abc', { reason: bad }],
  ])('answers %s in the shape of Elasticsearch', async (_title, authorization, problem) => {
    const error = { type: 'security_exception', ...problem, header };
    expect(await refusal(authorization)).toEqual({ error: { root_cause: [error], ...error }, status: 401 });
  });

  it.each([
    ['invalidated', { invalidated: true, invalidation: start }, 'API key: api key [k2] has been invalidated'],
    ['expired', { expiration: start }, 'API key: api key is expired'],
  ])('tells that a key is %s only to who has its secret', async (_title, changes, why) => {
    await keys.create(exampleApiKey({ id: 'k2', ...changes }));
    const details = { details: { additional_unsuccessful_credentials: why } };
    await expect(authenticate(apiKeyHeader('k2', exampleSecret))).rejects.toMatchObject(details);
    await expect(authenticate(apiKeyHeader('k2', 'x'))).rejects.toMatchObject({
      details: { additional_unsuccessful_credentials: 'API key: invalid credentials for API key [k2]' },
    });
  });

  it('gives 401 for any header whatever, and repeats no secret', async () => {
    const scheme = fc.constantFrom('ApiKey', 'apikey', 'Basic', 'Bearer', 'Digest', '');
    const secret = fc.string({ unit: 'binary', minLength: 12 }).map((text) => `SECRET${text}`);
    const credentials = fc.oneof(
      fc.tuple(fc.constantFrom('k1', 'k2', 'root'), secret).map(([id, text]) => encode(`${id}:${text}`)),
      fc.string({ unit: 'binary' }),
      fc.base64String(),
    );
    await fc.assert(
      fc.asyncProperty(scheme, credentials, async (name, rest) => {
        const answer = await refusal(`${name} ${rest}`);
        expect(answer.status).toBe(401);
        expect(JSON.stringify(answer)).not.toContain('SECRET');
      }),
    );
  });
});

describe('what a process remembers', () => {
  const authorization = apiKeyHeader('k1', exampleSecret);

  it('reads no store for a key that it knows, nor for a wrong secret of it', async () => {
    await authenticate(authorization);
    await authenticate(authorization);
    await expect(authenticate(apiKeyHeader('k1', 'x'))).rejects.toThrow('unable to authenticate');
    expect(keys.reads).toBe(1);
  });

  it('sees within the time for refreshing that another process invalidated a key', async () => {
    await authenticate(authorization);
    await keys.update(exampleApiKey({ invalidated: true, invalidation: now, revision: 'second' }), 'first');
    now += refreshMs - 1;
    expect(await authenticate(authorization)).toMatchObject({ keyId: 'k1' });
    now += 1;
    await expect(authenticate(authorization)).rejects.toThrow('unable to authenticate');
  });

  it('sees at once that it invalidated a key itself', async () => {
    await authenticate(authorization);
    await keys.update(exampleApiKey({ invalidated: true, invalidation: now, revision: 'second' }), 'first');
    authenticator.forget('k1');
    await expect(authenticate(authorization)).rejects.toThrow('unable to authenticate');
  });

  it('ends a key to the millisecond, though it was read before', async () => {
    await keys.create(exampleApiKey({ id: 'k2', expiration: start + 1000 }));
    const expiring = apiKeyHeader('k2', exampleSecret);
    now = start + 999;
    expect(await authenticate(expiring)).toMatchObject({ keyId: 'k2' });
    now = start + 1000;
    await expect(authenticate(expiring)).rejects.toThrow('unable to authenticate');
    expect(keys.reads).toBe(1);
  });

  it('finds a key that was made after somebody had asked for it', async () => {
    const later = apiKeyHeader('k2', exampleSecret);
    await expect(authenticate(later)).rejects.toThrow('unable to authenticate');
    await keys.create(exampleApiKey({ id: 'k2' }));
    expect(await authenticate(later)).toMatchObject({ keyId: 'k2' });
  });

  it('serves known keys for ten minutes while the store is down, and warns of it once a minute', async () => {
    await authenticate(authorization);
    keys.failure = new Error('down');
    now = start + refreshMs;
    expect(await authenticate(authorization)).toMatchObject({ keyId: 'k1' });
    now = start + refreshMs + 10 * 60_000 - 1;
    expect(await authenticate(authorization)).toMatchObject({ keyId: 'k1' });
    now += 1000;
    await expect(authenticate(authorization)).rejects.toBe(keys.failure);
    const message = 'The store of API keys does not answer; what was read before serves in its place';
    expect(warnings).toEqual([
      { message, key: 'k1' },
      { message, key: 'k1' },
    ]);
  });

  it('reads the all-powerful secret like any key, and takes up a new one', async () => {
    await authenticate(apiKeyHeader('root', 'first-admin-secret'));
    await authenticate(apiKeyHeader('root', 'first-admin-secret'));
    expect(adminReads).toBe(1);
    adminSecret = 'second';
    now += refreshMs;
    await expect(authenticate(apiKeyHeader('root', 'first-admin-secret'))).rejects.toThrow('unable to authenticate');
    expect(await authenticate(apiKeyHeader('root', 'second'))).toMatchObject({ keyId: 'root' });
  });
});
