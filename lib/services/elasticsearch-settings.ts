import * as z from 'zod';
import { actionRequestValidation, InferenceError, illegalArgument, statusException } from '../api/errors.ts';
import type { JsonObject } from '../api/read-settings.ts';
import { flag, integer, missingOneOf, oneOf, positiveInteger, settingsMap, similarity, text } from '../api/settings.ts';
import type { TaskType } from '../api/task-type.ts';
import type { Allocations, Found, NodeDeployment } from './service.ts';

// Settings of built-in models: which models there are, which task each serves, how they are deployed and rescaled.

export const platform = '_linux-x86_64';

/** Each built-in model with the one task that it serves. */
const models: Readonly<Record<string, TaskType>> = {
  '.multilingual-e5-small': 'text_embedding',
  '.elser_model_2': 'sparse_embedding',
  '.rerank-v1': 'rerank',
};
const withoutPlatform = '.rerank-v1';
export const defaultElser = `.elser_model_2${platform}`;

/** The model behind an id: platform variants are the same model. */
export const modelOf = (modelId: string): string =>
  modelId.endsWith(platform) ? modelId.slice(0, -platform.length) : modelId;

const allocations = settingsMap({
  enabled: flag().default(false),
  min_number_of_allocations: integer().nullish(),
  max_number_of_allocations: integer().nullish(),
});

export const settings = {
  num_allocations: positiveInteger().optional(),
  num_threads: positiveInteger(),
  model_id: text(),
  adaptive_allocations: allocations.optional(),
};
export const rerankSettings = {
  ...settings,
  long_document_strategy: oneOf(['chunk', 'truncate'], { anyCase: true }).optional(),
  max_chunks_per_doc: positiveInteger().optional(),
};

/** What callers may say about the vectors of a model that they have uploaded. */
const vectors = {
  similarity: similarity().optional(),
  element_type: oneOf(['byte', 'float'], { anyCase: true }).optional(),
};

const storedSettings = z.object({
  ...rerankSettings,
  /** A deployment of another endpoint may have none at the moment. */
  num_allocations: z.int().min(0).optional(),
  deployment_id: z.string().optional(),
  dimensions: z.int().optional(),
  similarity: z.string().optional(),
  element_type: z.string().optional(),
  /** What the manifest of an uploaded model says; never shown. */
  uploaded: z
    .object({
      prefixes: z.object({ search: z.string().optional(), ingest: z.string().optional() }),
      limit: z.int().optional(),
      pooling: z.string().optional(),
      normalize: z.boolean().optional(),
    })
    .optional(),
});
export type Settings = z.output<typeof storedSettings>;

const deploymentIdOf = ({ deployment_id: id }: JsonObject): string | undefined =>
  typeof id === 'string' && id !== '' ? id : undefined;

const isBuiltIn = (modelId: string): boolean => Object.hasOwn(models, modelOf(modelId));

