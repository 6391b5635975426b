/** What the process that answers can tell of itself. */
export type Watched = {
  /** Names the process. */
  readonly node: string;
  readonly connections: () => { readonly leased: number; readonly pending: number; readonly available: number };
  /** The cache of stored endpoints, which calls read. */
  readonly registry: () => {
    readonly count: number;
    readonly hits: number;
    readonly misses: number;
    readonly evictions: number;
  };
};

/** There is no most: as many connections are made as requests are under way. Elasticsearch's largest integer says so. */
const unlimited = 2 ** 31 - 1;

/** Connections to Elastic's hosted service, which is not there. */
const none = { leased_connections: 0, pending_connections: 0, available_connections: 0, max_connections: 0 };

/**
 * `GET _inference/.diagnostics`: connections to services and the cache of endpoints, of this process alone, under its name.
 *
 * @see the contract, §1
 */
export const showDiagnostics = ({ node, connections, registry }: Watched) => {
  const { leased, pending, available } = connections();
  const { count, hits, misses, evictions } = registry();
  const external = {
    leased_connections: leased,
    pending_connections: pending,
    available_connections: available,
    max_connections: unlimited,
  };
  return {
    [node]: {
      external: { connection_pool_stats: external },
      eis_mtls: { connection_pool_stats: none },
      inference_endpoint_registry: {
        cache_count: count,
        cache_hits: hits,
        cache_misses: misses,
        cache_evictions: evictions,
      },
    },
  };
};
