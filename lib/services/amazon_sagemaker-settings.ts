import * as z from 'zod';
import type { JsonObject } from '../api/read-settings.ts';
import { flag, oneOf, positiveInteger, similarity, text } from '../api/settings.ts';
import type { TaskType } from '../api/task-type.ts';
import { awsRegion } from './aws-keys.ts';
import type { Call, TaskDefinition } from './service.ts';

// What endpoints of SageMaker hold, whatever their models speak.

/** What every endpoint says. */
export const common = {
  endpoint_name: text(),
  region: awsRegion(),
  /** What the model behind it speaks. Compared as it is: a name that nobody knows has messages of its own. */
  api: text(),
  target_model: text().optional(),
  target_container_hostname: text().optional(),
  inference_component_name: text().optional(),
  batch_size: positiveInteger().optional(),
};

/** What endpoints of dense embeddings may say besides, whichever API they name. */
export const dense = {
  dimensions: positiveInteger().optional(),
  dimensions_set_by_user: flag().optional(),
  similarity: similarity().optional(),
  element_type: oneOf(['bit', 'byte', 'float'], { anyCase: true }).optional(),
};

export const storedSettings = z.object({ ...common, ...dense });
export type Settings = z.output<typeof storedSettings>;

/** What becomes a header of the request. */
export const requestSettings = {
  custom_attributes: text().optional(),
  enable_explanations: text().optional(),
  inference_id: text().optional(),
  session_id: text().optional(),
  target_variant: text().optional(),
};

const taskSettings = z.object({ ...requestSettings, user: text().optional() });
/** Those of `elastic` hold whatever else a request says. */
export type TaskSettings = z.output<typeof taskSettings> & JsonObject;

export type SageMakerCall = Call<Settings, TaskSettings>;
export type SageMakerTask = TaskDefinition<Settings, TaskSettings>;

/** The tasks of one API. */
export type Api = Partial<Record<TaskType, SageMakerTask>>;

export const commonEcho = [
  'endpoint_name',
  'region',
  'api',
  'target_model',
  'target_container_hostname',
  'inference_component_name',
  'batch_size',
] as const;

/** All but what an API decides. Nothing but keys can be updated; like Elasticsearch's older services it passes over what else is sent. */
export const shared = {
  put: z.object(common),
  stored: storedSettings,
  update: { settings: z.object({}), others: 'ignored' },
  echo: commonEcho,
} as const;
