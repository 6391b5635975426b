import { wantedBy } from './node-deployment.ts';
import { finishRemoval, type RemovalDependencies } from './remove-endpoint.ts';
import { defaultEndpoint } from './resolve-endpoint.ts';

/**
 * Starts the deployment that a call waits for: makes it, or gives it a copy. A call may be late: an endpoint that is gone meanwhile is
 * left alone.
 *
 * @param id - inference id of the endpoint that owns the deployment
 */
export const wakeDeployment = async (id: string, dependencies: RemovalDependencies): Promise<void> => {
  const { endpoints, deployments } = dependencies;
  const stored = await endpoints.stored(id);
  // A default endpoint has a row only while its deployment is being removed.
  if (stored?.deleting !== undefined && !(await finishRemoval(stored, dependencies))) return;
  const endpoint = (await defaultEndpoint(id)) ?? (await endpoints.get(id));
  const wanted = endpoint && (await wantedBy(endpoint));
  if (wanted) await deployments.wake(wanted);
};
