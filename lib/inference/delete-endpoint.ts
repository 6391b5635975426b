import { endpointNotFound, statusException } from '../api/errors.ts';
import type { TaskType } from '../api/task-type.ts';
import type { Log } from '../log.ts';
import { requireTaskType } from './get-endpoints.ts';
import type { EndpointStore, SecretStore } from './ports.ts';
import { defaultEndpoint } from './resolve-endpoint.ts';
import { retireSecret } from './store-row.ts';

type DeleteRequest = {
  readonly inferenceId: string;
  readonly taskType: TaskType | 'any' | undefined;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly log: Log;
};

/** No pipelines and no indices live here, so none ever refers to an endpoint. */
const noReferences = { pipelines: [], indexes: [] };
const dryRunAnswer = { acknowledged: false, ...noReferences, error_message: '' };

/** How often a row that changes between read and delete is read again. */
const tries = 3;

/**
 * `DELETE _inference/{id}`. Default endpoints go only by force, and are listed and callable again at once.
 *
 * @throws InferenceError 404 for an unknown id, 400 for one of another task type, 409 when it keeps changing
 * @see the contract, §7
 */
export const deleteEndpoint = async (
  { inferenceId, taskType, force, dryRun, log }: DeleteRequest,
  store: EndpointStore,
  secrets: SecretStore,
) => {
  const reserved = await defaultEndpoint(inferenceId);
  if (reserved) {
    requireTaskType(reserved, taskType);
    if (!force) {
      throw statusException(
        400,
        `[${inferenceId}] is a reserved inference endpoint. Use the force=true query parameter to delete the inference endpoint.`,
      );
    }
    return dryRun ? dryRunAnswer : { acknowledged: true, ...noReferences };
  }
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const row = await store.get(inferenceId);
    if (!row) throw endpointNotFound(inferenceId);
    requireTaskType(row, taskType);
    if (dryRun) return dryRunAnswer;
    if (await store.delete(inferenceId, row.revision)) {
      // After the row: a reader never meets a row without its secret.
      if (row.secret !== undefined) await retireSecret(row.secret, { endpoints: store, secrets, log });
      return { acknowledged: true, ...noReferences };
    }
  }
  throw statusException(409, `Inference endpoint [${inferenceId}] was changed by others at the same time`);
};
