import * as z from 'zod';
import { chatCompletion, chatCompletionChunk } from '../api/chat-completion.ts';
import type { ChatErrorDetails } from '../api/errors.ts';
import type { CompletionResult, InferenceResult, StreamEvent } from '../api/results.ts';
import type { Frame } from '../transport/types.ts';
import { chatErrorWithoutWords, readOpenAiError } from './failures.ts';
import { frameJson } from './frame-json.ts';
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

const deltas = z.object({
  choices: z.array(z.object({ delta: z.object({ content: z.string().nullish() }).optional() })),
});

const isDone = ({ data }: Frame): boolean => data.trim().toUpperCase() === '[DONE]';

/** What a frame says went wrong. */
export type StreamError = { readonly message?: string; readonly chat: ChatErrorDetails };

/** An error for which the service had no words, or a frame that cannot be read. */
export const streamErrorWithoutWords: StreamError = {
  chat: { type: chatErrorWithoutWords, code: 'stream_error' },
};

const openAiErrorIn = ({ event }: Frame, data: unknown): StreamError | undefined => {
  const { message, ...chat } = readOpenAiError(data);
  if (message !== undefined) return { message, chat };
  return event === 'error' ? streamErrorWithoutWords : undefined;
};

/** Of a chat an error is read only when it says message and type, as before the stream begins. */
const chatErrorIn = (frame: Frame, data: unknown): StreamError | undefined => {
  const error = openAiErrorIn(frame, data);
  return error && error.chat.type === undefined ? streamErrorWithoutWords : error;
};

const streamFailure = ({ message, chat }: StreamError, id: string): Failure => ({
  status: 500,
  reason: `Received an error response for request from inference entity id [${id}]${message === undefined ? '' : `. Error message: [${message}]`}`,
  chat,
});

/** Where the stream of a service differs from OpenAI's. */
export type StreamDialect = {
  /** Brings the JSON of a frame into OpenAI's shape. */
  readonly adapt?: (data: unknown) => unknown;
  /** The error that a frame tells of, if it does; `data` is its JSON, undefined where it is none. */
  readonly errorIn?: (frame: Frame, data: unknown) => StreamError | undefined;
  /** What is told of a frame of a completion that cannot be read. @default the cause itself */
  readonly unreadable?: (cause: string) => Failure;
};

/** Reads frames until `[DONE]`; `read` turns the JSON of one into events. */
const openAiReader = (
  id: string,
  { adapt, errorIn = openAiErrorIn }: StreamDialect,
  read: (data: unknown) => readonly StreamEvent[] | Failure,
): StreamReader => {
  let done = false;
  return {
    finished: () => done,
    next: (frame) => {
      if (done) return [];
      if (isDone(frame)) {
        done = true;
        return [];
      }
      const data = frameJson(frame.data);
      const error = errorIn(frame, data);
      if (error) return streamFailure(error, id);
      return read(adapt ? adapt(data) : data);
    },
  };
};

const noChoices = 'Failed to find required field [choices] in OpenAI chat completions response';

/** `choices[].delta.content` of each frame; empty ones are left out. */
export const openCompletionStream = (
  { id }: { readonly id: string },
  { unreadable = (reason) => ({ status: 500, reason }), ...dialect }: StreamDialect = {},
): StreamReader =>
  openAiReader(id, dialect, (data) => {
    const parsed = deltas.safeParse(data);
    if (!parsed.success) return unreadable(noChoices);
    const texts = parsed.data.choices.flatMap(({ delta }) => (delta?.content ? [delta.content] : []));
    return texts.length > 0 ? [{ kind: 'completion', deltas: texts }] : [];
  });

/** One chunk per frame, in Elasticsearch's keys. */
export const openChatStream = ({ id }: { readonly id: string }, dialect: StreamDialect = {}): StreamReader =>
  openAiReader(id, { errorIn: chatErrorIn, ...dialect }, (data) => {
    const chunk = chatCompletionChunk.safeParse(data);
    if (!chunk.success) return streamFailure(streamErrorWithoutWords, id);
    return [{ kind: 'chat', chunk: chunk.data }];
  });
