import { hash, timingSafeEqual } from 'node:crypto';
import type { Authenticator, Caller } from '../http/types.ts';
import { createCache } from '../store/cache.ts';
import { type ApiKeyRow, type ApiKeyStore, isExpired } from './api-key-row.ts';
import { readCredentials } from './credentials.ts';
import { expand } from './privileges.ts';
import { badCredentials, badPassword, malformedBasic, missingCredentials } from './unauthorized.ts';

/** The key that may do everything: no row, but a secret that whoever runs the service holds. */
export type AdminKey = {
  readonly id: string;
  /** Its secret, read anew at each call. */
  readonly secret: () => Promise<string>;
};

type AuthenticatorOptions = {
  readonly keys: Pick<ApiKeyStore, 'get'>;
  readonly admin: AdminKey;
  /** How long a key may be used as it was read; 0 reads every time. */
  readonly refreshMs: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly log: {
    readonly warn: (message: string, fields: { readonly key: string; readonly error: unknown }) => void;
  };
};

/** An authenticator that is told of its own process's changes, so that they are seen at once. */
export type ApiKeyAuthenticator = Authenticator & { readonly forget: (id: string) => void };

/** A key, ready to check credentials against. */
type Known = {
  /** SHA-256 of the secret. */
  readonly secretHash: Buffer;
  readonly expiration: number | undefined;
  readonly invalidated: boolean;
  readonly caller: Caller;
};

/** The user that the all-powerful key stands for, and so every key made by it or by a key of its. */
const superuser = 'elastic';

const outageMs = 10 * 60_000;
const maxEntries = 10_000;
const warnEveryMs = 60_000;

const fromRow = (row: ApiKeyRow): Known => ({
  secretHash: Buffer.from(row.secret_hash, 'hex'),
  expiration: row.expiration,
  invalidated: row.invalidated,
  caller: { keyId: row.id, keyName: row.name, username: row.username, privileges: expand(row.privileges) },
});

const fromAdmin = ({ id }: AdminKey, secret: string): Known => ({
  secretHash: hash('sha256', secret, 'buffer'),
  expiration: undefined,
  invalidated: false,
  caller: { keyId: id, keyName: id, username: superuser, privileges: expand(['all']) },
});

/**
 * Decides who calls, by API key. Keys are cached by id, so a warm call reads no store: it costs one SHA-256 of the secret and a
 * comparison in constant time. Unknown ids are never cached, and wrong secrets of a known key cost no read either. While the store
 * is down, keys read before serve for ten more minutes, with a warning at most once a minute.
 *
 * @see the contract, §15
 */
export const createAuthenticator = (options: AuthenticatorOptions): ApiKeyAuthenticator => {
  const { keys, admin, refreshMs, now = Date.now, log } = options;
  let warnAgainAt = 0;

  const load = async (id: string): Promise<Known | undefined> => {
    if (id === admin.id) return fromAdmin(admin, await admin.secret());
    const row = await keys.get(id);
    return row && fromRow(row);
  };

  const onStale = (key: string, error: unknown): void => {
    if (now() < warnAgainAt) return;
    warnAgainAt = now() + warnEveryMs;
    log.warn('The store of API keys does not answer; what was read before serves in its place', { key, error });
  };

  const known = createCache({ load, maxAgeMs: refreshMs, staleMs: outageMs, maxEntries, now, onStale });

  const identify = async (id: string, secret: string): Promise<Caller> => {
    const key = await known.get(id);
    if (!key) throw badCredentials(`API key: unable to find apikey with id ${id}`);
    // First of all, so that nobody without the secret learns more about a key than that it is there.
    if (!timingSafeEqual(hash('sha256', secret, 'buffer'), key.secretHash)) {
      throw badCredentials(`API key: invalid credentials for API key [${id}]`);
    }
    if (key.invalidated) throw badCredentials(`API key: api key [${id}] has been invalidated`);
    if (isExpired(key, now())) throw badCredentials('API key: api key is expired');
    return key.caller;
  };

  return {
    authenticate: async (authorization, target) => {
      const credentials = readCredentials(authorization);
      switch (credentials.scheme) {
        case 'ApiKey':
          return identify(credentials.id, credentials.secret);
        case 'Basic':
          throw badPassword(credentials.username, target);
        case 'Bearer':
          throw badCredentials();
        case 'malformed':
          throw credentials.kind === 'Basic' ? malformedBasic() : badCredentials('API key: invalid ApiKey value');
        case 'none':
          throw missingCredentials(target);
      }
    },
    forget: known.delete,
  };
};
