import { randomUUID } from 'node:crypto';
import { borrowerUpdate, noDeployment } from '../api/deployment-errors.ts';
import { type DeploymentDependencies, nodeDeployment, ownerOf, wantedBy } from './node-deployment.ts';
import type { EndpointRow } from './ports.ts';

/** @throws InferenceError 409 for an endpoint whose deployment is another one's */
export const refuseBorrower = async (row: EndpointRow, { endpoints }: DeploymentDependencies): Promise<void> => {
  const deployed = await nodeDeployment(row);
  if (deployed?.of === undefined) return;
  throw borrowerUpdate(row.inference_id, deployed.of, (await ownerOf(deployed.of, endpoints)) !== undefined);
};

/** @throws InferenceError 404 when nothing is deployed */
export const requireDeployment = async (id: string, { deployments }: DeploymentDependencies): Promise<void> => {
  const { name } = await deployments.state(id);
  if (name === 'missing' || name === 'stopping') throw noDeployment(id);
};

/**
 * Brings the deployment of an updated endpoint to its new size. While SageMaker is still busy with an earlier change that is done later, and
 * the update is accepted all the same. When it refuses the new size, the row is as it was before.
 */
export const rescale = async (
  before: EndpointRow,
  written: EndpointRow,
  { endpoints, deployments }: DeploymentDependencies,
): Promise<void> => {
  const wanted = await wantedBy(written);
  if (!wanted) return;
  try {
    await deployments.converge(wanted);
  } catch (error) {
    // Another update may have followed already: then that one counts.
    await endpoints.update({ ...before, revision: randomUUID() }, written.revision);
    throw error;
  }
};
