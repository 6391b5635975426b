import * as z from 'zod';
import { anyObject, flag, float, long, oneOrMany, texts, timeValue } from './body-fields.ts';
import { type ChatMessage, chatMessage } from './chat-message.ts';
import { reasoning } from './chat-reasoning.ts';
import { actionRequestValidation } from './errors.ts';
import { type JsonDocument, mostValues } from './json.ts';
import { countValues } from './json-count.ts';
import { tooManyValues } from './json-errors.ts';
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

/** What a tool answered, where that looks like a JSON object. */
const objectOf = ({ role, content = '' }: ChatMessage): readonly string[] => {
  if (role !== 'tool') return [];
  const text =
    typeof content === 'string' ? content : content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  return /^\s*\{/.test(text) ? [text] : [];
};

/**
 * Arguments and answers of tools are JSON within JSON, which some services take as values: those count as the values of the body do.
 *
 * @throws InferenceError 413 for more than a body may hold
 */
const limitNestedValues = (messages: readonly ChatMessage[]): void => {
  const texts = messages.flatMap((message) => [
    ...(message.tool_calls ?? []).map((call) => call.function.arguments),
    ...objectOf(message),
  ]);
  // A value has a character, and another one parts it from the next.
  if (texts.reduce((sum, text) => sum + text.length, 0) < 2 * mostValues) return;
  let left = mostValues;
  for (const text of texts) {
    left -= countValues(text, left);
    if (left < 0) throw tooManyValues(mostValues);
  }
};

const toldInStandardEnvelope = new WeakSet<object>();

/** Whether an error is told in the standard envelope even where chat errors have their own: Elasticsearch finds it before its chat code. */
export const usesStandardEnvelope = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && toldInStandardEnvelope.has(error);

/**
 * Reads the body of a chat call, whole or streamed.
 *
 * @throws InferenceError 400 `x_content_parse_exception`, `illegal_argument_exception` or `action_request_validation_exception`, 413 for
 *   too many values in what tools get and answer
 * @see the contract, §11.1 and §11.2
 */
export const parseChatRequest = (document: JsonDocument): ChatRequest => {
  const request = parseBody(body, 'UnifiedCompletionRequestBody', document);
  limitNestedValues(request.messages);
  if (request.messages.length > 0) return request;
  const error = actionRequestValidation(['Field [messages] cannot be an empty array']);
  toldInStandardEnvelope.add(error);
  throw error;
};
