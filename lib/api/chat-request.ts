import * as z from 'zod';
import { anyObject, flag, float, long, oneOrMany, texts, timeValue } from './body-fields.ts';
import { chatMessage } from './chat-message.ts';
import { reasoning } from './chat-reasoning.ts';
import { actionRequestValidation } from './errors.ts';
import type { JsonDocument } from './json.ts';
import { parseBody } from './parse-body.ts';
import { named } from './schema-steps.ts';

const functionName = named('tool_choice_function_field', { name: z.string() });

const toolChoice = z.union([z.string(), named('ToolChoiceObject', { type: z.string(), function: functionName })]);

const tool = named('Tool', {
  type: z.string(),
  function: named('tool_function_field', {
    description: z.string().optional(),
    name: z.string(),
    parameters: anyObject.optional(),
    strict: flag.optional(),
  }),
});

const cacheControl = named('CacheControl', {
  type: z.string().optional(),
  ttl: timeValue('ttl')
    .nullable()
    .transform((ttl) => ttl ?? undefined)
    .optional(),
});

const body = z.strictObject({
  messages: oneOrMany(chatMessage),
  /** Instead of the endpoint's own. */
  model: z.string().optional(),
  max_completion_tokens: long.optional(),
  stop: texts.optional(),
  temperature: float.optional(),
  tool_choice: toolChoice.optional(),
  tools: oneOrMany(tool).optional(),
  top_p: float.optional(),
  reasoning: reasoning.optional(),
  cache_control: cacheControl.optional(),
  session_id: z.string().optional(),
});

/** The body of `chat_completion` in the names of the wire; lists are lists, also where one value was sent. */
export type ChatRequest = z.output<typeof body>;

const toldInStandardEnvelope = new WeakSet<object>();

/** Whether an error is told in the standard envelope even where chat errors have their own: Elasticsearch finds it before its chat code. */
export const usesStandardEnvelope = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && toldInStandardEnvelope.has(error);

/**
 * Reads the body of a chat call, whole or streamed.
 *
 * @throws InferenceError 400 `x_content_parse_exception`, `illegal_argument_exception` or `action_request_validation_exception`
 * @see the contract, §11.1 and §11.2
 */
export const parseChatRequest = (document: JsonDocument): ChatRequest => {
  const request = parseBody(body, 'UnifiedCompletionRequestBody', document);
  if (request.messages.length > 0) return request;
  const error = actionRequestValidation(['Field [messages] cannot be an empty array']);
  toldInStandardEnvelope.add(error);
  throw error;
};
