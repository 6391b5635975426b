import { randomUUID } from 'node:crypto';
import { removalTimedOut } from '../api/deployment-errors.ts';
import { InferenceError } from '../api/errors.ts';
import type { Log } from '../log.ts';
import type { Deadline } from './deadline.ts';
import type { DeploymentDependencies } from './node-deployment.ts';
import type { EndpointRow, EndpointStore, SecretStore } from './ports.ts';
import { pauses, pauseWithin } from './start-deployment.ts';
import { retireSecret } from './store-row.ts';

// An endpoint with a deployment of its own is removed in two steps: its row is marked, so that callers see it no longer, and goes for good
// when nothing is left of the deployment. SageMaker refuses to delete what it is still making, so the second step may come much later.

export type RemovalDependencies = DeploymentDependencies & { readonly secrets: SecretStore; readonly log: Log };

/**
 * Marks a row as being removed.
 *
 * @returns undefined when the row has changed since it was read
 */
export const markRemoved = async (
  row: EndpointRow,
  endpoints: EndpointStore,
  now: number,
): Promise<EndpointRow | undefined> => {
  const marked = { ...row, deleting: now, revision: randomUUID() };
  return (await endpoints.update(marked, row.revision)) ? marked : undefined;
};

/**
 * Takes the next step of a removal.
 *
 * @param marked - a row that is being removed
 * @returns whether it is done
 */
export const finishRemoval = async (marked: EndpointRow, dependencies: RemovalDependencies): Promise<boolean> => {
  const { endpoints, deployments } = dependencies;
  if (!(await deployments.remove(marked.inference_id))) return false;
  const done = await endpoints.delete(marked.inference_id, marked.revision);
  // After the row: a reader never meets a row without its secret.
  if (done && marked.secret !== undefined) await retireSecret(marked.secret, dependencies);
  return done;
};

/** The same, where nobody can do anything about a failure: the next call or the schedule tries again. */
export const removeSoon = async (marked: EndpointRow, dependencies: RemovalDependencies): Promise<void> => {
  try {
    await finishRemoval(marked, dependencies);
  } catch (error) {
    dependencies.log.warn('A deployment could not be removed yet', { deployment: marked.inference_id, error });
  }
};

const isTaken = (error: unknown): boolean =>
  error instanceof InferenceError && error.type === 'resource_already_exists_exception';

/** The mark of a deployment without a row: while it stands, nobody can make an endpoint of that id. */
const tombstone = (id: string, now: number): EndpointRow => ({
  version: 1,
  inference_id: id,
  // Nobody ever sees these.
  task_type: 'text_embedding',
  service: '',
  service_settings: {},
  task_settings: {},
  revision: randomUUID(),
  created: now,
  updated: now,
  deleting: now,
});

/** Whether a row is such a mark rather than that of a former endpoint. */
export const isDeploymentAlone = ({ service }: EndpointRow): boolean => service === '';

/** Removes the deployment of an id that has no row: that of a default endpoint, or one that was left behind. */
export const removeWithoutRow = async (id: string, dependencies: RemovalDependencies, now: number): Promise<void> => {
  const mark = tombstone(id, now);
  try {
    await dependencies.endpoints.create(mark);
  } catch (error) {
    if (!isTaken(error)) throw error;
    // Somebody has made an endpoint of that id, or removes it as well.
    const stored = await dependencies.endpoints.stored(id);
    if (stored?.deleting !== undefined) await removeSoon(stored, dependencies);
    return;
  }
  await removeSoon(mark, dependencies);
};

/**
 * Writes a new row. An id whose former endpoint is being removed is taken until nothing is left of that.
 *
 * @throws InferenceError 400 when the id is taken, 408 when the removal takes longer than the deadline
 */
export const createRow = async (
  row: EndpointRow,
  dependencies: RemovalDependencies,
  deadline: Deadline,
): Promise<void> => {
  const { endpoints } = dependencies;
  for (const pause of pauses()) {
    try {
      await endpoints.create(row);
      return;
    } catch (error) {
      if (!isTaken(error)) throw error;
      const former = await endpoints.stored(row.inference_id);
      if (former && former.deleting === undefined) throw error;
      if (!former || (await finishRemoval(former, dependencies))) continue;
    }
    try {
      await pauseWithin(pause, deadline);
    } catch (error) {
      throw deadline.isOver() ? removalTimedOut(deadline.text, row.inference_id) : error;
    }
  }
};
