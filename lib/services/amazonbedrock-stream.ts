import * as z from 'zod';
import type { StreamEvent } from '../api/results.ts';
import type { Frame } from '../transport/types.ts';
import {
  answeringFrom,
  chatUsage,
  converseUsage,
  finishReason,
  reasoningContent,
  said,
} from './amazonbedrock-answer.ts';
import { argumentsPart, type ChatDelta, chatChunk, createNumbering, toolCall, usageChunk } from './chat-answers.ts';
import { hiddenThought, thought, thoughtSignature } from './claude-reasoning.ts';
import { frameJson } from './frame-json.ts';
import type { Failure, StreamReader } from './service.ts';

// Streams of Bedrock's ConverseStream: `messageStart`, blocks of content one after the other, `messageStop`, then `metadata`.

/** A failure that is told by itself; Elasticsearch gives all of Bedrock's this one status. */
export const bedrockFailure = (where: string, message: string): Failure => ({
  status: 500,
  type: 'exception',
  reason: `AmazonBedrock ${where} failure: [${message}]`,
});

export const streamingProcessor = 'StreamingChatProcessor';

/** AWS writes the name of the one field in both ways. */
const complaint = z.object({ message: z.string().optional(), Message: z.string().optional() });

/** The message of an exception, else its name. */
export const exceptionMessage = (body: unknown, name: string): string => {
  const { message, Message } = complaint.safeParse(body).data ?? {};
  return message ?? Message ?? name;
};

type Events = readonly StreamEvent[];
type Handler = (data: unknown) => Events;

const events = new Set([
  'messageStart',
  'contentBlockStart',
  'contentBlockDelta',
  'contentBlockStop',
  'messageStop',
  'metadata',
]);

/** Exceptions and errors have names of their own; other events may be added any day and say nothing here. */
const isFailure = (name: string): boolean => !events.has(name) && /(?:Exception|Error|Failure)$/.test(name);

/** Reads frames by their names. Tokens are told after the last word, but not by everyone who speaks like Bedrock. */
const bedrockReader = (handlers: Readonly<Record<string, Handler>>): StreamReader => {
  let stopped = false;
  let told = false;
  return {
    finished: () => told,
    mayEnd: () => stopped,
    next: ({ event = '', data }: Frame) => {
      const json = frameJson(data);
      if (isFailure(event)) return bedrockFailure(streamingProcessor, exceptionMessage(json, event));
      stopped ||= event === 'messageStop';
      told ||= event === 'metadata';
      return (Object.hasOwn(handlers, event) && handlers[event]?.(json)) || [];
    },
  };
};

/** Which block of the answer an event belongs to. */
const blockIndex = said(z.int()).transform((index) => index ?? 0);

const delta = z.object({
  contentBlockIndex: blockIndex,
  delta: z.object({
    text: said(z.string()),
    toolUse: said(z.object({ input: z.string() })),
    reasoningContent: said(reasoningContent),
  }),
});

/** The text of a completion as it comes. */
export const openConverseCompletion = (): StreamReader =>
  bedrockReader({
    contentBlockDelta: (data) => {
      const text = delta.safeParse(data).data?.delta.text;
      return text === undefined ? [] : [{ kind: 'completion', deltas: [text] }];
    },
  });

const toolStart = z.object({
  contentBlockIndex: blockIndex,
  start: z.object({ toolUse: z.object({ toolUseId: z.string(), name: z.string() }) }),
});
const messageStop = z.object({ stopReason: said(z.string()) });
const metadata = z.object({ usage: converseUsage });

/**
 * One chunk for each event that says something.
 *
 * @param byClaude - whether reasoning comes with what Claude needs to have it back
 */
export const openConverseChat = (model: string, byClaude: boolean): StreamReader => {
  const answering = answeringFrom(model);
  const tools = createNumbering();
  const thoughts = createNumbering();
  const chunk = (added: ChatDelta, reason?: string): Events => [chatChunk(answering, added, reason)];

  const reasoningChunks = (block: number, reasoning: z.output<typeof reasoningContent>): Events => {
    const { text, signature, redactedContent } = reasoning;
    if (!byClaude) return text === undefined ? [] : chunk({ reasoning: text });
    const index = thoughts.number(block);
    if (text !== undefined) return chunk({ reasoning: text, reasoning_details: [thought(index, text)] });
    if (signature !== undefined) return chunk({ reasoning_details: [thoughtSignature(index, signature)] });
    return redactedContent === undefined ? [] : chunk({ reasoning_details: [hiddenThought(index, redactedContent)] });
  };

  return bedrockReader({
    messageStart: () => chunk({ role: 'assistant' }),
    contentBlockStart: (data) => {
      const started = toolStart.safeParse(data).data;
      if (!started) return [];
      const { toolUseId: id, name } = started.start.toolUse;
      return chunk({
        role: 'assistant',
        tool_calls: [toolCall(tools.number(started.contentBlockIndex), { id, name })],
      });
    },
    contentBlockDelta: (data) => {
      const read = delta.safeParse(data).data;
      if (!read) return [];
      const { text, toolUse, reasoningContent: reasoning } = read.delta;
      if (text !== undefined) return chunk({ content: text });
      if (reasoning) return reasoningChunks(read.contentBlockIndex, reasoning);
      const call = tools.numberOf(read.contentBlockIndex);
      if (!toolUse || call === undefined) return [];
      // Unlike others, Elasticsearch says here with each piece what it belongs to.
      return chunk({ tool_calls: [{ ...argumentsPart(call, toolUse.input), type: 'function' }] });
    },
    messageStop: (data) => chunk({}, finishReason(messageStop.safeParse(data).data?.stopReason)),
    metadata: (data) => {
      const read = metadata.safeParse(data).data;
      return read ? [usageChunk(answering, chatUsage(read.usage))] : [];
    },
  });
};
