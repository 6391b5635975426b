import * as z from 'zod';
import { type InferenceError, statusException } from '../api/errors.ts';
import { type JsonObject, readSettings } from '../api/read-settings.ts';
import type { TaskType } from '../api/task-type.ts';
import { elastic } from './amazon_sagemaker-elastic.ts';
import { openai } from './amazon_sagemaker-openai.ts';
import { type Api, common, type SageMakerTask, storedSettings } from './amazon_sagemaker-settings.ts';

/** What models may speak, by the names that settings give it. */
const apis: Readonly<Record<string, Api>> = { openai, elastic };

const tasksOf = (api: string): Api => (Object.hasOwn(apis, api) && apis[api]) || {};

const listed = (tasks: readonly string[]): string => `[[${tasks.join(', ')}]]`;

/** In the words of Elasticsearch, which give the API as the task and the task as the API. */
const notCompatible = (api: string, task: TaskType): InferenceError =>
  statusException(
    405,
    `Task [${api}] is not compatible for service [sagemaker] and api [${task}]. Supported tasks: ${listed(Object.keys(tasksOf(api)))}`,
  );

/** The refusal of a stream of a task that has none: 405. */
export const notStreamed = (settings: JsonObject, task: TaskType): InferenceError => {
  const api = String(settings.api);
  const streamed = Object.entries(tasksOf(api)).flatMap(([name, { stream }]) => (stream ? [name] : []));
  return statusException(
    405,
    `Streaming is not allowed for service [sagemaker], api [${api}], and task [${task}]. Supported streaming tasks: ${listed(streamed)}`,
  );
};

const commonSettings = z.object(common);

/** One task, which is as the API of an endpoint has it; unknown APIs are refused with 405. */
export const byApi = (task: TaskType): SageMakerTask => {
  const [first] = Object.values(apis).flatMap((api) => api[task] ?? []);
  if (!first) throw new Error(`No API has ${task}`);
  return {
    ...first,
    put: task === 'text_embedding' ? storedSettings : commonSettings,
    variant: (settings) => {
      const read = readSettings(commonSettings, 'service_settings', settings);
      // What is wrong with them is told when they are read, and before their API is looked up.
      if (!read.ok) return { ...first, put: commonSettings };
      const { api } = read.value;
      const definition = tasksOf(api)[task];
      if (!definition) throw notCompatible(api, task);
      return definition;
    },
  };
};
