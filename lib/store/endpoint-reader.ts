import type { EndpointReader, EndpointRow, EndpointStore, SecretStore } from '../inference/ports.ts';
import { type CacheCounts, createCache } from './cache.ts';

type ReaderOptions = {
  readonly endpoints: EndpointStore;
  readonly secrets: SecretStore;
  /** How long what was read may serve without another look; 0 reads every time. */
  readonly refreshMs: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly log: {
    readonly warn: (message: string, fields: { readonly key: string; readonly error: unknown }) => void;
  };
};

/** Tells a process's reader of the process's own changes, so that they are seen at once. */
export type CachedEndpointReader = EndpointReader & {
  readonly put: (row: EndpointRow) => void;
  readonly forget: (id: string) => void;
  /** Of the endpoints, not of their secrets. */
  readonly counts: () => CacheCounts;
};

const outageMs = 10 * 60_000;
const maxEntries = 10_000;
const warnEveryMs = 60_000;

/**
 * Endpoints and secrets through caches, so that a warm call reads no store. While a store is down, what was read before serves for
 * ten more minutes, with a warning at most once a minute.
 */
export const cachedEndpointReader = (options: ReaderOptions): CachedEndpointReader => {
  const { endpoints, secrets, refreshMs, now = Date.now, log } = options;
  let warnAgainAt = 0;

  const onStale = (key: string, error: unknown): void => {
    if (now() < warnAgainAt) return;
    warnAgainAt = now() + warnEveryMs;
    log.warn('The store does not answer; what was read before serves in its place', { key, error });
  };

  const limits = { maxAgeMs: refreshMs, staleMs: outageMs, maxEntries, now, onStale };
  const rows = createCache({ load: endpoints.get, ...limits });
  const values = createCache({ load: secrets.get, ...limits });

  return {
    endpoint: rows.get,
    freshEndpoint: rows.fresh,
    secrets: values.get,
    freshSecrets: values.fresh,
    put: (row) => rows.set(row.inference_id, row),
    forget: rows.delete,
    counts: rows.counts,
  };
};
