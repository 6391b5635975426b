import { standardEnvelope } from '../../lib/api/envelope.ts';
import { InferenceError } from '../../lib/api/errors.ts';
import { parseJson } from '../../lib/api/json.ts';
import type { Caller, Request } from '../../lib/http/types.ts';
import { createLog } from '../../lib/log.ts';
import type { ApiKeyStore } from '../../lib/security/api-key-row.ts';
import { createAuthenticator } from '../../lib/security/authenticate.ts';
import { securityHandlers } from '../../lib/security/handlers.ts';

type Handlers = ReturnType<typeof securityHandlers>;

type Options = {
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON, or as it is when it is a string. */
  readonly body?: unknown;
  /** @default the all-powerful key */
  readonly caller?: Caller;
};

type Answer = { readonly status: number; readonly json: unknown };

export const admin: Caller = { keyId: 'root', keyName: 'root', username: 'elastic', privileges: ['all'] };

/**
 * The handlers under `_security` behind keys of one store, with an authenticator that reads the same store.
 *
 * @param now - milliseconds since 1970
 */
export const playSecurity = (keys: ApiKeyStore, now: () => number = Date.now) => {
  const lines: string[] = [];
  const log = createLog('debug', (line) => lines.push(line));
  const key = { id: 'root', secret: async () => 'root-secret' };
  const authenticator = createAuthenticator({ keys, admin: key, refreshMs: 30_000, now, log });
  const handlers = securityHandlers({ keys, forget: authenticator.forget, now });

  const run = async (name: keyof Handlers, { query = {}, body, caller = admin }: Options) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const request: Request = {
      path: { inference_id: '' },
      query,
      timeout: undefined,
      body: body === undefined ? undefined : parseJson(text),
      caller,
      requestId: 'r1',
      log,
      note: () => {},
      noteTaskType: () => {},
    };
    try {
      const reply = await handlers[name](request, new AbortController().signal);
      return { status: reply.status ?? 200, json: 'json' in reply ? reply.json : undefined };
    } catch (error) {
      if (!(error instanceof InferenceError)) throw error;
      return { status: error.status, json: standardEnvelope(error) };
    }
  };

  /** The text that a caller receives. */
  const text = async (name: keyof Handlers, options: Options = {}): Promise<string> =>
    JSON.stringify((await run(name, options)).json);

  /** Status and JSON as a caller reads them. */
  const play = async (name: keyof Handlers, options: Options = {}): Promise<Answer> => {
    const { status, json } = await run(name, options);
    return { status, json: JSON.parse(JSON.stringify(json)) };
  };

  /** Makes a key; answers the `Authorization` header with which a client uses it. */
  const makeHeader = async (body: Readonly<Record<string, unknown>>, maker = admin): Promise<string> => {
    const { status, json } = await play('createApiKey', { body: { name: 'key', ...body }, caller: maker });
    if (status === 200 && typeof json === 'object' && json !== null && 'encoded' in json)
      return `ApiKey ${json.encoded}`;
    throw new Error(`No key was made: ${JSON.stringify(json)}`);
  };

  return { play, text, makeHeader, authenticate: (header: string) => authenticator.authenticate(header, '/'), lines };
};

/** Elasticsearch's envelope of an error without causes. */
export const refused = (status: number, type: string, reason: string): Answer => ({
  status,
  json: { error: { root_cause: [{ type, reason }], type, reason }, status },
});
