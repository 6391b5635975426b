import { createHash } from 'node:crypto';
import { statusException } from '../api/errors.ts';
import { createExchange, type Delay, type Granted, type TokenAuth } from './tokens-exchange.ts';
import { type Http, OutboundError, type SendOptions } from './types.ts';

export type Tokens = {
  /**
   * A token, from the cache while it lasts. Callers who want the same one wait for the same exchange.
   *
   * @throws InferenceError in the service's words when the server refuses; OutboundError; the signal's reason
   */
  readonly get: (auth: TokenAuth, options: Pick<SendOptions, 'signal'>) => Promise<string>;
  /** Forgets the token that a service has refused, unless another has replaced it since. */
  readonly drop: (auth: TokenAuth, token: string) => void;
};

/** `token` and `until` (milliseconds since 1970) are set once the exchange is done. */
type Entry = { readonly exchange: Promise<Granted>; token?: string; until: number };

const most = 1000;
const exchangeLimit = 30_000; // milliseconds, retries included

/** How long before its end, in seconds, a token is no longer used: it has to last for the call. */
const margins = { clientCredentials: 60, jwtBearer: 225 } as const satisfies Record<TokenAuth['type'], number>;
const unsaidLifetime = 60; // seconds, without a margin

const urlOf = (auth: TokenAuth) => (auth.type === 'jwtBearer' ? auth.tokenUri : auth.tokenUrl);

/** Covers all that the exchange depends on, secrets too: a changed one gets a token of its own. */
const keyOf = ({ refused: _, ...auth }: TokenAuth): string =>
  createHash('sha256').update(JSON.stringify(auth)).digest('base64');

const usableFor = (auth: TokenAuth, lifetime: number | undefined) =>
  1000 * (lifetime === undefined ? unsaidLifetime : lifetime - margins[auth.type]);

/** Lets one caller leave while the others go on waiting. */
const untilAborted = <Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> => {
  const { promise: left, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  return Promise.race([promise, left]).finally(() => signal.removeEventListener('abort', leave));
};

/**
 * Fetches and keeps access tokens for `clientCredentials` and `jwtBearer`: at most 1,000, the longest unused leaves first. An exchange
 * has 30 seconds of its own, whatever its callers' deadlines.
 *
 * @param now - milliseconds since 1970
 * @param delay - waits between retries
 */
export const createTokens = ({
  http,
  now = Date.now,
  delay,
}: {
  http: Pick<Http, 'whole'>;
  now?: () => number;
  delay?: Delay;
}): Tokens => {
  const exchange = createExchange({ http, now, delay });
  const entries = new Map<string, Entry>();

  const fetchToken = async (auth: TokenAuth): Promise<Granted> => {
    const limit = AbortSignal.timeout(exchangeLimit);
    try {
      return await exchange(auth, limit);
    } catch (cause) {
      // A slow token server is not the end of a caller's own deadline.
      const failure = limit.aborted ? new OutboundError('connection', new URL(urlOf(auth)).host, { cause }) : cause;
      // Google's library tells of a server that cannot be reached as of one that refuses.
      if (auth.type !== 'jwtBearer' || !(failure instanceof OutboundError)) throw failure;
      return { type: 'refused', refusal: { error: `no answer from ${failure.host}` } };
    }
  };

  const keep = (key: string, entry: Entry) => {
    entries.delete(key); // set anew, it is the last to leave
    entries.set(key, entry);
    const [longestUnused] = entries.keys();
    if (entries.size > most && longestUnused !== undefined) entries.delete(longestUnused);
  };

  const start = (key: string, auth: TokenAuth): Entry => {
    const entry: Entry = { exchange: fetchToken(auth), until: Number.POSITIVE_INFINITY };
    const forget = () => {
      if (entries.get(key) === entry) entries.delete(key);
    };
    entry.exchange.then((granted) => {
      if (granted.type === 'refused') return forget();
      entry.token = granted.token;
      entry.until = now() + usableFor(auth, granted.lifetime);
    }, forget);
    return entry;
  };

  return {
    get: async (auth, { signal }) => {
      signal.throwIfAborted();
      const key = keyOf(auth);
      const known = entries.get(key);
      const entry = known && now() < known.until ? known : start(key, auth);
      keep(key, entry);
      if (entry.token !== undefined) return entry.token;
      const granted = await untilAborted(entry.exchange, signal);
      if (granted.type === 'token') return granted.token;
      // Callers share the exchange, but each is told in the words of its own endpoint.
      const { status, reason } = auth.refused(granted.refusal);
      throw statusException(status, reason);
    },
    drop: (auth, token) => {
      const key = keyOf(auth);
      if (entries.get(key)?.token === token) entries.delete(key);
    },
  };
};
