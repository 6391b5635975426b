import * as z from 'zod';
import { oneOrMany, refuse } from './body-fields.ts';
import { contentPart } from './chat-content.ts';
import { reasoningDetail } from './chat-reasoning.ts';
import { JsonDecimal } from './json.ts';
import { list, named, tokenOf } from './schema-steps.ts';

/** Values that Elasticsearch's parser lets through, for its reader of contents to refuse them. */
const noContent = z
  .union([z.number(), z.boolean(), z.null(), z.instanceof(JsonDecimal)])
  .transform((sent, context): never => {
    const message = `Expected an array start token or a value string token but found token [${tokenOf(sent)}]`;
    return refuse(context, message, 'x_content_parse_exception');
  });

const toolCall = named('ToolCall', {
  id: z.string(),
  function: named('tool_call_function_field', { arguments: z.string(), name: z.string() }),
  type: z.string(),
});

/** One message of a conversation, in any role. */
export const chatMessage = named('Message', {
  // May be left out, but not be null.
  content: z.union([z.string(), list(contentPart), noContent]).optional(),
  role: z.string(),
  tool_call_id: z.string().optional(),
  tool_calls: oneOrMany(toolCall).optional(),
  reasoning: z.string().optional(),
  reasoning_details: oneOrMany(reasoningDetail).optional(),
});

export type ChatMessage = z.output<typeof chatMessage>;
