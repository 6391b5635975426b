import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import {
  type Auth,
  type Http,
  type OutboundAnswer,
  OutboundError,
  type OutboundRequest,
  type TokenRefusal,
} from './types.ts';

type ClientCredentials = Extract<Auth, { readonly type: 'clientCredentials' }>;
type JwtBearer = Extract<Auth, { readonly type: 'jwtBearer' }>;
export type TokenAuth = ClientCredentials | JwtBearer;

/** A token, with its `lifetime` in seconds where the server says one; or why there is none. */
export type Granted =
  | { readonly type: 'token'; readonly token: string; readonly lifetime: number | undefined }
  | { readonly type: 'refused'; readonly refusal: TokenRefusal };

/** Waits `milliseconds`; ends early, with an error, when the signal is aborted. */
export type Delay = (milliseconds: number, signal: AbortSignal) => Promise<unknown>;

export type Exchange = (auth: TokenAuth, signal: AbortSignal) => Promise<Granted>;

const grantBody = z.object({
  // What RFC 6749 allows (appendix A.12), so what fits into a header.
  access_token: z.string().regex(/^[ -~]+$/),
  // Some servers send it as text; one that makes no sense counts as missing.
  expires_in: z.coerce.number().positive().optional().catch(undefined),
});

const lacking = (name: string, type: string) => (issue: { readonly input?: unknown }) => {
  const isMissing = issue.input === undefined || issue.input === null;
  const what = isMissing ? `value ${name} not found` : `${type} value ${name} of wrong type`;
  return `Error parsing token refresh response. Expected ${what}.`;
};

/** What Google's library wants of a grant, and what it says of one without it. */
const googleGrant = z.object({
  access_token: z.string({ error: lacking('access_token', 'string') }),
  expires_in: z.int({ error: lacking('expires_in', 'integer') }),
});

const words = z.string().optional().catch(undefined);
const refusalBody = z
  .object({ error: words, error_description: words })
  .catch({ error: undefined, error_description: undefined });

const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

const form = (url: string, fields: Record<string, string>, headers: Record<string, string> = {}): OutboundRequest => ({
  url,
  headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', ...headers },
  body: new URLSearchParams(fields).toString(),
});

/** `a b:c` → `a+b%3Ac`. */
const formEncode = (value: string) => new URLSearchParams({ value }).toString().slice('value='.length);

const credentialsRequest = ({ tokenUrl, id, secret, scopes, ...auth }: ClientCredentials): OutboundRequest => {
  const scope = scopes.join(' ');
  if (auth.in === 'body') {
    return form(tokenUrl, { client_id: id, client_secret: secret, scope, grant_type: 'client_credentials' });
  }
  const basic = Buffer.from(`${formEncode(id)}:${formEncode(secret)}`).toString('base64');
  return form(tokenUrl, { grant_type: 'client_credentials', scope }, { authorization: `Basic ${basic}` });
};

const sign = async ({ header, claims, key }: JwtBearer, seconds: number): Promise<string | undefined> => {
  const { importPKCS8, SignJWT } = await import('jose'); // loaded here: only Google's service accounts sign
  const jwt = new SignJWT({ ...claims, iat: seconds, exp: seconds + 3600 });
  jwt.setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...header });
  try {
    return await jwt.sign(await importPKCS8(key, 'RS256'));
  } catch {
    return undefined; // no PKCS#8 key, or one too short for RS256
  }
};

const jwtRequest = async (auth: JwtBearer, seconds: number): Promise<OutboundRequest | undefined> => {
  const assertion = await sign(auth, seconds);
  if (assertion === undefined) return undefined;
  return form(auth.tokenUri, { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
};

/** The first thing that Google's library misses in a grant; undefined where it misses nothing, or the answer is none at all. */
const missedIn = (body: unknown): string | undefined =>
  googleGrant.safeParse(body).error?.issues.find(({ path }) => path.length > 0)?.message;

const read = ({ status, text }: OutboundAnswer, { type }: TokenAuth): Granted => {
  const body = parseJson(text);
  if (status >= 200 && status < 300) {
    const missed = type === 'jwtBearer' ? missedIn(body) : undefined;
    if (missed !== undefined) return { type: 'refused', refusal: { description: missed } };
    const grant = grantBody.safeParse(body);
    if (grant.success) return { type: 'token', token: grant.data.access_token, lifetime: grant.data.expires_in };
  }
  const { error, error_description: description } = refusalBody.parse(body);
  return {
    type: 'refused',
    refusal: { ...(error !== undefined && { error }), ...(description !== undefined && { description }) },
  };
};

const retried = new Set([408, 429, 500, 503]);

/**
 * Exchanges what a service's secret holds for an access token: OAuth2 client credentials, or a JWT signed with RS256. Up to three
 * retries on 408, 429, 500, 503 and broken connections, after about 1, 2 and 4 seconds.
 *
 * A key that cannot sign counts as refused, in the words of Google's library.
 *
 * @throws OutboundError from `http`
 * @see RFC 6749 §4.4, RFC 7523 §2.1
 */
export const createExchange = ({
  http,
  now,
  delay = (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
}: {
  http: Pick<Http, 'whole'>;
  /** Milliseconds since 1970. */
  now: () => number;
  delay?: Delay | undefined;
}): Exchange => {
  const send = async (
    request: OutboundRequest,
    signal: AbortSignal,
    retries = 3,
    wait = 1000,
  ): Promise<OutboundAnswer> => {
    try {
      const answer = await http.whole(request, { signal });
      if (retries === 0 || !retried.has(answer.status)) return answer;
    } catch (failure) {
      if (retries === 0 || !(failure instanceof OutboundError) || failure.kind !== 'connection') throw failure;
    }
    await delay(wait * (0.9 + 0.2 * Math.random()), signal);
    return send(request, signal, retries - 1, wait * 2);
  };

  return async (auth, signal) => {
    const request =
      auth.type === 'jwtBearer' ? await jwtRequest(auth, Math.floor(now() / 1000)) : credentialsRequest(auth);
    if (!request) return { type: 'refused', refusal: { description: 'Unexpected exception reading PKCS#8 data' } };
    return read(await send(request, signal), auth);
  };
};
