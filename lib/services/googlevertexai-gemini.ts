import * as z from 'zod';
import { statusName } from '../api/envelope.ts';
import type { InferenceResult, StreamEvent } from '../api/results.ts';
import { exactFrameJson } from './frame-json.ts';
import { googleFailure, readGoogleError } from './google-failures.ts';
import { createChoices, type GeminiAnswer, geminiAnswer, spokenTexts, usageOf } from './googlevertexai-answer.ts';
import type { BackEnd, VertexCall } from './googlevertexai-back-end.ts';
import { geminiChatBody, geminiCompletionBody } from './googlevertexai-chat-request.ts';
import type { Failure, ServiceAnswer, StreamReader } from './service.ts';

// Google's own models: completions and chats of Gemini.

export const label = 'Google Vertex AI';

/** What Elasticsearch calls the errors of which Google says no name. */
const unnamedError = 'google_vertex_ai_error';
/** And those in which Google says nothing that it could read. */
const unreadError = 'ErrorResponse';

/** What a chat error says besides, in Google's words. */
const chatErrorOf = (body: unknown) => {
  const error = readGoogleError(body);
  return error && { type: error.status ?? unnamedError, code: String(error.code ?? 0) };
};

const withoutError = z.object({ error: z.null().optional() });

/** What is said of a failed completion or chat whose body is none of Google's errors, say a page of a proxy: the body. */
const unreadMessage = ({ body, text }: ServiceAnswer): string | undefined =>
  readGoogleError(body) || withoutError.safeParse(body).success
    ? undefined
    : `Unable to parse the ${label} error, response body: [${text}]`;

/** An error inside a stream, or an event that cannot be read. */
const streamFailure = (body: unknown, id: string): Failure => {
  const error = readGoogleError(body);
  return {
    status: 500,
    reason: `Received an error response for request from inference entity id [${id}]${error ? `. Error message: [${error.message}]` : ''}`,
    chat: chatErrorOf(body) ?? { type: unreadError, code: 'stream_error' },
  };
};

/** Reads events until the bytes end: nothing marks the last one, but each candidate says before why it stops. */
const geminiReader = (id: string, eventsOf: (answer: GeminiAnswer) => readonly StreamEvent[]): StreamReader => {
  const running = new Set<number>();
  const stopped = new Set<number>();
  return {
    finished: () => false,
    mayEnd: () => stopped.size > 0 && running.size === 0,
    next: ({ data }) => {
      const body = exactFrameJson(data);
      const answer = geminiAnswer.safeParse(body);
      if (!answer.success) return streamFailure(body, id);
      for (const { index, finishReason } of answer.data.candidates) {
        const number = index ?? 0;
        if (finishReason) stopped.add(number);
        if (stopped.has(number)) running.delete(number);
        else running.add(number);
      }
      return eventsOf(answer.data);
    },
  };
};

const showsThoughts = ({ chat }: VertexCall): boolean => chat?.reasoning?.exclude !== true;

const chatChunks = (call: VertexCall) => {
  const choicesOf = createChoices(showsThoughts(call));
  return (answer: GeminiAnswer): readonly StreamEvent[] => [
    {
      kind: 'chat',
      chunk: {
        id: answer.responseId,
        choices: choicesOf(answer).map(({ message: delta, ...rest }) => ({ delta, ...rest })),
        model: answer.modelVersion,
        object: 'chat.completion.chunk',
        usage: usageOf(answer),
      },
    },
  ];
};

const readChat = (call: VertexCall): z.ZodType<InferenceResult> =>
  geminiAnswer.transform((answer) => ({
    kind: 'chat' as const,
    completion: {
      id: answer.responseId,
      choices: [...createChoices(showsThoughts(call))(answer)],
      model: answer.modelVersion,
      object: 'chat.completion',
      usage: usageOf(answer),
    },
  }));

const readCompletion: z.ZodType<InferenceResult> = geminiAnswer.transform((answer) => ({
  kind: 'completion' as const,
  results: spokenTexts(answer),
}));

const deltas = (answer: GeminiAnswer): readonly StreamEvent[] => {
  const texts = spokenTexts(answer).filter((text) => text !== '');
  return texts.length > 0 ? [{ kind: 'completion', deltas: texts }] : [];
};

const counted = z.object({ usageMetadata: z.object({ totalTokenCount: z.number() }) });

export const gemini: BackEnd = {
  refused: ['cache_control', 'session_id'],
  completion: {
    body: ({ input: [text = ''], taskSettings }) => geminiCompletionBody(text, taskSettings),
    read: () => readCompletion,
    open: ({ id }) => geminiReader(id, deltas),
  },
  chat: {
    body: ({ chat, taskSettings }) => geminiChatBody(chat ?? { messages: [] }, taskSettings),
    read: readChat,
    open: (call) => geminiReader(call.id, chatChunks(call)),
  },
  failure: (answer, { id, task }) => {
    const converses = task === 'completion' || task === 'chat_completion';
    const failure = googleFailure(answer, id, label, converses ? unreadMessage(answer) : undefined);
    return { ...failure, chat: chatErrorOf(answer.body) ?? { type: unreadError, code: statusName(failure.status) } };
  },
  units: (body) => counted.safeParse(body).data?.usageMetadata.totalTokenCount,
};
