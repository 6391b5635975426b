import * as z from 'zod';
import type { JsonObject } from '../api/read-settings.ts';
import { flag, integer, oneOf, positiveInteger, settingsMap, similarity, text } from '../api/settings.ts';
import type { TaskType } from '../api/task-type.ts';
import { isBuiltIn } from './elasticsearch-models.ts';

// Settings of models on the ML node: what a PUT may send, and what is stored.

export const allocations = settingsMap({
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

export const storedSettings = z.object({
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

export const chunkRules = (sent: JsonObject): readonly string[] =>
  sent.max_chunks_per_doc !== undefined && String(sent.long_document_strategy).toLowerCase() !== 'chunk'
    ? ['The [max_chunks_per_doc] setting requires [long_document_strategy] to be set to [chunk]']
    : [];
