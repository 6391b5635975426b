import { endpointNotFound, type InferenceError, statusException } from '../api/errors.ts';
import type { JsonObject } from '../api/read-settings.ts';
import type { TaskType } from '../api/task-type.ts';
import { defaultEndpoints, findService } from '../services/index.ts';
import type { RegisteredService } from '../services/service.ts';
import type { EndpointReader, EndpointRow, Secrets } from './ports.ts';

/** An endpoint as a call needs it: a stored row or a default one. */
export type Endpoint = {
  readonly inference_id: string;
  readonly task_type: TaskType;
  readonly service: string;
  readonly service_settings: JsonObject;
  readonly task_settings: JsonObject;
  readonly chunking_settings?: JsonObject | undefined;
  readonly secret?: string | undefined;
};

/** @returns the default endpoint of that id, if there is one */
export const defaultEndpoint = async (id: string): Promise<Endpoint | undefined> =>
  // Stored ids begin with a letter or a digit, so none but these can begin with a dot.
  id.startsWith('.') ? (await defaultEndpoints()).find(({ inference_id }) => inference_id === id) : undefined;

/** @throws InferenceError 404 for an id that is neither stored nor a default one */
export const requireEndpoint = async (
  id: string,
  read: (id: string) => Promise<EndpointRow | undefined>,
): Promise<Endpoint> => {
  const endpoint = (await defaultEndpoint(id)) ?? (await read(id));
  if (!endpoint) throw endpointNotFound(id);
  return endpoint;
};

/** @throws InferenceError 400 for a row whose service is no longer there */
export const requireService = async ({ service, inference_id }: Endpoint): Promise<RegisteredService> => {
  const found = await findService(service);
  if (!found) throw statusException(400, `Unknown service [${service}] for model [${inference_id}]. `);
  return found;
};

/** A row names a secret that is not there: someone has deleted it by hand. */
export const secretMissing = (id: string): InferenceError =>
  statusException(500, `The secret of inference endpoint [${id}] is missing`);

/**
 * The secrets of an endpoint, which may have been replaced since its row was read.
 *
 * @returns the endpoint as well: a row whose secret is gone is read again once
 */
export const withSecrets = async (
  endpoint: Endpoint,
  reader: EndpointReader,
): Promise<{ readonly endpoint: Endpoint; readonly secrets: Secrets }> => {
  if (!endpoint.secret) return { endpoint, secrets: {} };
  const secrets = await reader.secrets(endpoint.secret);
  if (secrets) return { endpoint, secrets };
  const fresh = await reader.freshEndpoint(endpoint.inference_id);
  if (!fresh) throw endpointNotFound(endpoint.inference_id);
  const freshSecrets = fresh.secret ? await reader.freshSecrets(fresh.secret) : {};
  if (!freshSecrets) throw secretMissing(fresh.inference_id);
  return { endpoint: fresh, secrets: freshSecrets };
};
