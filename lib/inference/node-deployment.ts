import { unknownDeployment } from '../api/deployment-errors.ts';
import type { JsonObject } from '../api/read-settings.ts';
import { findService } from '../services/index.ts';
import type { Found, NodeDeployment, Service } from '../services/service.ts';
import type { Deployments, EndpointStore, ModelStore, WantedDeployment } from './ports.ts';
import { defaultEndpoint, type Endpoint } from './resolve-endpoint.ts';

/** What the life cycle of deployments needs. */
export type DeploymentDependencies = {
  readonly endpoints: EndpointStore;
  readonly deployments: Deployments;
};

/** How an endpoint is deployed on the ML node; undefined where its service is elsewhere. */
export const nodeDeployment = async (endpoint: Endpoint): Promise<NodeDeployment | undefined> => {
  const service = await findService(endpoint.service);
  return service?.bind(({ node, tasks }) => {
    const definition = tasks[endpoint.task_type];
    return node && definition && node.deployment(definition.stored.parse(endpoint.service_settings));
  });
};

/** The deployment that an endpoint owns; undefined for those that borrow one, or have none. */
export const wantedBy = async (endpoint: Endpoint): Promise<WantedDeployment | undefined> => {
  const deployed = await nodeDeployment(endpoint);
  if (!deployed || deployed.of !== undefined) return undefined;
  const { model, pooling, allocations } = deployed;
  return { id: endpoint.inference_id, model, pooling, allocations };
};

/**
 * The endpoint whose deployment is meant.
 *
 * @returns undefined when there is none, or it owns no deployment
 */
export const ownerOf = async (deployment: string, endpoints: EndpointStore): Promise<Endpoint | undefined> => {
  const endpoint = (await defaultEndpoint(deployment)) ?? (await endpoints.get(deployment));
  return endpoint && (await wantedBy(endpoint)) ? endpoint : undefined;
};

/** What it stands for now: the numbers of the deployment rather than those that were asked for. */
const findDeployment = async (
  id: string,
  { endpoints, deployments }: DeploymentDependencies,
): Promise<NonNullable<Found['deployment']>> => {
  const owner = await ownerOf(id, endpoints);
  const state = owner && (await deployments.state(id));
  // A default endpoint has no deployment before it is called.
  if (!state || state.name === 'missing' || state.name === 'stopping') throw unknownDeployment(id);
  const copies = 'copies' in state ? state.copies : undefined;
  const settings = { ...owner.service_settings, ...(copies !== undefined && { num_allocations: copies }) };
  return { id, taskType: owner.task_type, settings };
};

/**
 * Looks up what the settings of a PUT refer to: a model that was uploaded, the deployment of another endpoint.
 *
 * @throws InferenceError 404 for an unknown deployment; an unknown model is told by the service
 */
export const lookUp = async <S, T, K>(
  { node }: Service<S, T, K>,
  sent: JsonObject,
  dependencies: DeploymentDependencies & { readonly models: ModelStore },
): Promise<Found> => {
  const { model, deployment } = node?.refersTo(sent) ?? {};
  if (deployment !== undefined) return { deployment: await findDeployment(deployment, dependencies) };
  const uploaded = model === undefined ? undefined : await dependencies.models.find(model);
  return uploaded ? { model: uploaded } : {};
};
