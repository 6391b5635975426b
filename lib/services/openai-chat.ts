import * as z from 'zod';
import { chatCompletion, chatCompletionChunk } from '../api/chat-completion.ts';
import type { CompletionResult, InferenceResult, StreamEvent } from '../api/results.ts';
import type { Frame } from '../transport/types.ts';
import { chatErrorWithoutWords, readOpenAiError } from './failures.ts';
import type { Failure, StreamReader } from './service.ts';

// OpenAI's dialect of completions, whole and streamed: `choices` with messages or deltas, `data: [DONE]` at the end.

const completionAnswer = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullish() }) })),
});

/** `choices[].message.content`, one result per choice. */
export const readCompletion: z.ZodType<InferenceResult> = completionAnswer.transform(
  ({ choices }): CompletionResult => ({
    kind: 'completion',
    results: choices.map(({ message }) => message.content ?? ''),
  }),
);

/** A whole chat answer. */
export const readChat: z.ZodType<InferenceResult> = chatCompletion.transform((completion) => ({
  kind: 'chat' as const,
  completion,
}));

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const deltas = z.object({
  choices: z.array(z.object({ delta: z.object({ content: z.string().nullish() }).optional() })),
});

const isDone = ({ data }: Frame): boolean => data.trim().toUpperCase() === '[DONE]';

/** An error inside a stream: the service's own words where its data has them. */
const streamFailure = (data: unknown, id: string): Failure => {
  const { message, type, code, param } = readOpenAiError(data);
  const reason = 'Received an error response for request from inference entity id';
  if (message === undefined) {
    return {
      status: 500,
      reason: `${reason} [${id}]`,
      chat: { type: chatErrorWithoutWords, code: 'stream_error' },
    };
  }
  return { status: 500, reason: `${reason} [${id}]. Error message: [${message}]`, chat: { type, code, param } };
};

/** Reads frames until `[DONE]`; `read` turns the JSON of one into events, or undefined when it cannot. */
const openAiReader = (id: string, read: (data: unknown) => readonly StreamEvent[] | Failure): StreamReader => {
  let done = false;
  return {
    finished: () => done,
    next: (frame) => {
      if (done) return [];
      if (isDone(frame)) {
        done = true;
        return [];
      }
      const data = parseJson(frame.data);
      if (frame.event === 'error' || readOpenAiError(data).message !== undefined) return streamFailure(data, id);
      return read(data);
    },
  };
};

/** `choices[].delta.content` of each frame; empty ones are left out. */
export const openCompletionStream = ({ id }: { readonly id: string }): StreamReader =>
  openAiReader(id, (data) => {
    const parsed = deltas.safeParse(data);
    if (!parsed.success) {
      return {
        status: 500,
        reason: 'Failed to find required field [choices] in OpenAI chat completions response',
      };
    }
    const texts = parsed.data.choices.flatMap(({ delta }) => (delta?.content ? [delta.content] : []));
    return texts.length > 0 ? [{ kind: 'completion', deltas: texts }] : [];
  });

/** One chunk per frame, in Elasticsearch's keys. */
export const openChatStream = ({ id }: { readonly id: string }): StreamReader =>
  openAiReader(id, (data) => {
    const chunk = chatCompletionChunk.safeParse(data);
    if (!chunk.success) return streamFailure(undefined, id);
    return [{ kind: 'chat', chunk: chunk.data }];
  });
