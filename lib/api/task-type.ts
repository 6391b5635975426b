import { unknownTaskType } from './errors.ts';

/** Every task type, in the order in which Elasticsearch lists them. */
export const taskTypes = [
  'text_embedding',
  'sparse_embedding',
  'rerank',
  'completion',
  'chat_completion',
  'embedding',
] as const;

export type TaskType = (typeof taskTypes)[number];

const byName = new Map<string, TaskType>(taskTypes.map((taskType) => [taskType, taskType]));

/**
 * Reads a task type as Elasticsearch does: trimmed, in any case. `any` is its wildcard and never stored.
 *
 * @throws InferenceError 400 `status_exception` for a name that is none
 */
export const parseTaskType = (text: string): TaskType | 'any' => {
  const name = text.trim().toLowerCase();
  if (name === 'any') return 'any';
  const taskType = byName.get(name);
  if (!taskType) throw unknownTaskType(text);
  return taskType;
};

/** The three task types whose endpoints carry `chunking_settings`. */
export const isEmbeddingTask = (taskType: TaskType): boolean =>
  taskType === 'text_embedding' || taskType === 'sparse_embedding' || taskType === 'embedding';
