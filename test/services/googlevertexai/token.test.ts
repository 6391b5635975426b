import { verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { OutboundError } from '../../../lib/transport/types.ts';
import { told, validationCallFailed } from '../../helpers/envelopes.ts';
import type { Scripted } from '../../helpers/scripted-http.ts';
import { keyFile, publicKey } from '../../helpers/service-account.ts';
import { statusError, testedEndpoint } from '../endpoints.ts';

const tokenUrl = 'https://oauth2.googleapis.com/token';
const answer = { predictions: [{ embeddings: { values: [0.5, -0.25] } }] };

const put = (file: unknown) => ({
  service: 'googlevertexai',
  service_settings: {
    service_account_json: typeof file === 'string' ? file : JSON.stringify(file),
    project_id: 'p',
    model_id: 'm',
  },
});

/** An endpoint of embeddings; `tokens` are what the token server answers, the last again and again. */
const withTokens = (...tokens: readonly [Scripted, ...Scripted[]]) => {
  let asked = 0;
  return testedEndpoint('text_embedding', ({ url, headers }) => {
    if (!url.includes('token'))
      return headers.authorization === 'Bearer old' ? { status: 401, body: '' } : { body: answer };
    asked += 1;
    return tokens[Math.min(asked, tokens.length) - 1] ?? tokens[0];
  });
};

const token = (name: string): Scripted => ({ body: { access_token: name, expires_in: 3600, token_type: 'Bearer' } });

const decode = (part = ''): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());

describe('a service account of googlevertexai', () => {
  it.each([
    ['Google', {}, tokenUrl],
    ['another server', { token_uri: 'https://token.example/t' }, 'https://token.example/t'],
    ['Google, with text around the key', { private_key: `key:\n${keyFile.private_key}end` }, tokenUrl],
  ])('gets a token of %s for a signed JWT, and keeps it', async (_, more, url) => {
    const endpoint = withTokens(token('t'));
    const before = Math.floor(Date.now() / 1000);
    expect((await endpoint.put(put({ ...keyFile, ...more }))).status).toBe(200);
    expect((await endpoint.post({ input: 'x' })).status).toBe(200);
    expect(endpoint.sent.map((request) => request.headers.authorization)).toEqual([undefined, 'Bearer t', 'Bearer t']);
    const [request] = endpoint.sent;
    expect(request).toMatchObject({
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const form = new URLSearchParams(request?.body);
    expect(request?.body).toMatch(/^grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=/);
    const [header, claims, signature = ''] = form.get('assertion')?.split('.') ?? [];
    expect(decode(header)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' });
    const { iat, exp, ...rest } = z.looseObject({ iat: z.int(), exp: z.int() }).parse(decode(claims));
    expect(rest).toEqual({
      iss: 'inlet@tide.iam.example',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      aud: tokenUrl,
    });
    expect(iat).toBeGreaterThanOrEqual(before);
    expect(exp - iat).toBe(3600);
    const signed = Buffer.from(`${header}.${claims}`);
    expect(verify('RSA-SHA256', signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('gets another token when Google no longer takes the first', async () => {
    const endpoint = withTokens(token('old'), token('new'));
    expect((await endpoint.put(put(keyFile))).status).toBe(200);
    expect(endpoint.sent.map((request) => request.headers.authorization ?? request.url)).toEqual([
      tokenUrl,
      'Bearer old',
      tokenUrl,
      'Bearer new',
    ]);
  });

  const rsaKey = keyFile.private_key.replaceAll('PRIVATE KEY', 'RSA PRIVATE KEY');
  const incomplete =
    "Error reading service account credential from JSON, expecting  'client_id', 'client_email', 'private_key' and 'private_key_id'.";
  const refusals: readonly (readonly [string, unknown, string])[] = [
    [
      'of another type',
      { ...keyFile, type: 'authorized_user' },
      "Error reading credentials from stream, 'type' value 'authorized_user' not recognized. Expecting 'service_account'.",
    ],
    [
      'without a type',
      { ...keyFile, type: undefined },
      "Error reading credentials from stream, 'type' field not specified.",
    ],
    ['without a client_id', { ...keyFile, client_id: undefined }, incomplete],
    ['without a client_email', { ...keyFile, client_email: undefined }, incomplete],
    ['without a private_key', { ...keyFile, private_key: undefined }, incomplete],
    ['without a private_key_id', { ...keyFile, private_key_id: 7 }, incomplete],
    ['whose key is none', { ...keyFile, private_key: 'x' }, 'Invalid PKCS#8 data.'],
    ['whose key is of another kind', { ...keyFile, private_key: rsaKey }, 'Invalid PKCS#8 data.'],
    [
      'whose key is damaged',
      { ...keyFile, private_key: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n' },
      'Unexpected exception reading PKCS#8 data',
    ],
    [
      'with a bad token_uri',
      { ...keyFile, token_uri: 'x' },
      "Token server URI specified in 'token_uri' could not be parsed.",
    ],
    ['that is no JSON', 'x', 'Error reading credentials from stream, it is no JSON object.'],
    ['that is a list', '[]', 'Error reading credentials from stream, it is no JSON object.'],
  ];
  it.each(refusals)('is refused at PUT with a key file %s', async (_, file, reason) => {
    const endpoint = withTokens(token('t'));
    expect(told(await endpoint.put(put(file)))).toEqual(validationCallFailed(reason));
    expect(endpoint.sent).toEqual([]);
  });

  it('is refused where the token server refuses it', async () => {
    const refused = { status: 400, body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' } };
    const reason =
      'Error getting access token for service account: invalid_grant: Invalid JWT Signature., iss: inlet@tide.iam.example';
    expect(told(await withTokens(refused).put(put(keyFile)))).toEqual(validationCallFailed(reason));
  });

  it.each([
    [{ access_token: 't' }, 'value expires_in not found.'],
    [{ access_token: 't', expires_in: '3600' }, 'integer value expires_in of wrong type.'],
    [{ expires_in: 3600 }, 'value access_token not found.'],
    [{ access_token: 7, expires_in: 3600 }, 'string value access_token of wrong type.'],
  ])('is refused where the token server answers no more than %j', async (body, missed) => {
    const reason = `Error parsing token refresh response. Expected ${missed}`;
    expect(told(await withTokens({ body }).put(put(keyFile)))).toEqual(validationCallFailed(reason));
  });

  it.each(['connection', 'unknown_host'] as const)(
    'is told with 403 when the token server has a failure: %s',
    async (kind) => {
      const server = { tokens: 0 };
      const endpoint = testedEndpoint('text_embedding', ({ url }) => {
        if (!url.includes('token')) return { body: answer };
        server.tokens += 1;
        if (server.tokens > 1) throw new OutboundError(kind, 'oauth2.googleapis.com');
        return { body: { access_token: 't', expires_in: 1 } };
      });
      await endpoint.put(put(keyFile));
      const reason =
        'Error getting access token for service account: no answer from oauth2.googleapis.com, iss: inlet@tide.iam.example';
      expect(told(await endpoint.post({ input: 'x' }))).toEqual(statusError(reason, 403));
    },
  );

  it('is told with 403 when it is refused later', async () => {
    const endpoint = withTokens({ body: { access_token: 't', expires_in: 1 } }, { status: 403, body: 'no' });
    expect((await endpoint.put(put(keyFile))).status).toBe(200);
    const reason = 'Error getting access token for service account: no reason was given, iss: inlet@tide.iam.example';
    expect(told(await endpoint.post({ input: 'x' }))).toEqual(statusError(reason, 403));
  });
});
