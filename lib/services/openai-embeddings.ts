import * as z from 'zod';
import { denseKey, type InferenceResult } from '../api/results.ts';
import type { TaskType } from '../api/task-type.ts';
import { vectorOrPacked } from './dense.ts';

/** `data[].embedding` in the order of `data`, as OpenAI answers; `index` does not count. */
export const readEmbeddings = ({ task }: { readonly task: TaskType }): z.ZodType<InferenceResult> =>
  z
    .object({ data: z.array(z.object({ embedding: vectorOrPacked })) })
    .transform(({ data }) => ({ kind: 'dense', key: denseKey(task), rows: data }));
