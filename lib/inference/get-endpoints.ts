import { endpointNotFound, statusException } from '../api/errors.ts';
import type { TaskType } from '../api/task-type.ts';
import { defaultEndpoints } from '../services/index.ts';
import { nodeDeployment } from './node-deployment.ts';
import type { CountAllocations, EndpointStore } from './ports.ts';
import { defaultEndpoint, type Endpoint } from './resolve-endpoint.ts';
import { type ShownEndpoint, showEndpoint } from './show-endpoint.ts';
import { runs } from './split.ts';

type Shown = { readonly endpoints: readonly ShownEndpoint[] };

/** A caller may name the task type of the endpoint it means. */
export const requireTaskType = (endpoint: Endpoint, requested: TaskType | 'any' | undefined): void => {
  if (requested === undefined || requested === 'any' || requested === endpoint.task_type) return;
  throw statusException(
    400,
    `Requested task type [${requested}] does not match the inference endpoint's task type [${endpoint.task_type}]`,
  );
};

const inByteOrder = (a: Endpoint, b: Endpoint): number =>
  Buffer.compare(Buffer.from(a.inference_id), Buffer.from(b.inference_id));

/** Endpoints that are shown at once while their deployments are counted. */
const atOnce = 8;

/** With the number of copies that its deployment has, where that can be read. */
const withLiveNumbers = async <E extends Endpoint>(endpoint: E, count: CountAllocations): Promise<E> => {
  const deployed = await nodeDeployment(endpoint);
  const copies = deployed && (await count(deployed.of ?? endpoint.inference_id));
  if (copies === undefined) return endpoint;
  return { ...endpoint, service_settings: { ...endpoint.service_settings, num_allocations: copies } };
};

/** `GET _inference`, `_all`, `*`: all endpoints, or those of one task type, default ones included, sorted by id. */
export const listEndpoints = async (
  store: EndpointStore,
  count: CountAllocations,
  taskType: TaskType | 'any' | undefined,
): Promise<Shown> => {
  const all: readonly Endpoint[] = [...(await defaultEndpoints()), ...(await store.list())];
  const wanted = all
    .filter(({ task_type }) => taskType === undefined || taskType === 'any' || task_type === taskType)
    .toSorted(inByteOrder);
  const shown: ShownEndpoint[] = [];
  for (const [start, end] of runs(wanted.length, atOnce)) {
    const some = wanted.slice(start, end).map(async (endpoint) => showEndpoint(await withLiveNumbers(endpoint, count)));
    shown.push(...(await Promise.all(some)));
  }
  return { endpoints: shown };
};

/**
 * `GET _inference/{id}`.
 *
 * @throws InferenceError 404 for an unknown id, 400 for one of another task type
 */
export const getEndpoint = async (
  store: EndpointStore,
  count: CountAllocations,
  id: string,
  taskType: TaskType | 'any' | undefined,
): Promise<Shown> => {
  const endpoint = (await defaultEndpoint(id)) ?? (await store.get(id));
  if (!endpoint) throw endpointNotFound(id);
  requireTaskType(endpoint, taskType);
  return { endpoints: [await showEndpoint(await withLiveNumbers(endpoint, count))] };
};
