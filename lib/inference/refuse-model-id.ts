import { idOfModel } from '../api/deployment-errors.ts';
import type { Log } from '../log.ts';
import type { EndpointStore, ModelStore } from './ports.ts';
import { isDeploymentAlone } from './remove-endpoint.ts';

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
 * Refuses the id of an uploaded model to a new endpoint, and that of a deployment that no endpoint owns and that is being removed. An id
 * that an endpoint has shows when the row is written, whatever its service.
 *
 * @throws InferenceError 400 `status_exception`
 * @see the contract, §2
 */
export const refuseModelId = async (
  id: string,
  { endpoints, models }: { readonly endpoints: EndpointStore; readonly models: ModelStore },
  log: Log,
): Promise<void> => {
  const row = await endpoints.stored(id);
  if ((row && isDeploymentAlone(row)) || (await isModel(id, models, log))) throw idOfModel(id);
};
