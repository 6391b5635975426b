import { statusException } from '../api/errors.ts';
import { javaMap, javaText } from '../api/java.ts';
import type { JsonObject } from '../api/read-settings.ts';
import { isJsonObject } from '../api/schema-steps.ts';
import { parseTaskType, type TaskType } from '../api/task-type.ts';
import { shownBody } from './shown-body.ts';

const updatable = ['task_type', 'service_settings', 'task_settings'];

/** What an update asks for. */
export type Changes = {
  readonly taskType: TaskType;
  readonly serviceSettings: JsonObject | undefined;
  readonly taskSettings: JsonObject | undefined;
};

const settingsOf = (
  root: JsonObject,
  key: 'service_settings' | 'task_settings',
  words: string,
): JsonObject | undefined => {
  const value = root[key];
  if (value === undefined || isJsonObject(value)) return value;
  throw statusException(400, `Unable to parse ${words} in the request [${javaText(shownBody(root))}]`);
};

/**
 * Reads the body of an update, and the task type out of path or body.
 *
 * @throws InferenceError 400, and 500 for a task type that is no string, as Elasticsearch has it
 * @see the contract, §5
 */
export const readChanges = (root: JsonObject, pathTaskType: TaskType | 'any' | undefined): Changes => {
  const names = Object.keys(root);
  if (names.length === 0) throw statusException(400, 'Request body is empty');
  const others = names.filter((name) => !updatable.includes(name));
  if (others.length > 0) {
    const fields = javaMap(others.map((name) => [name, root[name]]));
    throw statusException(
      400,
      `Request contained fields which cannot be updated, remove these fields and try again [${fields}]`,
    );
  }
  const serviceSettings = settingsOf(root, 'service_settings', 'service settings');
  const taskSettings = settingsOf(root, 'task_settings', 'task settings');
  return { taskType: taskTypeOf(root, pathTaskType), serviceSettings, taskSettings };
};

const taskTypeOf = (root: JsonObject, pathTaskType: TaskType | 'any' | undefined): TaskType => {
  const { task_type: sent } = root;
  if (sent !== undefined && typeof sent !== 'string')
    throw statusException(500, `Failed to parse [task_type] in update request [${javaText(shownBody(root))}]`);
  const inPath = pathTaskType === 'any' ? undefined : pathTaskType;
  const inBody = sent === undefined ? undefined : parseTaskType(sent);
  if (inBody === 'any') throw statusException(400, 'task_type [any] is not valid type for inference');
  if (inPath && inBody && inPath !== inBody) throw otherTaskType();
  const taskType = inPath ?? inBody;
  if (!taskType) throw statusException(400, 'model is missing required setting [task_type]');
  return taskType;
};

export const otherTaskType = () => statusException(400, 'Task type must match the task type of the existing endpoint');
