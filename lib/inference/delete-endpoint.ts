import { deploymentInUse } from '../api/deployment-errors.ts';
import { endpointNotFound, statusException } from '../api/errors.ts';
import type { TaskType } from '../api/task-type.ts';
import type { Log } from '../log.ts';
import { requireTaskType } from './get-endpoints.ts';
import { type DeploymentDependencies, nodeDeployment, wantedBy } from './node-deployment.ts';
import type { EndpointRow, SecretStore } from './ports.ts';
import { markRemoved, type RemovalDependencies, removeSoon, removeWithoutRow } from './remove-endpoint.ts';
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

type DeleteDependencies = DeploymentDependencies & { readonly secrets: SecretStore; readonly now: () => number };

/** Elasticsearch stops no deployment that another endpoint uses, but by force. */
const requireUnused = async (id: string, { endpoints }: DeploymentDependencies): Promise<void> => {
  for (const other of await endpoints.list()) {
    if ((await nodeDeployment(other))?.of === id) throw deploymentInUse(id, other.inference_id);
  }
};

/** @returns false when the row has changed since it was read */
const removeRow = async (
  row: EndpointRow,
  force: boolean,
  dependencies: RemovalDependencies,
  now: number,
): Promise<boolean> => {
  const { endpoints } = dependencies;
  if (!(await wantedBy(row))) {
    if (!(await endpoints.delete(row.inference_id, row.revision))) return false;
    // After the row: a reader never meets a row without its secret.
    if (row.secret !== undefined) await retireSecret(row.secret, dependencies);
    return true;
  }
  if (!force) await requireUnused(row.inference_id, dependencies);
  const marked = await markRemoved(row, endpoints, now);
  if (!marked) return false;
  await removeSoon(marked, dependencies);
  return true;
};

/**
 * `DELETE _inference/{id}`. Default endpoints go only by force, and are listed and callable again at once.
 *
 * @throws InferenceError 404 for an unknown id, 400 for one of another task type, 409 when it keeps changing
 * @see the contract, §7
 */
export const deleteEndpoint = async (
  { inferenceId, taskType, force, dryRun, log }: DeleteRequest,
  dependencies: DeleteDependencies,
) => {
  const { endpoints: store, now } = dependencies;
  const removal = { ...dependencies, log };
  const reserved = await defaultEndpoint(inferenceId);
  if (reserved) {
    requireTaskType(reserved, taskType);
    if (!force) {
      throw statusException(
        400,
        `[${inferenceId}] is a reserved inference endpoint. Use the force=true query parameter to delete the inference endpoint.`,
      );
    }
    if (dryRun) return dryRunAnswer;
    await removeWithoutRow(inferenceId, removal, now());
    return { acknowledged: true, ...noReferences };
  }
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const row = await store.get(inferenceId);
    if (!row) throw endpointNotFound(inferenceId);
    requireTaskType(row, taskType);
    if (dryRun) return dryRunAnswer;
    if (await removeRow(row, force, removal, now())) return { acknowledged: true, ...noReferences };
  }
  throw statusException(409, `Inference endpoint [${inferenceId}] was changed by others at the same time`);
};
