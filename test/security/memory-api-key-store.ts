import type { ApiKeyRow, ApiKeyStore } from '../../lib/security/api-key-row.ts';

/** API keys in memory, with what a test may look at and set. */
type Watched = {
  /** How often `get` and `list` were called. */
  reads: number;
  /** What every call fails with while it is set: a store that is down. */
  failure: Error | undefined;
};

/** The behaviours in `api-key-store.test.ts` hold for it as for DynamoDB. */
export const memoryApiKeyStore = (): ApiKeyStore & Watched => {
  const rows = new Map<string, ApiKeyRow>();
  const state: Watched = { reads: 0, failure: undefined };
  const answer = async <T>(run: () => T): Promise<T> => {
    if (state.failure) throw state.failure;
    return structuredClone(run());
  };
  const read = <T>(run: () => T): Promise<T> => {
    state.reads += 1;
    return answer(run);
  };
  return Object.assign(state, {
    get: (id: string) => read(() => rows.get(id)),
    list: () => read(() => [...rows.values()]),
    create: (row: ApiKeyRow) =>
      answer(() => {
        if (rows.has(row.id)) throw new Error(`API key [${row.id}] is there already`);
        rows.set(row.id, structuredClone(row));
      }),
    update: (row: ApiKeyRow, readRevision: string) =>
      answer(() => {
        if (rows.get(row.id)?.revision !== readRevision) return false;
        rows.set(row.id, structuredClone(row));
        return true;
      }),
  });
};
