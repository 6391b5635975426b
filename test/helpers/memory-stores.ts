import { endpointExists } from '../../lib/api/errors.ts';
import type { EndpointRow, EndpointStore, SecretStore, Secrets } from '../../lib/inference/ports.ts';
import { requireFit } from '../../lib/store/endpoints.ts';
import { requireFit as requireSecretsFit } from '../../lib/store/secrets.ts';

/** What a test may look at, and set. */
type Watched = {
  /** How often `get` and `list` were called. */
  reads: number;
  /** What every call fails with while it is set: a store that is down. */
  failure: Error | undefined;
};

const watched = (): Watched => ({ reads: 0, failure: undefined });

const answer = async <T>(state: Watched, run: () => T): Promise<T> => {
  if (state.failure) throw state.failure;
  return structuredClone(run());
};

const read = <T>(state: Watched, run: () => T): Promise<T> => {
  state.reads += 1;
  return answer(state, run);
};

const byId = (a: EndpointRow, b: EndpointRow): number =>
  Buffer.compare(Buffer.from(a.inference_id), Buffer.from(b.inference_id));

/** Endpoints in memory; the behaviours in `test/store/contract.test.ts` hold for it as for DynamoDB. */
export const memoryEndpointStore = (): EndpointStore & Watched => {
  const rows = new Map<string, EndpointRow>();
  const state = watched();
  return Object.assign(state, {
    requireFit,
    get: (id: string) => read(state, () => (rows.get(id)?.deleting === undefined ? rows.get(id) : undefined)),
    stored: (id: string) => read(state, () => rows.get(id)),
    list: ({ removed } = { removed: false }) =>
      read(state, () => [...rows.values()].filter(({ deleting }) => removed || deleting === undefined).sort(byId)),
    create: (row: EndpointRow) =>
      answer(state, () => {
        requireFit(row);
        if (rows.has(row.inference_id)) throw endpointExists(row.inference_id);
        rows.set(row.inference_id, structuredClone(row));
      }),
    update: (row: EndpointRow, readRevision: string) =>
      answer(state, () => {
        requireFit(row);
        if (rows.get(row.inference_id)?.revision !== readRevision) return false;
        rows.set(row.inference_id, structuredClone(row));
        return true;
      }),
    delete: (id: string, readRevision: string) =>
      answer(state, () => rows.get(id)?.revision === readRevision && rows.delete(id)),
  });
};

type SecretsInMemory = SecretStore &
  Watched & {
    /** What can be read, by reference. */
    readonly kept: ReadonlyMap<string, Secrets>;
    /** What was deleted but could be restored, by reference. */
    readonly restorable: ReadonlyMap<string, Secrets>;
  };

/** Secrets in memory under the names `memory/1`, `memory/2`, …. */
export const memorySecretStore = (): SecretsInMemory => {
  const kept = new Map<string, Secrets>();
  const restorable = new Map<string, Secrets>();
  const state = watched();
  let created = 0;
  return Object.assign(state, {
    kept,
    restorable,
    requireFit: requireSecretsFit,
    create: (values: Secrets) =>
      answer(state, () => {
        requireSecretsFit(values);
        created += 1;
        const reference = `memory/${created}`;
        kept.set(reference, structuredClone(values));
        return reference;
      }),
    get: (reference: string) => read(state, () => kept.get(reference)),
    delete: (reference: string, { forever }: { readonly forever: boolean }) =>
      answer(state, () => {
        const values = kept.get(reference);
        if (values && !forever) restorable.set(reference, values);
        if (forever) restorable.delete(reference);
        kept.delete(reference);
      }),
  });
};
