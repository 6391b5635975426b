import { generateKeyPairSync, verify } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InferenceError } from '../../lib/api/errors.ts';
import { createTokens } from '../../lib/transport/tokens.ts';
import type { TokenAuth } from '../../lib/transport/tokens-exchange.ts';
import { OutboundError, type OutboundRequest, type SendOptions } from '../../lib/transport/types.ts';

type ClientCredentials = Extract<TokenAuth, { readonly type: 'clientCredentials' }>;
type JwtBearer = Extract<TokenAuth, { readonly type: 'jwtBearer' }>;

const refused: TokenAuth['refused'] = ({ error, description }) => ({
  status: 403,
  reason: `no token: [${error}] ${description}`,
});

const credentials: ClientCredentials = {
  type: 'clientCredentials',
  tokenUrl: 'https://login.example/token',
  id: 'client',
  secret: 'secret',
  scopes: ['read'],
  in: 'basic',
  refused,
};

const newKeys = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
const { privateKey, publicKey } = newKeys();

const serviceAccount: JwtBearer = {
  type: 'jwtBearer',
  tokenUri: 'https://oauth2.example/token',
  header: { kid: 'key-1' },
  claims: { iss: 'inlet@project.example', scope: 'https://scope.example', aud: 'https://audience.example' },
  key: privateKey,
  refused,
};

type Reply = { readonly status?: number; readonly body: unknown } | OutboundError;

/** A token server that gives `replies` one by one, the last again and again. */
const tokenServer = (...replies: readonly [Reply, ...Reply[]]) => {
  const requests: OutboundRequest[] = [];
  const delays: number[] = [];
  let time = Date.UTC(2026, 0, 1);
  const tokens = createTokens({
    http: {
      whole: async (request) => {
        const reply = replies[Math.min(requests.length, replies.length - 1)] ?? replies[0];
        requests.push(request);
        if (reply instanceof OutboundError) throw reply;
        const { status = 200, body } = reply;
        return { status, headers: {}, text: typeof body === 'string' ? body : JSON.stringify(body) };
      },
    },
    now: () => time,
    delay: async (milliseconds) => delays.push(milliseconds),
  });
  return {
    requests,
    delays,
    drop: tokens.drop,
    get: (auth: TokenAuth, options: Pick<SendOptions, 'signal'> = { signal: new AbortController().signal }) =>
      tokens.get(auth, options),
    pass: (seconds: number) => {
      time += 1000 * seconds;
    },
  };
};

const grant = (token: string, lifetime: unknown = 3600) => ({ body: { access_token: token, expires_in: lifetime } });

describe('the exchange of client credentials', () => {
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };

  it.each([
    [
      'basic',
      { ...headers, authorization: `Basic ${Buffer.from('a+b%3Ac:%C3%A9%26%2F%2B').toString('base64')}` },
      'grant_type=client_credentials&scope=api%3A%2F%2Fx%2F.default+read',
    ],
    [
      'body',
      headers,
      'client_id=a+b%3Ac&client_secret=%C3%A9%26%2F%2B&scope=api%3A%2F%2Fx%2F.default+read&grant_type=client_credentials',
    ],
  ] as const)('sends id and secret in the %s', async (place, expectedHeaders, body) => {
    const server = tokenServer(grant('token-1'));
    const scopes = ['api://x/.default', 'read'];
    expect(await server.get({ ...credentials, id: 'a b:c', secret: 'é&/+', scopes, in: place })).toBe('token-1');
    expect(server.requests).toEqual([{ url: 'https://login.example/token', headers: expectedHeaders, body }]);
  });
});

