import { describe, expect, it } from 'vitest';
import { createSend } from '../../lib/transport/send.ts';
import { createTokens } from '../../lib/transport/tokens.ts';
import type { Auth, Http, OutboundRequest, SendOptions } from '../../lib/transport/types.ts';

const tokenUrl = 'https://login.example/token';

/** A service that takes only some tokens, and a token server that makes `token-1`, `token-2` and so on. */
const fakeNetwork = ({ accepts }: { accepts: (authorization: string | undefined) => boolean }) => {
  const sent: { readonly request: OutboundRequest; readonly options: SendOptions }[] = [];
  const closed: string[] = [];
  let made = 0;
  async function* body(text: string) {
    try {
      yield Buffer.from(text);
      yield Buffer.from('more');
    } finally {
      closed.push(text);
    }
  }
  const http: Http = {
    whole: async (request, options) => {
      if (request.url === tokenUrl) {
        made += 1;
        return { status: 200, headers: {}, text: `{"access_token":"token-${made}","expires_in":3600}` };
      }
      sent.push({ request, options });
      const status = accepts(request.headers.authorization) ? 200 : 401;
      return { status, headers: {}, text: `answer ${sent.length}` };
    },
    stream: async (request, options) => {
      sent.push({ request, options });
      const status = accepts(request.headers.authorization) ? 200 : 401;
      return { status, headers: {}, body: body(`answer ${sent.length}`) };
    },
    close: async () => undefined,
  };
  const now = () => Date.UTC(2015, 7, 30, 12, 36, 0);
  return {
    sent,
    closed,
    made: () => made,
    send: createSend({
      http,
      tokens: createTokens({ http, now }),
      roleCredentials: () => ({ accessKeyId: 'AKROLE', secretAccessKey: 'secret', sessionToken: 'session' }),
      now,
    }),
  };
};

const url = 'https://models.example/v1/embed?a=%7e&b';
const request = { url, headers: { 'content-type': 'application/json', 'X-Custom': 'kept' }, body: '{}' };
const options = { signal: new AbortController().signal, trusted: true };
const kept = request.headers;

const clientCredentials: Auth = {
  type: 'clientCredentials',
  tokenUrl,
  id: 'id',
  secret: 'secret',
  scopes: ['s'],
  in: 'basic',
  refused: () => ({ status: 403, reason: 'refused' }),
};

const signed = (id: string, names: string) =>
  expect.stringMatching(
    new RegExp(
      `^AWS4-HMAC-SHA256 Credential=${id}/20150830/us-east-1/bedrock/aws4_request, SignedHeaders=${names}, Signature=[0-9a-f]{64}$`,
    ),
  );
const sigv4 = { type: 'sigv4', service: 'bedrock', region: 'us-east-1' } as const;
const signedHeaders = {
  'content-type': 'application/json',
  'x-amz-content-sha256': '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  'x-amz-date': '20150830T123600Z',
  'x-custom': 'kept',
};

const cases: readonly { auth: Auth; expected: Partial<OutboundRequest> }[] = [
  { auth: { type: 'none' }, expected: {} },
  { auth: { type: 'bearer', token: 't' }, expected: { headers: { ...kept, authorization: 'Bearer t' } } },
  { auth: { type: 'header', name: 'api-key', value: 'k' }, expected: { headers: { ...kept, 'api-key': 'k' } } },
  {
    auth: { type: 'query', name: 'key', value: 'a/b c+&é' },
    expected: { url: 'https://models.example/v1/embed?key=a%2Fb%20c%2B%26%C3%A9&a=%7e&b' },
  },
  { auth: clientCredentials, expected: { headers: { ...kept, authorization: 'Bearer token-1' } } },
  {
    auth: { ...sigv4, credentials: { accessKeyId: 'AKUSER', secretAccessKey: 'secret' } },
    expected: {
      headers: {
        ...signedHeaders,
        authorization: signed('AKUSER', 'content-type;host;x-amz-content-sha256;x-amz-date;x-custom'),
      },
    },
  },
  {
    auth: { ...sigv4, credentials: 'role' },
    expected: {
      headers: {
        ...signedHeaders,
        'x-amz-security-token': 'session',
        authorization: signed(
          'AKROLE',
          'content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-custom',
        ),
      },
    },
  },
];

describe.each(['whole', 'stream'] as const)('send.%s', (how) => {
  it.each(cases)('sends $auth.type', async ({ auth, expected }) => {
    const network = fakeNetwork({ accepts: () => true });
    expect(await network.send[how](request, auth, options)).toMatchObject({ status: 200 });
    expect(network.sent).toEqual([{ request: { ...request, ...expected }, options }]);
  });

  it('adds the first parameter of an address', async () => {
    const network = fakeNetwork({ accepts: () => true });
    await network.send[how](
      { ...request, url: 'https://m.example/a:b' },
      { type: 'query', name: 'k', value: 'v' },
      options,
    );
    expect(network.sent[0]?.request.url).toBe('https://m.example/a:b?k=v');
  });

  it.each<{ auth: Auth; name: string; value: unknown }>([
    { auth: { type: 'bearer', token: 't' }, name: 'authorization', value: 'Bearer t' },
    { auth: { type: 'header', name: 'Api-Key', value: 'k' }, name: 'Api-Key', value: 'k' },
    { auth: clientCredentials, name: 'authorization', value: 'Bearer token-1' },
    {
      auth: { ...sigv4, credentials: 'role' },
      name: 'authorization',
      value: signed('AKROLE', 'host;x-amz-content-sha256;x-amz-date;x-amz-security-token'),
    },
  ])('sets $name of $auth.type over headers of that name in any case', async ({ auth, name, value }) => {
    const network = fakeNetwork({ accepts: () => true });
    const headers = Object.fromEntries(
      [name.toLowerCase(), name.toUpperCase(), name].map((given) => [given, 'from the user']),
    );
    await network.send[how]({ ...request, headers }, auth, options);
    const sent = Object.entries(network.sent[0]?.request.headers ?? {});
    expect(sent.filter(([given]) => given.toLowerCase() === name.toLowerCase())).toEqual([[name, value]]);
  });

  it('repeats a call whose token is refused, once, with a new token', async () => {
    const network = fakeNetwork({ accepts: (authorization) => authorization !== 'Bearer token-1' });
    expect(await network.send[how](request, clientCredentials, options)).toMatchObject({ status: 200 });
    expect(network.sent.map(({ request: { headers } }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
    await network.send[how](request, clientCredentials, options);
    expect(network.made()).toBe(2);
  });

  it('gives the second 401 as it is', async () => {
    const network = fakeNetwork({ accepts: () => false });
    expect(await network.send[how](request, clientCredentials, options)).toMatchObject({ status: 401 });
    expect(network.sent).toHaveLength(2);
  });

  it('does not repeat a call whose own key is refused', async () => {
    const network = fakeNetwork({ accepts: () => false });
    expect(await network.send[how](request, { type: 'bearer', token: 't' }, options)).toMatchObject({ status: 401 });
    expect(network.sent).toHaveLength(1);
  });
});

describe('a stream that is refused', () => {
  it('is closed, and the one that counts stays open', async () => {
    const network = fakeNetwork({ accepts: (authorization) => authorization !== 'Bearer token-1' });
    const { body } = await network.send.stream(request, clientCredentials, options);
    let text = '';
    for await (const bytes of body) {
      text += Buffer.from(bytes).toString();
      if (text === 'answer 2') expect(network.closed).toEqual(['answer 1']);
    }
    expect(text).toBe('answer 2more');
  });
});
