import * as z from 'zod';
import type { Frame } from '../transport/types.ts';
import { type AnthropicUsage, anthropicUsage, chatUsage, finishReason, typed } from './anthropic-answer.ts';
import { type Events, type Handlers, handlerOf, none, reading, typeOf } from './anthropic-events.ts';
import {
  type Answering,
  argumentsPart,
  type ChatDelta,
  chatChunk,
  createNumbering,
  toolCall,
  usageChunk,
} from './chat-answers.ts';
import { hiddenThought, thought, thoughtSignature } from './claude-reasoning.ts';
import { frameJson } from './frame-json.ts';
import type { Failure, StreamReader } from './service.ts';

/** What Elasticsearch calls every error of Anthropic in a chat. */
export const anthropicError = 'anthropic_error';

const chatFailure = ({ data }: Frame, id: string): Failure => ({
  status: 500,
  reason: `Received an error response for request from inference entity id [${id}]. Error message: [${data}]`,
  chat: { type: anthropicError, code: 'stream_error' },
});

const position = { index: z.int() };
const messageStart = z.object({
  message: z.object({ id: z.string(), model: z.string(), usage: anthropicUsage.optional() }),
});
const blockStart = z.object({ content_block: typed });
const blockDelta = z.object({ delta: typed });
const messageDelta = z.object({
  delta: z.object({ stop_reason: z.string().nullish() }).optional(),
  usage: anthropicUsage.optional(),
});

const starts = {
  text: z.object({ ...position, content_block: z.object({ text: z.string() }) }),
  tool_use: z.object({ ...position, content_block: z.object({ id: z.string(), name: z.string() }) }),
  thinking: z.object({ ...position, content_block: z.object({ thinking: z.string() }) }),
  redacted_thinking: z.object({ ...position, content_block: z.object({ data: z.string() }) }),
};
const deltas = {
  text_delta: z.object({ ...position, delta: z.object({ text: z.string() }) }),
  input_json_delta: z.object({ ...position, delta: z.object({ partial_json: z.string() }) }),
  thinking_delta: z.object({ ...position, delta: z.object({ thinking: z.string() }) }),
  signature_delta: z.object({ ...position, delta: z.object({ signature: z.string() }) }),
};

const thinkingNames: ReadonlySet<string | undefined> = new Set([
  'thinking',
  'redacted_thinking',
  'thinking_delta',
  'signature_delta',
]);

/** Later counts replace earlier ones; of the input only where they say something. */
const updatedUsage = (before: AnthropicUsage, now: AnthropicUsage): AnthropicUsage => ({
  input_tokens: now.input_tokens || before.input_tokens,
  output_tokens: now.output_tokens,
  cache_read_input_tokens: now.cache_read_input_tokens || before.cache_read_input_tokens,
  cache_creation_input_tokens: now.cache_creation_input_tokens || before.cache_creation_input_tokens,
});

/**
 * One chunk for each event that says something.
 *
 * @param showReasoning - whether the caller wants to see what the model thinks
 */
export const openAnthropicChat = ({ id }: { readonly id: string }, showReasoning: boolean): StreamReader => {
  let stopped = false;
  let message: Answering = { id: '', model: '' };
  let usage = anthropicUsage.parse({});
  const tools = createNumbering();
  const thoughts = createNumbering();
  const chunk = (added: ChatDelta, reason?: string): Events => [chatChunk(message, added, reason)];
  const show = (index: number, text: string): Events =>
    chunk({ reasoning: text, reasoning_details: [thought(index, text)] });

  const startHandlers = {
    text: reading(starts.text, ({ content_block: { text } }) => chunk({ content: text })),
    tool_use: reading(starts.tool_use, ({ index, content_block: call }) =>
      chunk({ tool_calls: [toolCall(tools.number(index), { id: call.id, name: call.name, arguments: '' })] }),
    ),
    thinking: reading(starts.thinking, ({ index, content_block: { thinking } }) =>
      show(thoughts.number(index), thinking),
    ),
    redacted_thinking: reading(starts.redacted_thinking, ({ index, content_block: { data } }) =>
      chunk({ reasoning_details: [hiddenThought(thoughts.number(index), data)] }),
    ),
  };
  const deltaHandlers = {
    text_delta: reading(deltas.text_delta, ({ delta: { text } }) => chunk({ content: text })),
    input_json_delta: reading(deltas.input_json_delta, ({ index, delta }) => {
      const call = tools.numberOf(index);
      return call === undefined ? [] : chunk({ tool_calls: [argumentsPart(call, delta.partial_json)] });
    }),
    thinking_delta: reading(deltas.thinking_delta, ({ index, delta }) => {
      const number = thoughts.numberOf(index);
      return number === undefined ? [] : show(number, delta.thinking);
    }),
    signature_delta: reading(deltas.signature_delta, ({ index, delta }) => {
      const number = thoughts.numberOf(index);
      return number === undefined ? [] : chunk({ reasoning_details: [thoughtSignature(number, delta.signature)] });
    }),
  };
  const inBlock = (handlers: Handlers, type: string): ((data: unknown) => Events) =>
    thinkingNames.has(type) && !showReasoning ? none : handlerOf(handlers, type);

  const handlers = {
    message_start: reading(messageStart, ({ message: started }) => {
      message = { id: started.id, model: started.model };
      usage = started.usage ?? usage;
      return chunk({ role: 'assistant' });
    }),
    content_block_start: (data: unknown) =>
      reading(blockStart, ({ content_block: { type } }) => inBlock(startHandlers, type)(data))(data),
    content_block_delta: (data: unknown) =>
      reading(blockDelta, ({ delta: { type } }) => inBlock(deltaHandlers, type)(data))(data),
    message_delta: reading(messageDelta, ({ delta, usage: now }) => {
      if (now) usage = updatedUsage(usage, now);
      return delta?.stop_reason ? chunk({}, finishReason(delta.stop_reason)) : [];
    }),
    message_stop: () => {
      stopped = true;
      return [usageChunk(message, chatUsage(usage))];
    },
  };
  return {
    finished: () => stopped,
    next: (frame) => {
      const data = frameJson(frame.data);
      const type = frame.event ?? typeOf(data);
      return type === 'error' ? chatFailure(frame, id) : handlerOf(handlers, type)(data);
    },
  };
};
