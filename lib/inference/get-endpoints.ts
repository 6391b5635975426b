import { endpointNotFound, statusException } from '../api/errors.ts';
import type { TaskType } from '../api/task-type.ts';
import { defaultEndpoints } from '../services/index.ts';
import type { EndpointStore } from './ports.ts';
import { defaultEndpoint, type Endpoint } from './resolve-endpoint.ts';
import { type ShownEndpoint, showEndpoint } from './show-endpoint.ts';

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

/** `GET _inference`, `_all`, `*`: all endpoints, or those of one task type, default ones included, sorted by id. */
export const listEndpoints = async (store: EndpointStore, taskType: TaskType | 'any' | undefined): Promise<Shown> => {
  const all: readonly Endpoint[] = [...(await defaultEndpoints()), ...(await store.list())];
  const wanted = all.filter(({ task_type }) => taskType === undefined || taskType === 'any' || task_type === taskType);
  return { endpoints: await Promise.all(wanted.toSorted(inByteOrder).map(showEndpoint)) };
};

/**
 * `GET _inference/{id}`.
 *
 * @throws InferenceError 404 for an unknown id, 400 for one of another task type
 */
export const getEndpoint = async (
  store: EndpointStore,
  id: string,
  taskType: TaskType | 'any' | undefined,
): Promise<Shown> => {
  const endpoint = (await defaultEndpoint(id)) ?? (await store.get(id));
  if (!endpoint) throw endpointNotFound(id);
  requireTaskType(endpoint, taskType);
  return { endpoints: [await showEndpoint(endpoint)] };
};
