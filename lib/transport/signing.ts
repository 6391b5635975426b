import { createHash, createHmac } from 'node:crypto';
import { statusException } from '../api/errors.ts';
import type { Auth, OutboundRequest } from './types.ts';

type SigV4 = Extract<Auth, { readonly type: 'sigv4' }>;

/** Keys of an AWS identity; `sessionToken` belongs to temporary ones. */
export type AwsCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/** Gives the process's own credentials, asked for each request since temporary ones change. */
export type RoleCredentials = () => AwsCredentials | Promise<AwsCredentials>;

/** Headers that prove who calls, to be merged into the request. */
export type Signer = (request: OutboundRequest, auth: SigV4) => Promise<Readonly<Record<string, string>>>;

/**
 * The credentials that Lambda gives a function: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
 *
 * @throws Error, when called, if the environment lacks the two keys
 */
export const environmentCredentials =
  (environment: Readonly<Record<string, string | undefined>>): RoleCredentials =>
  () => {
    const {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    } = environment;
    if (!accessKeyId || !secretAccessKey) throw new Error('The environment has no AWS credentials for the role');
    return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  };

const noRole: RoleCredentials = () => {
  throw statusException(400, 'This endpoint has no AWS keys of its own, and INLET_AWS_ROLE does not lend it a role');
};

type Bytes = string | ArrayBuffer | ArrayBufferView;

const view = (bytes: Bytes) => {
  if (typeof bytes === 'string') return bytes;
  return ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
};

/** SHA-256, or HMAC-SHA-256 with a key, as the signer takes it; bodies of megabytes must not hold up other calls. */
class Sha256 {
  readonly #hash;

  constructor(key?: Bytes) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', view(key));
  }

  update(data: Bytes): void {
    this.#hash.update(view(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

/** Left out of what is signed as given: the signer sets the first from the address and the second from the body. */
const derived = new Set(['host', 'x-amz-content-sha256']);

/**
 * Signs requests to AWS (Signature Version 4). The path is signed as it is sent, encoded once more, as every service but S3 wants it:
 * `%3A` counts as `%253A`.
 *
 * @param roleCredentials - for endpoints without keys of their own; without it they are refused: 400
 * @param now - milliseconds since 1970
 */
export const createSigner =
  ({ roleCredentials = noRole, now }: { roleCredentials?: RoleCredentials | undefined; now: () => number }): Signer =>
  async (request, { service, region, credentials }) => {
    // Loaded here: most processes never call AWS's models.
    const { SignatureV4 } = await import('@smithy/signature-v4');
    const { host, hostname, pathname, protocol, searchParams } = new URL(request.url);
    const given = Object.entries(request.headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !derived.has(name));
    const signer = new SignatureV4({
      service,
      region,
      credentials: credentials === 'role' ? await roleCredentials() : credentials,
      sha256: Sha256,
    });
    const signed = await signer.sign(
      {
        method: request.method ?? 'POST',
        protocol,
        hostname,
        path: pathname,
        query: Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)])),
        headers: { ...Object.fromEntries(given), host },
        body: request.body,
      },
      { signingDate: new Date(now()) },
    );
    // The HTTP client names the host itself.
    const { host: _, ...headers } = signed.headers;
    return headers;
  };
