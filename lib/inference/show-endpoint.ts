import { readChunkingSettings } from '../api/chunking-settings.ts';
import { statusException } from '../api/errors.ts';
import type { JsonObject } from '../api/read-settings.ts';
import { isEmbeddingTask, type TaskType } from '../api/task-type.ts';
import { findService } from '../services/index.ts';
import { findDefinition } from './definition.ts';
import type { Endpoint } from './resolve-endpoint.ts';

/** An endpoint as PUT, `_update` and GET show it; keys in this order, secrets never (contract §4.3). */
export type ShownEndpoint = {
  readonly inference_id: string;
  readonly task_type: TaskType;
  readonly service: string;
  readonly service_settings: JsonObject;
  readonly task_settings?: JsonObject;
  readonly chunking_settings?: JsonObject;
};

const isShown = (value: unknown): boolean => value !== undefined && value !== null;

/** The named settings in that order, without those that are not set; objects inside lose theirs as well. */
const pick = (settings: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(
    keys.flatMap((key) => {
      const value = settings[key];
      if (!isShown(value)) return [];
      return [[key, isPlainObject(value) ? pick(value, Object.keys(value)) : value]];
    }),
  );

const isPlainObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws InferenceError 500 for a row whose service is no longer there */
export const showEndpoint = async (endpoint: Endpoint): Promise<ShownEndpoint> => {
  const { inference_id, task_type, service, service_settings, task_settings, chunking_settings } = endpoint;
  const registered = await findService(service);
  if (!registered) {
    throw statusException(500, `Unknown service [${service}] for inference endpoint [${inference_id}].`);
  }
  const echo = registered.bind(
    (descriptor): readonly string[] => findDefinition(descriptor, task_type, service_settings)?.echo ?? [],
  );
  return {
    inference_id,
    task_type,
    service,
    service_settings: pick(service_settings, echo),
    ...(Object.keys(task_settings).length > 0 && { task_settings }),
    ...(isEmbeddingTask(task_type) && { chunking_settings: chunking_settings ?? readChunkingSettings(undefined) }),
  };
};
