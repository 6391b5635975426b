import { statusException } from '../api/errors.ts';
import { findService } from '../services/index.ts';
import type { EndpointStore } from './ports.ts';

/**
 * Refuses the id of a deployment to a new endpoint. An endpoint of a built-in model has a deployment of its own id, so its id is told as
 * taken by that, and before the settings are read; any other id that is taken shows when the row is written.
 *
 * @throws InferenceError 400 `status_exception`
 * @see the contract, §2
 */
export const refuseDeploymentId = async (id: string, endpoints: EndpointStore): Promise<void> => {
  const row = await endpoints.get(id);
  const service = row && (await findService(row.service));
  if (!service?.bind(({ node }) => node !== undefined)) return;
  throw statusException(
    400,
    `Inference endpoint IDs must be unique. Requested inference endpoint ID [${id}] matches existing trained model ID(s) but must not.`,
  );
};
