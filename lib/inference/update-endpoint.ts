import { randomUUID } from 'node:crypto';
import { InferenceError, statusException } from '../api/errors.ts';
import { checkInferenceId } from '../api/inference-id.ts';
import { javaText } from '../api/java.ts';
import { locate } from '../api/json.ts';
import {
  type Blame,
  type JsonObject,
  knownKeys,
  readSettings,
  refuseUnknown,
  requireSettings,
} from '../api/read-settings.ts';
import type { TaskType } from '../api/task-type.ts';
import { parseTaskType } from '../api/task-type.ts';
import type { Service } from '../services/service.ts';
import { createDeadline } from './deadline.ts';
import { mergeSettings } from './infer.ts';
import type { EndpointRow } from './ports.ts';
import { isObject, type ManageDependencies, type ManageRequest, plain, requireObject } from './put-endpoint.ts';
import { partition, taskNotSupported } from './read-configuration.ts';
import { requireService } from './resolve-endpoint.ts';
import { type ShownEndpoint, showEndpoint } from './show-endpoint.ts';
import { validateEndpoint } from './validate-endpoint.ts';

/** How often an update that lost against another one reads again and merges anew. */
const tries = 3;

const updatable = ['task_type', 'service_settings', 'task_settings'];

type Changes = {
  readonly taskType: TaskType;
  readonly serviceSettings: JsonObject | undefined;
  readonly taskSettings: JsonObject;
};

const settingsOf = (
  root: JsonObject,
  key: 'service_settings' | 'task_settings',
  words: string,
): JsonObject | undefined => {
  const value = root[key];
  if (value === undefined || isObject(value)) return value;
  throw statusException(400, `Unable to parse ${words} in the request [${javaText(root)}]`);
};

/** Reads the body, and the task type out of path or body (contract §5). */
const readChanges = (root: JsonObject, pathTaskType: TaskType | 'any' | undefined): Changes => {
  if (Object.keys(root).length === 0) throw statusException(400, 'Request body is empty');
  const { outside } = partition(root, updatable);
  if (Object.keys(outside).length > 0) {
    throw statusException(
      400,
      `Request contained fields which cannot be updated, remove these fields and try again [${javaText(outside)}]`,
    );
  }
  const serviceSettings = settingsOf(root, 'service_settings', 'service settings');
  const taskSettings = settingsOf(root, 'task_settings', 'task settings') ?? {};
  return { taskType: taskTypeOf(root, pathTaskType), serviceSettings, taskSettings };
};

const taskTypeOf = (root: JsonObject, pathTaskType: TaskType | 'any' | undefined): TaskType => {
  const { task_type: sent } = root;
  if (sent !== undefined && typeof sent !== 'string')
    throw statusException(500, `Failed to parse [task_type] in update request [${javaText(root)}]`);
  const inPath = pathTaskType === 'any' ? undefined : pathTaskType;
  const inBody = sent === undefined ? undefined : parseTaskType(sent);
  if (inBody === 'any') throw statusException(400, 'task_type [any] is not valid type for inference');
  if (inPath && inBody && inPath !== inBody) throw otherTaskType();
  const taskType = inPath ?? inBody;
  if (!taskType) throw statusException(400, 'model is missing required setting [task_type]');
  return taskType;
};

const otherTaskType = () => statusException(400, 'Task type must match the task type of the existing endpoint');

/** The row as it would be after the update, and the secrets where they change. */
type Merged<S, T, K> = {
  readonly settings: S;
  readonly taskSettings: T;
  readonly secrets: K;
  readonly newSecrets: boolean;
};

