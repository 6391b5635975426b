import * as z from 'zod';
import { anyObject, inputType, oneOrMany, refuse } from './body-fields.ts';
import { type ContentItem, contentItem, textItem } from './content-item.ts';
import { actionRequestValidation } from './errors.ts';
import type { InputType } from './input-type.ts';
import type { JsonDocument } from './json.ts';
import { parseBody } from './parse-body.ts';
import type { JsonObject } from './read-settings.ts';
import { named } from './schema-steps.ts';

/** The body of `embedding`: one group of items per input, which becomes one vector. */
export type EmbeddingRequest = {
  readonly input: readonly (readonly ContentItem[])[];
  readonly inputType?: InputType;
  readonly taskSettings: JsonObject;
};

const group = named('InferenceStringGroup', { content: oneOrMany(contentItem) }).transform(
  ({ content }, context): readonly ContentItem[] =>
    content.length > 0 ? content : refuse(context, '[content] field cannot be an empty array'),
);

const textGroup = (text: string): readonly ContentItem[] => [textItem(text)];

const textOrGroup = z.union([z.string().transform(textGroup), group]);

const body = z.strictObject({
  input: oneOrMany(textOrGroup, (value) => (typeof value === 'string' ? textGroup(value) : undefined)),
  input_type: inputType({ internal: true }).optional(),
  task_settings: anyObject.optional(),
});

/**
 * Reads the body of a multimodal embedding call.
 *
 * @throws InferenceError 400 `x_content_parse_exception`, `illegal_argument_exception` or `action_request_validation_exception`
 * @see the contract, §8
 */
export const parseEmbeddingRequest = (document: JsonDocument): EmbeddingRequest => {
  const { input, input_type, task_settings } = parseBody(body, 'EmbeddingRequest', document);
  // Elasticsearch's own name of the field, not the one that is sent.
  if (input.length === 0) throw actionRequestValidation(['Field [inputs] cannot be an empty array']);
  return { input, ...(input_type && { inputType: input_type }), taskSettings: task_settings ?? {} };
};
