import * as z from 'zod';
import { InferenceError, illegalArgument, statusException } from '../api/errors.ts';
import type { JsonObject } from '../api/read-settings.ts';
import { flag, integer, missingOneOf, oneOf, positiveInteger, settingsMap, text } from '../api/settings.ts';
import type { TaskType } from '../api/task-type.ts';

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

const storedSettings = z.object(rerankSettings);
export type Settings = z.output<typeof storedSettings>;

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

export const allocationRules = (sent: JsonObject): readonly string[] => {
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
const acceptModel = (task: TaskType) => (sent: JsonObject) => {
  const { model_id: modelId } = sent;
  if (modelId === undefined) throw illegalArgument('Error parsing service settings, model_id must be provided');
  if (typeof modelId !== 'string') return;
  const noVariant = `Error parsing request config, model id does not match any models available on this platform. Was [${modelId}]`;
  if (modelId === '.elser_model_1' || modelId === `.elser_model_1${platform}`)
    throw illegalArgument(`${noVariant}. You may need to use a platform agnostic model.`);
  const model = modelOf(modelId);
  if (!Object.hasOwn(models, model) || (model === withoutPlatform && modelId !== model))
    throw new InferenceError(404, 'resource_not_found_exception', `No known trained model with model_id [${modelId}]`);
  if (models[model] !== task)
    throw statusException(400, `The [elasticsearch] service does not support task type [${task}]`);
};

/** Texts that Text Embeddings Inference takes at once. */
export const nodeBatch = 32;

/** The three tasks share how a model is deployed and rescaled. */
export const deployed = (task: TaskType) => ({
  stored: storedSettings,
  accept: acceptModel(task),
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