export const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/** The settings that fit a deployment of another endpoint, an uploaded model, or a built-in one. */
export const settingsFor =
  (task: TaskType, own: typeof settings | typeof rerankSettings) =>
  (sent: JsonObject): z.ZodType<Settings> => {
    const withVectors = task === 'text_embedding' ? { ...own, ...vectors } : own;
    // What is sent beside the id is the deployment's own matter, and replaced by what that has.
    if (isGiven(sent.deployment_id))
      return z.object({
        ...withVectors,
        num_threads: positiveInteger().default(1),
        model_id: text().default(''),
        deployment_id: text(),
      });
    const isUploaded = typeof sent.model_id === 'string' && !isBuiltIn(sent.model_id);
    // As null it says nothing, and is no unknown setting.
    return z.object({ ...(isUploaded ? withVectors : own), deployment_id: text().optional() });
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

/** Elasticsearch's own safeguard where the user sets no limit. */
const mostAllocations = 32;

const allocationsOf = ({ num_allocations, adaptive_allocations: adaptive }: Settings): Allocations =>
  adaptive?.enabled
    ? {
        kind: 'adaptive',
        least: adaptive.min_number_of_allocations ?? 0,
        most: adaptive.max_number_of_allocations ?? mostAllocations,
      }
    : { kind: 'fixed', copies: num_allocations ?? 1 };

export const deploymentOf = (stored: Settings): NodeDeployment => ({
  model: modelOf(stored.model_id),
  of: stored.deployment_id,
  pooling: stored.uploaded?.pooling,
  allocations: allocationsOf(stored),
  probed: stored.deployment_id !== undefined || stored.uploaded !== undefined,
});

const mostThreads = 32;

/** Elasticsearch's settings take any number of threads; a deployment of it starts with some only. */
export const startable = ({ num_threads: threads }: Settings): void => {
  if (threads > mostThreads || !Number.isInteger(Math.log2(threads)))
    throw actionRequestValidation([
      `[threads_per_allocation] must be a power of 2 less than or equal to ${mostThreads}`,
    ]);
};

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

export const allocationRules = (sent: JsonObject): readonly string[] => {
  // Those of a deployment of another endpoint are not this one's.
  if (isGiven(sent.deployment_id)) return [];
  const { min_number_of_allocations: min, max_number_of_allocations: max } =
    allocations.safeParse(sent.adaptive_allocations).data ?? {};
  return [
    ...(isGiven(sent.num_allocations) || isGiven(sent.adaptive_allocations)
      ? []
      : [missingOneOf('service_settings', ['num_allocations', 'adaptive_allocations'])]),
    ...(typeof min === 'number' && min < 0
      ? ['[min_number_of_allocations] must be a non-negative integer or null']
      : []),
    ...(typeof max === 'number' && max < 1 ? ['[max_number_of_allocations] must be a positive integer or null'] : []),
    ...(typeof min === 'number' && typeof max === 'number' && min > max
      ? ['[min_number_of_allocations] must not be larger than [max_number_of_allocations]']
      : []),
  ];
};

export const chunkRules = (sent: JsonObject): readonly string[] =>
  sent.max_chunks_per_doc !== undefined && String(sent.long_document_strategy).toLowerCase() !== 'chunk'
    ? ['The [max_chunks_per_doc] setting requires [long_document_strategy] to be set to [chunk]']
    : [];

/** Chooses the model before anything else is read, as Elasticsearch does. */
const acceptModel = (task: TaskType) => (sent: JsonObject, found: Found) => {
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

/** Texts that Text Embeddings Inference takes at once. */
export const nodeBatch = 32;

/** The three tasks share how a model is deployed and rescaled. */
export const deployed = (task: TaskType, own: typeof settings | typeof rerankSettings) => ({
  stored: storedSettings,
  accept: acceptModel(task),
  putFor: settingsFor(task, own),
  settled,
  update: {
    settings: z
      .object({
        num_allocations: positiveInteger().nullable(),
        adaptive_allocations: allocations.nullable(),
        num_threads: z.unknown(),
      })
      .partial()
      .transform(({ num_allocations, adaptive_allocations }) => ({
        num_allocations: num_allocations ?? undefined,
        adaptive_allocations: adaptive_allocations ?? undefined,
      })),
    others: 'refused' as const,
    rules: (sent: JsonObject) => [
      ...(sent.num_threads === undefined ? [] : ['[num_threads] cannot be updated']),
      ...(isGiven(sent.num_allocations) && isGiven(sent.adaptive_allocations)
        ? ['[num_allocations] cannot be set if [adaptive_allocations] is set']
        : []),
      ...allocationRules(sent),
    ],
    // Setting one clears the other.
    merge: (stored: Settings, sent: Partial<Pick<Settings, 'num_allocations' | 'adaptive_allocations'>>): Settings => {
      const { num_allocations: _fixed, adaptive_allocations: _adaptive, ...rest } = stored;
      return { ...rest, ...sent };
    },
  },
  inputs: { perRequest: () => nodeBatch },
});
