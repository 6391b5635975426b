type CacheOptions<V> = {
  readonly load: (key: string) => Promise<V | undefined>;
  /** A value serves until this long after its read began; 0 reads every time. */
  readonly maxAgeMs: number;
  /** How much longer a value serves while `load` fails. */
  readonly staleMs: number;
  /** The value used longest ago leaves first. */
  readonly maxEntries: number;
  /** Milliseconds since 1970. The wall clock, since a monotonic one may stand still while Lambda freezes the process. */
  readonly now: () => number;
  /** Told of each failed load that an older value stood in for. */
  readonly onStale?: (key: string, error: unknown) => void;
};

/** What a cache has done since it was made, and how many values it holds. */
export type CacheCounts = {
  readonly count: number;
  readonly hits: number;
  readonly misses: number;
  /** Values that left because there were too many. */
  readonly evictions: number;
};

/** Values by key, read again when too old. */
export type Cache<V> = {
  /** @throws whatever `load` throws, when no value is young enough to stand in */
  readonly get: (key: string) => Promise<V | undefined>;
  /** Reads past what is kept, and keeps the answer. While `load` fails it answers like `get`. */
  readonly fresh: (key: string) => Promise<V | undefined>;
  /** Takes over a value that this process has just written. */
  readonly set: (key: string, value: V) => void;
  /** Forgets a value that this process has just changed or deleted. */
  readonly delete: (key: string) => void;
  readonly counts: () => CacheCounts;
};

type Entry<V> = { readonly value: Promise<V>; readonly readAt: number; readonly servesUntil: number };
type Read<V> = { readonly startedAt: number; readonly answer: Promise<V | undefined> };

/** After a failed load the older value serves this long before the next try, so that not every call waits for a store that is down. */
const retryAfterMs = 1000;

/**
 * A bounded cache in front of `load`. Callers at the same time share one load, absence is never kept, and a kept value costs no
 * more than a look into a map.
 */
export const createCache = <V>(options: CacheOptions<V>): Cache<V> => {
  const { load, maxAgeMs, staleMs, maxEntries, now, onStale } = options;
  /** In the order of their last use: a Map keeps insertion order. */
  const entries = new Map<string, Entry<V>>();
  /** The latest read of each key under way. A read that is no longer here is overtaken: what it brings is not kept. */
  const reads = new Map<string, Read<V>>();
  let hits = 0;
  let misses = 0;
  let evictions = 0;

  const keep = (key: string, entry: Entry<V>): void => {
    entries.delete(key);
    entries.set(key, entry);
    if (entries.size <= maxEntries) return;
    for (const oldest of entries.keys()) {
      entries.delete(oldest);
      evictions += 1;
      return;
    }
  };

  const keepValue = (key: string, value: V, readAt: number): void =>
    keep(key, { value: Promise.resolve(value), readAt, servesUntil: readAt + maxAgeMs });

  const standIn = (key: string, error: unknown): Promise<V> => {
    const entry = entries.get(key);
    if (!entry || now() >= entry.readAt + maxAgeMs + staleMs) throw error;
    keep(key, { ...entry, servesUntil: now() + Math.min(retryAfterMs, maxAgeMs) });
    onStale?.(key, error);
    return entry.value;
  };

  const read = (key: string): Promise<V | undefined> => {
    const startedAt = now();
    const isLatest = () => reads.get(key)?.answer === answer;
    const answer: Promise<V | undefined> = load(key)
      .then(
        (value) => {
          if (isLatest()) {
            if (value === undefined) entries.delete(key);
            else keepValue(key, value, startedAt);
          }
          return value;
        },
        (error) => standIn(key, error),
      )
      .finally(() => {
        if (isLatest()) reads.delete(key);
      });
    reads.set(key, { startedAt, answer });
    return answer;
  };

  /** Joins the read under way, unless it began so long ago that its answer could be too old. */
  const fresh = (key: string): Promise<V | undefined> => {
    const running = reads.get(key);
    return running && now() < running.startedAt + maxAgeMs ? running.answer : read(key);
  };

  return {
    get: (key) => {
      const entry = entries.get(key);
      if (!entry || now() >= entry.servesUntil) {
        misses += 1;
        return fresh(key);
      }
      hits += 1;
      keep(key, entry);
      return entry.value;
    },
    fresh,
    set: (key, value) => {
      reads.delete(key);
      keepValue(key, value, now());
    },
    delete: (key) => {
      reads.delete(key);
      entries.delete(key);
    },
    counts: () => ({ count: entries.size, hits, misses, evictions }),
  };
};
