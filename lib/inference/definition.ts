import type { JsonObject } from '../api/read-settings.ts';
import type { TaskType } from '../api/task-type.ts';
import type { Service, TaskDefinition } from '../services/service.ts';

/**
 * The definition of a task for these settings.
 *
 * @param settings - as a PUT sends them, or as they are stored
 * @returns undefined for a task that the service does not have
 * @throws InferenceError for settings that have no such task
 */
export const findDefinition = <S, T, K>(
  { tasks }: Service<S, T, K>,
  task: TaskType,
  settings: JsonObject,
): TaskDefinition<S, T> | undefined => {
  const definition = tasks[task];
  return definition?.variant?.(settings) ?? definition;
};
