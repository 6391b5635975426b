import { InferenceError, illegalArgument, statusException } from '../api/errors.ts';
import type { JsonObject } from '../api/read-settings.ts';
import type { TaskType } from '../api/task-type.ts';
import { modelOf, models, platform, withoutPlatform } from './elasticsearch-models.ts';
import { isGiven, type Settings, storedSettings } from './elasticsearch-settings.ts';
import type { Found } from './service.ts';

// What a PUT refers to: a built-in model, an uploaded one, or the deployment of another endpoint.

const deploymentIdOf = ({ deployment_id: id }: JsonObject): string | undefined =>
  typeof id === 'string' && id !== '' ? id : undefined;

/** What a PUT must look up. */
export const refersTo = (sent: JsonObject): { readonly model?: string; readonly deployment?: string } => {
  const deployment = deploymentIdOf(sent);
  if (deployment !== undefined) return { deployment };
  const { model_id: model } = sent;
  return typeof model === 'string' && !model.startsWith('.') ? { model } : {};
};

/** What Elasticsearch calls a model that serves a task. */
const modelTypes: Partial<Record<TaskType, string>> = {
  text_embedding: 'text_embedding',
  sparse_embedding: 'text_expansion',
  rerank: 'text_similarity',
};

const acceptDeployment = (
  task: TaskType,
  { model_id: asked }: JsonObject,
  { id, taskType, settings: of }: NonNullable<Found['deployment']>,
): void => {
  const { model_id: model } = storedSettings.parse(of);
  if (typeof asked === 'string' && asked !== model)
    throw statusException(
      400,
      `Deployment [${id}] uses model [${model}] which does not match the model [${asked}] in the request.`,
    );
  if (taskType !== task)
    throw statusException(
      400,
      `Deployed model [${model}] with type [${modelTypes[taskType]}] does not match the requested task type [${task}]`,
    );
};

/** Chooses the model before anything else is read, as Elasticsearch does. */
export const acceptModel = (task: TaskType) => (sent: JsonObject, found: Found) => {
  if (found.deployment) {
    acceptDeployment(task, sent, found.deployment);
    return;
  }
  const { model_id: modelId } = sent;
  if (!isGiven(modelId) && !isGiven(sent.deployment_id))
    throw illegalArgument('Error parsing service settings, model_id must be provided');
  // No id at all: told with the other settings.
  if (typeof modelId !== 'string' || modelId === '') return;
  const noVariant = `Error parsing request config, model id does not match any models available on this platform. Was [${modelId}]`;
  if (modelId === '.elser_model_1' || modelId === `.elser_model_1${platform}`)
    throw illegalArgument(`${noVariant}. You may need to use a platform agnostic model.`);
  if (found.model) {
    if (found.model.taskType !== task)
      throw statusException(400, `The [elasticsearch] service does not support task type [${task}]`);
    return;
  }
  const model = modelOf(modelId);
  if (!Object.hasOwn(models, model) || (model === withoutPlatform && modelId !== model))
    throw new InferenceError(404, 'resource_not_found_exception', `No known trained model with model_id [${modelId}]`);
  if (models[model] !== task)
    throw statusException(400, `The [elasticsearch] service does not support task type [${task}]`);
};

/** Lays what was looked up over what was sent. */
export const settled = (sent: Settings, { model, deployment }: Found): Settings => {
  if (deployment) {
    const { model_id, num_threads, num_allocations, adaptive_allocations, uploaded } = storedSettings.parse(
      deployment.settings,
    );
    const { num_allocations: _n, adaptive_allocations: _a, ...rest } = sent;
    return { ...rest, model_id, num_threads, num_allocations, adaptive_allocations, uploaded };
  }
  if (!model) return sent;
  const { taskType, prefixes, limit, pooling, normalize } = model;
  // A model's files do not tell a sparse one from a dense one.
  const own = taskType === 'sparse_embedding' ? 'splade' : pooling;
  return { ...sent, uploaded: { prefixes, limit, pooling: own, normalize } };
};
