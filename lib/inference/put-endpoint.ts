import { randomUUID } from 'node:crypto';
import { statusException } from '../api/errors.ts';
import { checkInferenceId } from '../api/inference-id.ts';
import { javaText } from '../api/java.ts';
import { type JsonDocument, locate } from '../api/json.ts';
import type { Blame, JsonObject } from '../api/read-settings.ts';
import { parseTaskType, type TaskType } from '../api/task-type.ts';
import type { Log } from '../log.ts';
import { findService } from '../services/index.ts';
import type { Service } from '../services/service.ts';
import type { Send } from '../transport/types.ts';
import { createDeadline } from './deadline.ts';
import type { EndpointRow, EndpointStore, MlNode, SecretStore } from './ports.ts';
import { readChunking, readConfiguration } from './read-configuration.ts';
import { defaultEndpoint } from './resolve-endpoint.ts';
import { type ShownEndpoint, showEndpoint } from './show-endpoint.ts';
import { validateEndpoint } from './validate-endpoint.ts';

/** What creating and updating endpoints needs. */
export type ManageDependencies = {
  readonly endpoints: EndpointStore;
  readonly secrets: SecretStore;
  readonly send: Send;
  readonly node: MlNode;
  readonly now: () => number;
};

export type ManageRequest = {
  readonly inferenceId: string;
  readonly taskType: TaskType | 'any' | undefined;
  /** Parses when called: the id is checked before the body. */
  readonly body: () => JsonDocument;
  readonly timeout: number | undefined;
  readonly log: Log;
};

/** JSON as it is stored: keys without a value are not there. */
export const plain = (value: object): EndpointRow['service_settings'] => JSON.parse(JSON.stringify(value));

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The root of a body, which must be an object. */
export const requireObject = ({ value }: JsonDocument): JsonObject => {
  if (isObject(value)) return value;
  throw statusException(400, `The request body must be an object, but was [${javaText(value)}]`);
};

const wrongType = (name: string, value: unknown, javaType: 'String' | 'Map') =>
  statusException(
    400,
    `field [${name}] is not of the expected type. The value [${javaText(value)}] cannot be converted to a [${javaType}]`,
  );

/** The task type out of path and body, one of which must name it (contract §2). */
export const resolveTaskType = (path: TaskType | 'any' | undefined, sent: unknown): TaskType => {
  if (sent !== undefined && typeof sent !== 'string') throw wrongType('task_type', sent, 'String');
  const inPath = path === 'any' ? undefined : path;
  if (sent === undefined) {
    if (inPath) return inPath;
    throw statusException(400, 'model is missing required setting [task_type]');
  }
  const inBody = parseTaskType(sent);
  if (inBody === 'any') throw statusException(400, 'task_type [any] is not valid type for inference');
  if (inPath && inPath !== inBody) {
    throw statusException(
      400,
      `Cannot resolve conflicting task_type parameter in the request URL [${inPath}] and the request body [${inBody}]`,
    );
  }
  return inBody;
};

const settingsObject = (root: JsonObject, name: string): JsonObject | undefined => {
  const value = root[name];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw wrongType(name, value, 'Map');
  return value;
};

const requireServiceName = async (sent: unknown) => {
  if (sent === undefined || sent === null)
    throw statusException(400, 'Inference endpoint configuration is missing the [service] setting');
  if (typeof sent !== 'string') throw wrongType('service', sent, 'String');
  const service = await findService(sent);
  if (!service) throw statusException(400, `Unknown service [${sent}]`);
  return { name: sent, service };
};

/** Writes the secret, then the row that names it. Whoever loses the race for the id, or fails, leaves no secret behind. */
const store = async (
  row: EndpointRow,
  secrets: Readonly<Record<string, string | undefined>>,
  { endpoints, secrets: secretStore }: ManageDependencies,
): Promise<EndpointRow> => {
  const values = Object.entries(secrets).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const secret = values.length > 0 ? await secretStore.create(Object.fromEntries(values)) : undefined;
  const named = secret === undefined ? row : { ...row, secret };
  try {
    await endpoints.create(named);
    return named;
  } catch (error) {
    if (secret !== undefined) await secretStore.delete(secret, { forever: true });
    throw error;
  }
};

const create = async <S extends JsonObject, T extends JsonObject, K extends object>(
  service: Service<S, T, K>,
  request: ManageRequest,
  taskType: TaskType,
  serviceName: string,
  root: JsonObject,
  dependencies: ManageDependencies,
  signal: AbortSignal,
): Promise<EndpointRow> => {
  const serviceSettings = settingsObject(root, 'service_settings');
  if (!serviceSettings) throw statusException(400, 'Missing required field [service_settings]');
  const { service: _s, service_settings: _ss, task_settings: _ts, task_type: _t, ...others } = root;
  const { chunking, rest } = readChunking(taskType, others);
  const body = request.body();
  const blame: Blame = {
    service: service.name,
    words: service.words,
    locate: (path, what) => locate(body, path, what),
  };
  const config = {
    service: serviceName,
    service_settings: serviceSettings,
    task_settings: settingsObject(root, 'task_settings') ?? {},
  };
  for (const warning of service.warnings?.(config) ?? []) request.log.warn(warning);
  const { settings, taskSettings, secrets } = readConfiguration(service, taskType, config, rest, blame);
  const id = request.inferenceId;
  const deadline = createDeadline(request.timeout, taskType, signal);
  try {
    const node = service.node?.(settings);
    if (node) await dependencies.node.ready(node.model);
    const validated = node
      ? settings
      : await validateEndpoint(
          service,
          { id, taskType, settings, taskSettings, secrets },
          { send: dependencies.send, node: dependencies.node, deadline },
        );
    const now = dependencies.now();
    const row: EndpointRow = {
      version: 1,
      inference_id: id,
      task_type: taskType,
      service: service.name,
      service_settings: plain(validated),
      task_settings: plain(taskSettings),
      ...(chunking && { chunking_settings: plain(chunking) }),
      revision: randomUUID(),
      created: now,
      updated: now,
    };
    // K is what the service's own schema of secrets gave: names to strings.
    return await store(row, secrets as Readonly<Record<string, string | undefined>>, dependencies);
  } finally {
    deadline.clear();
  }
};

/**
 * Creates an endpoint: `PUT _inference/{task_type}/{id}`. The steps stand in the contract's order (§4.1).
 *
 * @param signal - aborted when the caller leaves
 * @returns the endpoint as GET shows it
 */
export const putEndpoint = async (
  request: ManageRequest,
  dependencies: ManageDependencies,
  signal: AbortSignal,
): Promise<ShownEndpoint> => {
  const { inferenceId } = request;
  checkInferenceId(inferenceId);
  if (await defaultEndpoint(inferenceId)) {
    throw statusException(
      400,
      `[${inferenceId}] is a reserved inference ID. Cannot create a new inference endpoint with a reserved ID.`,
    );
  }
  const root = requireObject(request.body());
  const taskType = resolveTaskType(request.taskType, root.task_type);
  const { name, service } = await requireServiceName(root.service);
  const row = await service.bind((descriptor) =>
    create(descriptor, request, taskType, name, root, dependencies, signal),
  );
  return showEndpoint(row);
};
