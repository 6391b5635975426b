import { randomUUID } from 'node:crypto';
import type { Blame } from '../api/blame.ts';
import { endpointExists, statusException } from '../api/errors.ts';
import { checkInferenceId } from '../api/inference-id.ts';
import { locate } from '../api/json.ts';
import type { JsonObject } from '../api/read-settings.ts';
import { isEmbeddingTask, type TaskType } from '../api/task-type.ts';
import type { Service } from '../services/service.ts';
import { createDeadline } from './deadline.ts';
import { findDefinition } from './definition.ts';
import { deployEndpoint } from './deploy-endpoint.ts';
import type { ManageDependencies, ManageRequest } from './manage-request.ts';
import { lookUp } from './node-deployment.ts';
import type { EndpointRow } from './ports.ts';
import { readChunking, readConfiguration } from './read-configuration.ts';
import { requireObject, requireServiceName, resolveTaskType, settingsObject } from './read-endpoint-body.ts';
import { refuseModelId } from './refuse-model-id.ts';
import { createRow } from './remove-endpoint.ts';
import { defaultEndpoint } from './resolve-endpoint.ts';
import { type ShownEndpoint, showEndpoint } from './show-endpoint.ts';
import { plain, requireFit, secretValues, storeRow } from './store-row.ts';
import { validateEndpoint } from './validate-endpoint.ts';

const fields = ['service', 'service_settings', 'task_settings', 'task_type'];

/** Whether a field of the root means something. */
const isRead = (name: string, taskType: TaskType): boolean =>
  fields.includes(name) || (name === 'chunking_settings' && isEmbeddingTask(taskType));

const create = async <S extends JsonObject, T extends JsonObject, K extends object>(
  service: Service<S, T, K>,
  request: ManageRequest,
  taskType: TaskType,
  serviceName: string,
  root: JsonObject,
  dependencies: ManageDependencies,
  signal: AbortSignal,
): Promise<EndpointRow> => {
  // 10
  const serviceSettings = settingsObject(root, 'service_settings');
  if (!serviceSettings) throw statusException(400, 'Missing required field [service_settings]');
  // 11
  const chunking = readChunking(taskType, root);
  const unread = Object.keys(root).filter((name) => !isRead(name, taskType));
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
  // 12, 13
  const found = await lookUp(service, serviceSettings, dependencies);
  const { settings, taskSettings, secrets } = readConfiguration(
    service,
    taskType,
    config,
    unread.map((name) => [name, root[name]]),
    blame,
    dependencies.operator,
    found,
  );
  const id = request.inferenceId;
  const deadline = createDeadline(request.timeout, taskType, signal);
  const removal = { ...dependencies, log: request.log };
  try {
    // 14
    const deployed = service.node?.deployment(settings);
    if (deployed) {
      service.node?.startable?.(settings);
      await dependencies.deployments.check(deployed.model);
    }
    const { send, node, limiter } = dependencies;
    const probe = () =>
      validateEndpoint(service, { id, taskType, settings, taskSettings, secrets }, { send, node, limiter, deadline });
    const now = dependencies.now();
    const wanted: EndpointRow = {
      version: 1,
      inference_id: id,
      task_type: taskType,
      service: service.name,
      service_settings: plain(settings),
      task_settings: plain(
        findDefinition(service, taskType, settings)?.taskSettings.kept?.(taskSettings) ?? taskSettings,
      ),
      ...(chunking && { chunking_settings: plain(chunking) }),
      revision: randomUUID(),
      created: now,
      updated: now,
    };
    const values = secretValues(secrets);
    requireFit(wanted, values, dependencies);
    const row = deployed ? wanted : { ...wanted, service_settings: plain(await probe()) };
    // 15
    const stored = await storeRow(
      row,
      Object.keys(values).length > 0 ? values : undefined,
      (named) => createRow(named, removal, deadline).then(() => true),
      removal,
    );
    if (!stored) throw endpointExists(id);
    // 16
    return deployed ? await deployEndpoint(stored, deployed, removal, deadline, probe) : stored;
  } finally {
    deadline.clear();
  }
};

/**
 * Creates an endpoint: `PUT _inference/{task_type}/{id}`. The order of the checks is part of the contract (§4.1), whose numbers stand
 * beside them; the edge has made the first two: the path's task type, and that there is a body of a good media type.
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
  // 3
  checkInferenceId(inferenceId);
  // 4
  if (await defaultEndpoint(inferenceId)) {
    throw statusException(
      400,
      `[${inferenceId}] is a reserved inference ID. Cannot create a new inference endpoint with a reserved ID.`,
    );
  }
  // 5
  const root = requireObject(request.body());
  // 6
  const taskType = resolveTaskType(request.taskType, root.task_type);
  // 7, 8
  const { name, service } = await requireServiceName(root.service);
  // 9
  await refuseModelId(inferenceId, dependencies, request.log);
  // 10 to 16
  const row = await service.bind((descriptor) =>
    create(descriptor, request, taskType, name, root, dependencies, signal),
  );
  return showEndpoint(row);
};
