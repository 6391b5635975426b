import * as z from 'zod';
import type { StreamEvent } from '../api/results.ts';
import { frameJson } from './frame-json.ts';
import type { Failure, StreamReader } from './service.ts';

// Streams of Cohere's chat, version 2: server-sent events whose data names its `type`. The last word is `message-end`; nothing marks the end
// of the body.

const delta = z.object({
  type: z.literal('content-delta'),
  delta: z.object({ message: z.object({ content: z.object({ text: z.string() }) }) }),
});

const end = z.object({
  type: z.literal('message-end'),
  delta: z.object({ finish_reason: z.string().nullish(), error: z.string().nullish() }).nullish(),
});

const typed = z.object({ type: z.string() });
const error = z.object({ message: z.string() });

/** Statuses of the reasons for which an answer is broken off. */
const broken: Readonly<Record<string, number>> = { ERROR: 500, ERROR_TOXIC: 500, ERROR_LIMIT: 429, TIMEOUT: 500 };

const stopped = (reason: string, words: string | null | undefined): Failure | undefined => {
  const status = Object.hasOwn(broken, reason) ? broken[reason] : undefined;
  if (status === undefined) return undefined;
  return { status, reason: `Cohere stopped the stream due to an error${words ? `: ${words}` : ''}` };
};

/** Data without a type is no event: an error in the form of whole answers, or nothing that anyone knows. */
const untyped = (data: unknown, id: string): Failure => {
  const words = error.safeParse(data).data?.message;
  return {
    status: 500,
    reason: `Received an error response for request from inference entity id [${id}]${words ? `. Error message: [${words}]` : ''}`,
  };
};

/** One event for each piece of text; thoughts, tool calls and citations are passed over. */
export const openCompletionStream = ({ id }: { readonly id: string }): StreamReader => {
  let ended = false;
  return {
    finished: () => ended,
    next: ({ data: text }): readonly StreamEvent[] | Failure => {
      const data = frameJson(text);
      if (!typed.safeParse(data).success) return untyped(data, id);
      const last = end.safeParse(data).data;
      if (last) {
        ended = true;
        return stopped(last.delta?.finish_reason ?? '', last.delta?.error) ?? [];
      }
      const piece = delta.safeParse(data).data;
      return piece ? [{ kind: 'completion', deltas: [piece.delta.message.content.text] }] : [];
    },
  };
};
