import type { TaskType } from '../api/task-type.ts';

// The built-in models: their ids, and which task each serves.

export const platform = '_linux-x86_64';

/** Each built-in model with the one task that it serves. */
export const models: Readonly<Record<string, TaskType>> = {
  '.multilingual-e5-small': 'text_embedding',
  '.elser_model_2': 'sparse_embedding',
  '.rerank-v1': 'rerank',
};
/** The one without a variant for a platform. */
export const withoutPlatform = '.rerank-v1';
export const defaultElser = `.elser_model_2${platform}`;

/** The model behind an id: platform variants are the same model. */
export const modelOf = (modelId: string): string =>
  modelId.endsWith(platform) ? modelId.slice(0, -platform.length) : modelId;

export const isBuiltIn = (modelId: string): boolean => Object.hasOwn(models, modelOf(modelId));
