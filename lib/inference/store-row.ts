import { InferenceError, statusException } from '../api/errors.ts';
import type { Log } from '../log.ts';
import type { EndpointRow, EndpointStore, SecretStore, Secrets } from './ports.ts';

/** JSON as it is stored: keys without a value are not there. */
export const plain = (value: object): EndpointRow['service_settings'] => JSON.parse(JSON.stringify(value));

/** Secrets as they are stored: those that are set. */
export const secretValues = (secrets: object): Secrets =>
  Object.fromEntries(Object.entries(secrets).filter(([, value]) => typeof value === 'string'));

/** Where endpoints and their secrets are written. */
type Stores = { readonly endpoints: EndpointStore; readonly secrets: SecretStore; readonly log: Log };

/** A write that lost against another one, or failed: with what. */
type Outcome = { readonly done: true } | { readonly done: false; readonly failure?: unknown };

const attempt = async (write: () => Promise<boolean>): Promise<Outcome> => {
  try {
    return { done: await write() };
  } catch (failure) {
    return { done: false, failure };
  }
};

/** Whether a write was done after all: its answer may have been lost. Undefined while the store is down. */
const wasDone = async (
  { inference_id, revision }: EndpointRow,
  created: string | undefined,
  endpoints: EndpointStore,
): Promise<boolean | undefined> => {
  try {
    const stored = await endpoints.get(inference_id);
    // Another update may have followed already, and have kept the secret.
    return stored?.revision === revision || (created !== undefined && stored?.secret === created);
  } catch {
    return undefined;
  }
};

/** Deletes a secret that no row names. The request does not fail by it: what it was about is done. */
const discard = async (reference: string, forever: boolean, { secrets, log }: Stores): Promise<void> => {
  try {
    await secrets.delete(reference, { forever });
  } catch (error) {
    log.warn('A secret that no endpoint needs could not be deleted', { reference, error });
  }
};

/** A write that failed for no reason of the caller's; the log alone is told why. */
const notStored = (id: string, failure: unknown): InferenceError =>
  failure instanceof InferenceError
    ? failure
    : statusException(500, `Failed to store inference endpoint [${id}]`, { cause: failure });

/**
 * Asked before the service is: what cannot be stored need not be validated there.
 *
 * @throws InferenceError 400 where the row or its secrets are too large
 */
export const requireFit = (
  row: EndpointRow,
  values: Secrets,
  { endpoints, secrets }: Pick<Stores, 'endpoints' | 'secrets'>,
): void => {
  endpoints.requireFit(row);
  secrets.requireFit(values);
};

/**
 * Writes new secrets, then the row that names them. Whoever loses the race for the row, or fails, leaves no secret behind; a write whose
 * answer alone was lost is done.
 *
 * @param values - undefined when the row keeps the secret that it names, if any
 * @param write - the conditional write; false when another one was faster
 * @returns the row as it was written, undefined when another write was faster
 * @throws InferenceError of the failed write; 500 where it has none
 */
export const storeRow = async (
  row: EndpointRow,
  values: Secrets | undefined,
  write: (row: EndpointRow) => Promise<boolean>,
  stores: Stores,
): Promise<EndpointRow | undefined> => {
  const id = row.inference_id;
  const created = await (values && stores.secrets.create(values))?.catch((failure: unknown) => {
    throw notStored(id, failure);
  });
  const named = created === undefined ? row : { ...row, secret: created };
  const outcome = await attempt(() => write(named));
  if (outcome.done) return named;
  const done = await wasDone(named, created, stores.endpoints);
  if (done) return named;
  // Where nobody can say whether a row names it, it can be restored.
  if (created !== undefined) await discard(created, done === false, stores);
  if ('failure' in outcome) throw notStored(id, outcome.failure);
  return undefined;
};

/** Deletes a secret that its row no longer names; for 7 days it can be restored. */
export const retireSecret = (reference: string, stores: Stores): Promise<void> => discard(reference, false, stores);
