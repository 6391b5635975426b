import { randomUUID } from 'node:crypto';
import { statusException } from '../api/errors.ts';
import type { JsonObject } from '../api/read-settings.ts';
import type { Service } from '../services/service.ts';
import { createDeadline } from './deadline.ts';
import type { ManageDependencies } from './manage-request.ts';
import { type DeploymentDependencies, nodeDeployment } from './node-deployment.ts';
import type { EndpointRow, EndpointStore } from './ports.ts';
import { requireService } from './resolve-endpoint.ts';
import { plain } from './store-row.ts';
import { validateEndpoint } from './validate-endpoint.ts';

/** How often a row that changes between read and write is read again. */
const tries = 3;

/**
 * Writes what a probe has taught, over the row as it is by now.
 *
 * @returns the row as it is stored now
 * @throws InferenceError 409 when the endpoint is gone, or changes all the time
 */
export const learn = async (
  row: EndpointRow,
  settings: object,
  { endpoints }: { readonly endpoints: EndpointStore },
): Promise<EndpointRow> => {
  let current: EndpointRow | undefined = row;
  for (let attempt = 0; attempt < tries && current?.created === row.created; attempt += 1) {
    // An update may have changed the allocations meanwhile, and what was learnt holds all the same.
    const next = {
      ...current,
      service_settings: { ...plain(settings), ...current.service_settings },
      revision: randomUUID(),
    };
    if (await endpoints.update(next, current.revision)) return next;
    current = await endpoints.get(row.inference_id);
  }
  throw statusException(409, `Inference endpoint [${row.inference_id}] was changed by others at the same time`);
};

export type LearnDependencies = DeploymentDependencies & Pick<ManageDependencies, 'send' | 'node' | 'limiter'>;

/** Milliseconds after which a model is asked no more: one that never answers well would be kept awake by being asked. */
const patience = 3 * 60 * 60_000;

const probe = async <S extends JsonObject, T extends JsonObject, K extends object>(
  service: Service<S, T, K>,
  { inference_id: id, task_type: taskType, service_settings, task_settings }: EndpointRow,
  dependencies: LearnDependencies,
): Promise<S | undefined> => {
  const definition = service.tasks[taskType];
  if (!definition) return undefined;
  const deadline = createDeadline(undefined, taskType, new AbortController().signal);
  const settings = definition.stored.parse(service_settings);
  const taskSettings = definition.taskSettings.put.parse(task_settings);
  try {
    const secrets = service.secrets.parse({});
    return await validateEndpoint(
      service,
      { id, taskType, settings, taskSettings, secrets },
      { ...dependencies, deadline },
    );
  } finally {
    deadline.clear();
  }
};

/**
 * Asks a model what its PUT would have asked, had it not been over before the model answered: the length of its vectors. It is asked only
 * while it runs anyway.
 *
 * @param now - milliseconds since 1970
 */
export const learnLate = async (row: EndpointRow, dependencies: LearnDependencies, now: number): Promise<void> => {
  const { inference_id: id, task_type: taskType, service_settings: settings, created } = row;
  if (taskType !== 'text_embedding' || settings.dimensions !== undefined || now > created + patience) return;
  const deployed = await nodeDeployment(row);
  if (!deployed?.probed) return;
  const { name } = await dependencies.deployments.state(deployed.of ?? id);
  if (name !== 'started') return;
  const service = await requireService(row);
  const learnt = await service.bind((descriptor) => probe(descriptor, row, dependencies));
  if (learnt) await learn(row, learnt, dependencies);
};
