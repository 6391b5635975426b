import { idOfModel } from '../api/deployment-errors.ts';
import type { Log } from '../log.ts';
import { wantedBy } from './node-deployment.ts';
import type { EndpointStore, ModelStore } from './ports.ts';

/** Whether a model has been uploaded under this id. Endpoints of other services need not suffer when nobody can say. */
const isModel = async (id: string, models: ModelStore, log: Log): Promise<boolean> => {
  try {
    return (await models.find(id)) !== undefined;
  } catch (error) {
    log.warn('Uploaded models could not be looked up', { id, error });
    return false;
  }
};

/**
 * Refuses the id of a deployment or of an uploaded model to a new endpoint. An endpoint of a built-in model has a deployment of its own
 * id, so its id is told as taken by that, and before the settings are read; any other id that is taken shows when the row is written.
 *
 * @throws InferenceError 400 `status_exception`
 * @see the contract, §2
 */
export const refuseDeploymentId = async (
  id: string,
  { endpoints, models }: { readonly endpoints: EndpointStore; readonly models: ModelStore },
  log: Log,
): Promise<void> => {
  const row = await endpoints.get(id);
  if ((row && (await wantedBy(row))) || (await isModel(id, models, log))) throw idOfModel(id);
};