describe('the exchange of a signed JWT', () => {
  const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString());

  it('sends header and claims, signed with the key for one hour', async () => {
    const server = tokenServer(grant('token-1'));
    expect(await server.get(serviceAccount)).toBe('token-1');
    const [request] = server.requests;
    const [prefix, assertion = ''] = request?.body.split('assertion=') ?? [];
    const [header, claims, signature = ''] = assertion.split('.');
    expect(request).toMatchObject({
      url: 'https://oauth2.example/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(prefix).toBe('grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&');
    expect(decode(header)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' });
    const seconds = Date.UTC(2026, 0, 1) / 1000;
    expect(decode(claims)).toEqual({ ...serviceAccount.claims, iat: seconds, exp: seconds + 3600 });
    const signed = Buffer.from(`${header}.${claims}`);
    expect(verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it.each(['', 'not a key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'])(
    'refuses the key %j in the words of the service, without a call',
    async (key) => {
      const server = tokenServer(grant('token-1'));
      await expect(server.get({ ...serviceAccount, key })).rejects.toEqual(
        new InferenceError(403, 'status_exception', 'no token: [undefined] Unexpected exception reading PKCS#8 data'),
      );
      expect(server.requests).toEqual([]);
    },
  );
});

describe('an answer without a token', () => {
  it.each([
    [400, { error: 'invalid_client', error_description: 'no such client' }, '[invalid_client] no such client'],
    [401, { error: 'invalid_client' }, '[invalid_client] undefined'],
    [403, { error: { code: 7 }, error_description: 'a description' }, '[undefined] a description'],
    [404, '<html>', '[undefined] undefined'],
    [204, '', '[undefined] undefined'],
    [200, {}, '[undefined] undefined'],
    [200, { access_token: '' }, '[undefined] undefined'],
    [200, { access_token: 'a\r\nb' }, '[undefined] undefined'],
    [200, { error: 'server_error' }, '[server_error] undefined'],
    [302, { access_token: 'a' }, '[undefined] undefined'],
  ])('%i %j is refused in the words of the service', async (status, body, words) => {
    const server = tokenServer({ status, body }, grant('token-2'));
    await expect(server.get(credentials)).rejects.toEqual(
      new InferenceError(403, 'status_exception', `no token: ${words}`),
    );
    expect(await server.get(credentials)).toBe('token-2'); // a refusal is not kept
  });
});

describe('retries', () => {
  const lost = new OutboundError('connection', 'login.example');

  it.each([
    { status: 408, body: '' },
    { status: 429, body: '' },
    { status: 500, body: '' },
    { status: 503, body: '' },
    lost,
  ])('come up to three times after %j, with waits of about 1, 2 and 4 seconds', async (reply) => {
    const server = tokenServer(reply, reply, reply, grant('token-1'));
    expect(await server.get(credentials)).toBe('token-1');
    expect(server.requests).toHaveLength(4);
    expect(server.delays).toHaveLength(3);
    for (const [index, delay] of server.delays.entries()) {
      expect(delay).toBeGreaterThanOrEqual(900 * 2 ** index);
      expect(delay).toBeLessThanOrEqual(1100 * 2 ** index);
    }
  });

  it.each([
    [
      { status: 503, body: { error: 'busy' } },
      new InferenceError(403, 'status_exception', 'no token: [busy] undefined'),
      4,
    ],
    [lost, lost, 4],
    [{ status: 502, body: '' }, new InferenceError(403, 'status_exception', 'no token: [undefined] undefined'), 1],
    [new OutboundError('unknown_host', 'login.example'), new OutboundError('unknown_host', 'login.example'), 1],
    [new OutboundError('bad_url', ''), new OutboundError('bad_url', ''), 1],
  ])('of %j end in %j', async (reply, failure, calls) => {
    const server = tokenServer(reply);
    await expect(server.get(credentials)).rejects.toEqual(failure);
    expect(server.requests).toHaveLength(calls);
  });
});

describe('the cache', () => {
  it.each([
    ['clientCredentials', 3600, 3540, credentials],
    ['clientCredentials', '3600', 3540, credentials],
    ['clientCredentials', undefined, 60, credentials],
    ['clientCredentials', null, 60, credentials],
    ['clientCredentials', 'soon', 60, credentials],
    ['jwtBearer', 3600, 3375, serviceAccount],
  ] as const)('keeps a token of %s with expires_in %j for %i seconds', async (_, lifetime, kept, auth) => {
    const server = tokenServer({ body: { access_token: 'token-1', expires_in: lifetime } }, grant('token-2'));
    expect(await server.get(auth)).toBe('token-1');
    server.pass(kept - 0.001);
    expect(await server.get(auth)).toBe('token-1');
    server.pass(0.001);
    expect(await server.get(auth)).toBe('token-2');
    expect(server.requests).toHaveLength(2);
  });

  it('uses a token once that ends within the margin', async () => {
    const server = tokenServer(grant('token-1', 60), grant('token-2', 60));
    expect([await server.get(credentials), await server.get(credentials)]).toEqual(['token-1', 'token-2']);
  });

  const changes: readonly Partial<ClientCredentials>[] = [
    { tokenUrl: 'https://other.example/token' },
    { id: 'other' },
    { secret: 'other' },
    { scopes: ['read', 'write'] },
    { in: 'body' },
  ];

  it.each(changes)('does not use a token for another %j', async (change) => {
    const server = tokenServer(grant('token-1'), grant('token-2'));
    expect(await server.get(credentials)).toBe('token-1');
    expect(await server.get({ ...credentials, ...change })).toBe('token-2');
    expect(await server.get({ ...credentials })).toBe('token-1');
  });

  const jwtChanges: readonly Partial<JwtBearer>[] = [
    { tokenUri: 'https://other.example/token' },
    { header: { kid: 'key-2' } },
    { claims: { ...serviceAccount.claims, iss: 'other@project.example' } },
    { key: newKeys().privateKey },
  ];

  it.each(jwtChanges)('does not use a token for another signed JWT, %#', async (change) => {
    const server = tokenServer(grant('token-1'), grant('token-2'));
    expect(await server.get(serviceAccount)).toBe('token-1');
    expect(await server.get({ ...serviceAccount, ...change })).toBe('token-2');
    expect(await server.get({ ...serviceAccount })).toBe('token-1');
  });

  it('forgets a token that is dropped, but not its successor', async () => {
    const server = tokenServer(grant('token-1'), grant('token-2'), grant('token-3'));
    expect(await server.get(credentials)).toBe('token-1');
    server.drop(credentials, 'token-1');
    expect(await server.get(credentials)).toBe('token-2');
    server.drop(credentials, 'token-1');
    expect(await server.get(credentials)).toBe('token-2');
  });

  it('keeps the thousand tokens used last', async () => {
    const server = tokenServer(grant('token'));
    const get = (id: number) => server.get({ ...credentials, id: String(id) });
    for (let id = 0; id < 1000; id += 1) await get(id);
    await get(0);
    await get(1000);
    expect(server.requests).toHaveLength(1001);
    await get(0); // used since
    await get(1000);
    expect(server.requests).toHaveLength(1001);
    await get(1); // the longest unused
    expect(server.requests).toHaveLength(1002);
  });
});

describe('callers at the same time', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** A token server that answers when it is told. */
  const slowServer = () => {
    const exchanges: (PromiseWithResolvers<string> & { readonly signal: AbortSignal })[] = [];
    const tokens = createTokens({
      http: {
        whole: async (_, { signal }) => {
          const exchange = { ...Promise.withResolvers<string>(), signal };
          exchanges.push(exchange);
          signal.addEventListener('abort', () => exchange.reject(signal.reason));
          return { status: 200, headers: {}, text: JSON.stringify({ access_token: await exchange.promise }) };
        },
      },
    });
    return { exchanges, tokens };
  };
  const patient = () => new AbortController().signal;

  it('wait for one exchange, and those who leave do not end it for the others', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1 }), async (leaves) => {
        const { exchanges, tokens } = slowServer();
        const callers = leaves.map((leaving) => {
          const controller = new AbortController();
          return { leaving, controller, token: tokens.get(credentials, { signal: controller.signal }) };
        });
        const gone = new Error('the caller left');
        const outcomes = Promise.allSettled(callers.map(({ token }) => token));
        for (const { leaving, controller } of callers) if (leaving) controller.abort(gone);
        exchanges[0]?.resolve('token-1');
        expect(await outcomes).toEqual(
          leaves.map((leaving) =>
            leaving ? { status: 'rejected', reason: gone } : { status: 'fulfilled', value: 'token-1' },
          ),
        );
        expect(await tokens.get(credentials, { signal: patient() })).toBe('token-1');
        expect(exchanges).toHaveLength(1);
      }),
    ));

  it('share a failure, which is not kept', async () => {
    const { exchanges, tokens } = slowServer();
    const failure = new OutboundError('unknown_host', 'login.example');
    const callers = Promise.allSettled([1, 2].map(() => tokens.get(credentials, { signal: patient() })));
    exchanges[0]?.reject(failure);
    expect(await callers).toEqual([1, 2].map(() => ({ status: 'rejected', reason: failure })));
    const again = tokens.get(credentials, { signal: patient() });
    exchanges[1]?.resolve('token-2');
    expect(await again).toBe('token-2');
  });

  it('share a refusal, each in the words of its own endpoint', async () => {
    const { exchanges, tokens } = slowServer();
    const callers = Promise.allSettled(
      ['a', 'b'].map((id) =>
        tokens.get({ ...credentials, refused: () => ({ status: 400, reason: `for [${id}]` }) }, { signal: patient() }),
      ),
    );
    exchanges[0]?.resolve('');
    expect(await callers).toEqual(
      ['a', 'b'].map((id) => ({
        status: 'rejected',
        reason: new InferenceError(400, 'status_exception', `for [${id}]`),
      })),
    );
    expect(exchanges).toHaveLength(1);
  });

  it('who have left before they ask start nothing', async () => {
    const { exchanges, tokens } = slowServer();
    const gone = new Error('the caller left');
    await expect(tokens.get(credentials, { signal: AbortSignal.abort(gone) })).rejects.toBe(gone);
    expect(exchanges).toEqual([]);
  });

  it('learn after 30 seconds that the token server cannot be reached, whatever their own deadlines', async () => {
    const limit = new AbortController();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(limit.signal);
    const { tokens } = slowServer();
    const token = tokens.get(credentials, { signal: patient() });
    limit.abort(new DOMException('too slow', 'TimeoutError'));
    await expect(token).rejects.toEqual(new OutboundError('connection', 'login.example'));
    expect(timeout.mock.calls).toEqual([[30_000]]);
  });
});
