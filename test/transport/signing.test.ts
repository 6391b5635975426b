import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statusException } from '../../lib/api/errors.ts';
import { createSigner, environmentCredentials } from '../../lib/transport/signing.ts';
import type { OutboundRequest } from '../../lib/transport/types.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

type Signed = {
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};
type Scope = { readonly id: string; readonly key: string; readonly region: string; readonly service: string };

/** The `authorization` header, step by step as AWS's reference describes Signature Version 4. */
const authorization = ({ method, path, query, headers, body }: Signed, { id, key, region, service }: Scope) => {
  const names = Object.keys(headers).sort();
  const canonicalRequest = [
    method,
    path.split('/').map(encode).join('/'),
    query
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join('&'),
    ...names.map((name) => `${name}:${headers[name]?.trim().replace(/ +/g, ' ')}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n');
  const date = headers['x-amz-date'] ?? '';
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonicalRequest)].join('\n');
  const signingKey = [date.slice(0, 8), region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${key}`);
  const signature = hmac(signingKey, toSign).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
};

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const scope = { id: keys.accessKeyId, key: keys.secretAccessKey, region: 'us-east-1' };
const now = () => Date.UTC(2015, 7, 30, 12, 36, 0);
const host = 'bedrock-runtime.us-east-1.amazonaws.com';

const post = (url: string, request: Partial<OutboundRequest> = {}): OutboundRequest => ({
  url,
  headers: { 'content-type': 'application/json' },
  body: '{"inputText":"Ägypten"}',
  ...request,
});

const sign = (request: OutboundRequest) =>
  createSigner({ now })(request, { type: 'sigv4', service: 'bedrock', region: 'us-east-1', credentials: keys });

const isSigned = async (request: OutboundRequest, path: string, query: Signed['query'] = []) => {
  const { authorization: made, ...headers } = await sign(request);
  const expected = authorization(
    { method: 'POST', path, query, headers: { ...headers, host }, body: request.body },
    { ...scope, service: 'bedrock' },
  );
  expect(made).toBe(expected);
};

describe('the computation that these tests compare with', () => {
  it.each([
    ['GET', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['POST', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  ])('gives the signature that AWS published for a plain %s', (method, signature) => {
    const headers = { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z' };
    expect(authorization({ method, path: '/', query: [], headers, body: '' }, { ...scope, service: 'service' })).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    );
  });
});

describe('createSigner', () => {
  it.each([
    '/',
    '/model/amazon.titan-embed-text-v2%3A0/invoke',
    '/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A111122223333%3Ainference-profile%2Fours/converse-stream',
    '/model/amazon.titan-embed-text-v2:0/invoke',
    '/endpoints/tei-e5/invocations-response-stream',
  ])('signs the path %s as it is sent, encoded once more', (path) => isSigned(post(`https://${host}${path}`), path));

  it('signs the parameters of the query in their order', () =>
    isSigned(post(`https://${host}/endpoints?b=2&a=x%20y&b=1`), '/endpoints', [
      ['b', '2'],
      ['a', 'x y'],
      ['b', '1'],
    ]));

  it('gives date, digest and the headers of the request, and leaves the host to the client', async () => {
    const headers = await sign(post(`https://${host}/`, { headers: { 'Content-Type': 'a/b', Host: 'elsewhere' } }));
    expect(headers).toEqual({
      authorization: expect.stringContaining('SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, '),
      'content-type': 'a/b',
      'x-amz-content-sha256': sha256('{"inputText":"Ägypten"}'),
      'x-amz-date': '20150830T123600Z',
    });
  });

  it('takes the digest from the body, not from a header', async () => {
    const headers = await sign(post(`https://${host}/`, { headers: { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' } }));
    expect(headers['x-amz-content-sha256']).toBe(sha256('{"inputText":"Ägypten"}'));
  });

  it('signs every request as the published steps do', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 4 }),
        fc.string({ unit: 'binary' }),
        fc.dictionary(fc.stringMatching(/^x-amzn-[a-z]{1,8}$/), fc.stringMatching(/^[!-~]([ -~]{0,8}[!-~])?$/)),
        async (names, body, headers) => {
          const path = `/model/${names.map(encode).join('/')}/invoke`;
          await isSigned(post(`https://${host}${path}`, { body, headers }), new URL(`https://${host}${path}`).pathname);
        },
      ),
    ));
});

describe('the role of the process', () => {
  const role = { type: 'sigv4', service: 'bedrock', region: 'us-east-1', credentials: 'role' } as const;
  const environment = { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey };

  it('signs with the session token as a header', async () => {
    const roleCredentials = environmentCredentials({ ...environment, AWS_SESSION_TOKEN: 'session/token==' });
    const { authorization: made, ...headers } = await createSigner({ roleCredentials, now })(
      post(`https://${host}/model/m/converse`),
      role,
    );
    expect(headers['x-amz-security-token']).toBe('session/token==');
    expect(made).toBe(
      authorization(
        {
          method: 'POST',
          path: '/model/m/converse',
          query: [],
          headers: { ...headers, host },
          body: '{"inputText":"Ägypten"}',
        },
        { ...scope, service: 'bedrock' },
      ),
    );
  });

  it('signs without one where the environment has none', () => {
    expect(environmentCredentials(environment)()).toEqual(keys);
  });

  it.each([{}, { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE' }, { ...environment, AWS_SECRET_ACCESS_KEY: '' }])(
    'refuses to sign from the environment %j',
    async (incomplete) => {
      const signer = createSigner({ roleCredentials: environmentCredentials(incomplete), now });
      await expect(signer(post(`https://${host}/`), role)).rejects.toThrow('The environment has no AWS credentials');
    },
  );

  it('refuses to sign without credentials of the process', async () => {
    const signed = createSigner({ now })(post(`https://${host}/`), role);
    await expect(signed).rejects.toThrow(
      statusException(400, 'This endpoint has no AWS keys of its own, and INLET_AWS_ROLE does not lend it a role'),
    );
  });
});
