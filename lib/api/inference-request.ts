import * as z from 'zod';
import { anyObject, inputType, texts, timeValue } from './body-fields.ts';
import { actionRequestValidation } from './errors.ts';
import { type InputType, isSpecified } from './input-type.ts';
import type { JsonDocument } from './json.ts';
import { parseBody } from './parse-body.ts';
import type { JsonObject } from './read-settings.ts';
import type { TaskType } from './task-type.ts';

/** The body of `text_embedding`, `sparse_embedding` and `completion`. */
export type InferenceRequest = {
  readonly input: readonly string[];
  readonly inputType?: InputType;
  readonly taskSettings: JsonObject;
};

const body = z.strictObject({
  input: texts.optional(),
  input_type: inputType({ internal: false }).optional(),
  task_settings: anyObject.optional(),
  // Read, but the query parameter of that name or the default counts.
  timeout: timeValue('timeout').optional(),
});

/**
 * Reads the body of the tasks that take plain texts.
 *
 * @param pathTaskType - as the path named it; only then an input type is refused for tasks that have none
 * @throws InferenceError 400 `x_content_parse_exception` or `action_request_validation_exception`
 * @see the contract, §8
 */
export const parseInferenceRequest = (document: JsonDocument, pathTaskType: TaskType | undefined): InferenceRequest => {
  const sent = parseBody(body, 'cluster:internal/xpack/inference', document);
  if (!sent.input) throw actionRequestValidation(['Field [input] cannot be null']);
  if (sent.input.length === 0) throw actionRequestValidation(['Field [input] cannot be an empty array']);
  if (pathTaskType && pathTaskType !== 'text_embedding' && isSpecified(sent.input_type))
    throw actionRequestValidation([`Field [input_type] cannot be specified for task type [${pathTaskType}]`]);
  return {
    input: sent.input,
    ...(sent.input_type && { inputType: sent.input_type }),
    taskSettings: sent.task_settings ?? {},
  };
};