const merge = <S extends JsonObject, T extends JsonObject, K extends object>(
  service: Service<S, T, K>,
  row: EndpointRow,
  storedSecrets: Readonly<Record<string, string>>,
  changes: Changes,
  blame: Blame,
): Merged<S, T, K> => {
  const definition = service.tasks[row.task_type];
  if (!definition) throw taskNotSupported(service.name, row.task_type);
  const stored = definition.stored.parse(row.service_settings);
  const secrets = service.secrets.parse(storedSecrets);
  const sent = partition(changes.serviceSettings ?? {}, knownKeys(service.secrets));
  const settings = readSettings(definition.update.settings, 'service_settings', sent.outside, (given) =>
    changes.serviceSettings === undefined ? [] : (definition.update.rules?.(given, stored) ?? []),
  );
  const settingChanges = requireSettings(settings, blame);
  if (definition.update.others === 'refused') refuseUnknown(settings.unknown, blame);
  const taskChanges = requireSettings(
    readSettings(definition.taskSettings.request, 'task_settings', changes.taskSettings),
    blame,
  );
  const secretWords: Blame = { ...blame, words: 'collected' };
  const sentSecrets = { ...storedSecrets, ...sent.inside };
  const secretRules = service.secretUpdateRules;
  const newSecrets = requireSettings(
    readSettings(service.secrets, 'service_settings', sentSecrets, () => secretRules?.(sent.inside, secrets) ?? []),
    secretWords,
  );
  const present = Object.fromEntries(Object.entries(settingChanges).filter(([, value]) => value !== undefined));
  return {
    settings:
      changes.serviceSettings !== undefined && definition.update.merge
        ? definition.update.merge(stored, settingChanges)
        : mergeSettings(stored, present),
    taskSettings: mergeSettings(definition.taskSettings.put.parse(row.task_settings), taskChanges),
    secrets: newSecrets,
    newSecrets: JSON.stringify(sentSecrets) !== JSON.stringify(storedSecrets),
  };
};

const same = (a: object, b: object): boolean => JSON.stringify(plain(a)) === JSON.stringify(plain(b));

/** One try: merge, validate, write. Undefined when another update was faster. */
const tryUpdate = async <S extends JsonObject, T extends JsonObject, K extends object>(
  service: Service<S, T, K>,
  row: EndpointRow,
  changes: Changes,
  request: ManageRequest,
  dependencies: ManageDependencies,
  signal: AbortSignal,
): Promise<EndpointRow | undefined> => {
  const { endpoints, secrets: secretStore, send, node } = dependencies;
  const body = request.body();
  const blame: Blame = {
    service: service.name,
    words: service.words,
    locate: (path, what) => locate(body, path, what),
  };
  const storedSecrets = row.secret === undefined ? {} : await secretStore.get(row.secret);
  // The row is old: its secret went with another update. The next try reads both again.
  if (!storedSecrets) return undefined;
  const merged = merge(service, row, storedSecrets, changes, blame);
  const unchanged = same(merged.settings, row.service_settings) && same(merged.taskSettings, row.task_settings);
  if (unchanged && !merged.newSecrets) return row;
  const deadline = createDeadline(request.timeout, row.task_type, signal);
  try {
    const candidate = { id: row.inference_id, taskType: row.task_type, ...merged };
    const settings = service.node
      ? merged.settings
      : await validateEndpoint(service, candidate, { send, node, deadline });
    const secret = merged.newSecrets ? await secretStore.create(secretValues(merged.secrets)) : row.secret;
    const next: EndpointRow = {
      ...row,
      service_settings: plain(settings),
      task_settings: plain(merged.taskSettings),
      ...(secret !== undefined && { secret }),
      revision: randomUUID(),
      updated: dependencies.now(),
    };
    const unused = merged.newSecrets && secret !== undefined ? secret : undefined;
    const written = await endpoints.update(next, row.revision).catch(async (error: unknown) => {
      if (unused) await secretStore.delete(unused, { forever: true });
      throw error;
    });
    if (!written) {
      if (unused) await secretStore.delete(unused, { forever: true });
      return undefined;
    }
    if (unused && row.secret) await secretStore.delete(row.secret, { forever: false });
    return next;
  } finally {
    deadline.clear();
  }
};

const secretValues = (secrets: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(secrets).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );

/**
 * Updates an endpoint: `PUT _inference/{task_type}/{id}/_update`. Two updates at once never overwrite each other: the loser reads
 * again and merges.
 *
 * @returns the endpoint as GET shows it
 * @throws InferenceError 409 when others were faster three times
 * @see the contract, §5
 */
export const updateEndpoint = async (
  request: ManageRequest,
  dependencies: ManageDependencies,
  signal: AbortSignal,
): Promise<ShownEndpoint> => {
  const { inferenceId } = request;
  checkInferenceId(inferenceId);
  const changes = readChanges(requireObject(request.body()), request.taskType);
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const row = await dependencies.endpoints.get(inferenceId);
    if (!row) {
      throw new InferenceError(
        404,
        'status_exception',
        `The inference endpoint [${inferenceId}] does not exist and cannot be updated`,
      );
    }
    if (row.task_type !== changes.taskType) throw otherTaskType();
    const service = await requireService(row);
    const updated = await service.bind((descriptor) =>
      tryUpdate(descriptor, row, changes, request, dependencies, signal),
    );
    if (updated) return showEndpoint(updated);
  }
  throw statusException(409, `Inference endpoint [${inferenceId}] was changed by others at the same time`);
};
