import { Agent, buildConnector, type Dispatcher } from 'undici';
import { guardedConnector } from './address-guard.ts';
import type { Egress } from './egress.ts';
import { type ConnectionCounts, countConnections } from './http-connections.ts';
import type { Dispatch } from './http-exchange.ts';
import { streamedAnswer } from './http-stream.ts';
import { wholeAnswer } from './http-whole.ts';
import { type Http, OutboundError, type OutboundRequest, type SendOptions } from './types.ts';

export type HttpLimits = {
  /** Bytes of a whole answer, received and decoded. */
  readonly answerBytes: number;
  /** Milliseconds without a byte that end a stream. */
  readonly silence: number;
};

/** With a look at the connections, for diagnostics. */
export type PooledHttp = Http & { readonly connections: () => ConnectionCounts };

const defaultLimits: HttpLimits = { answerBytes: 64 * 1024 * 1024, silence: 60_000 };

/** HTTP/1.1 alone, so that no call waits behind another's; `timeout`: milliseconds for a connection, TLS included. */
const connection = { allowH2: false, timeout: 10_000 };

/** Milliseconds. Idle connections save a TLS handshake; balancers in front of services keep them for a minute or more. */
const idle = 30_000;

const createAgent = (connect: buildConnector.connector) =>
  // The request's own signal and the stream's silence are the only clocks of an answer.
  new Agent({ connect, allowH2: false, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: idle });

/** Headers that belong to the connection, which users' own headers must not touch. */
const ofConnection = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);

/** Names and values in turn. Plain answers are asked for: unpacking costs more time than it saves, and packing holds up streams. */
const headersOf = ({ headers }: OutboundRequest): string[] => {
  const list = ['accept-encoding', 'identity'];
  for (const [name, value] of Object.entries(headers)) {
    if (!ofConnection.has(name.toLowerCase())) list.push(name, value);
  }
  return list;
};

/** What stands where a host would, without user name and password. */
const hostIn = (url: string): string => /^(?:[a-z][a-z\d+.-]*:)?(?:\/\/)?(?:[^/?#]*@)?([^/?#]*)/i.exec(url)?.[1] ?? '';

const readUrl = (text: string): URL => {
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '')
    throw new OutboundError('bad_url', hostIn(text));
  return url;
};

/**
 * Plain HTTP out: keep-alive connections, one pool per origin; redirects are answers; addresses that are not public are refused unless the
 * operator gave them (`egress`, `trusted`).
 *
 * @returns functions that reject with OutboundError, with the signal's own reason when it is aborted (the connection closes at once), and
 *   with InferenceError 400 when a header cannot be sent; `close` ends all connections, and calls under way fail
 */
export const createHttp = ({ egress, limits }: { egress: Egress; limits?: Partial<HttpLimits> }): PooledHttp => {
  const { answerBytes, silence } = { ...defaultLimits, ...limits };
  const guarded = createAgent(guardedConnector(connection));
  const free = createAgent(buildConnector(connection));

  const prepare = (request: OutboundRequest, { trusted = false }: SendOptions) => {
    const asked = readUrl(request.url);
    // `INLET_EGRESS` moves the services, not what the operator has set up beside it.
    const target = trusted ? { url: request.url, trusted } : egress.resolve(request.url);
    const url = target.url === request.url ? asked : readUrl(target.url);
    const agent = target.trusted ? free : guarded;
    const options: Dispatcher.DispatchOptions = {
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method ?? 'POST',
      headers: headersOf(request),
      body: request.body,
    };
    const dispatch: Dispatch = (handler) => agent.dispatch(options, handler);
    return { dispatch, host: asked.hostname };
  };

  return {
    whole: async (request, options) => {
      const { dispatch, host } = prepare(request, options);
      return wholeAnswer(dispatch, { host, signal: options.signal, limit: answerBytes });
    },
    stream: async (request, options) => {
      const { dispatch, host } = prepare(request, options);
      return streamedAnswer(dispatch, { host, signal: options.signal, silence });
    },
    connections: () => countConnections([guarded, free]),
    close: async () => {
      await Promise.all([guarded.destroy(), free.destroy()]);
    },
  };
};
