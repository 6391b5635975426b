import * as z from 'zod';
import { statusName } from '../api/envelope.ts';
import type { TaskType } from '../api/task-type.ts';
import type { Frame } from '../transport/types.ts';
import {
  callerStatus,
  chatErrorWithoutWords,
  classifyCompletion,
  type FailureClass,
  failureReason,
  readOpenAiError,
} from './failures.ts';
import { type StreamError, streamErrorWithoutWords } from './openai-chat.ts';
import type { Failure, ServiceAnswer } from './service.ts';

const inferenceError = z.object({ error: z.string() });

const chatError = z.object({
  error: z.object({ message: z.string().nullish(), http_status_code: z.int().nullish() }),
});

/** A chat error in the service's words; undefined for one of another shape. */
const readChatError = (body: unknown): Required<StreamError> | undefined => {
  const { error } = chatError.safeParse(body).data ?? {};
  return (
    error && {
      message: error.message ?? 'unknown',
      chat: { type: 'hugging_face_error', code: error.http_status_code?.toString() },
    }
  );
};

/** The error that a frame of a chat stream tells of, if it does. */
export const chatErrorIn = ({ event }: Frame, data: unknown): StreamError | undefined =>
  readChatError(data) ?? (event === 'error' ? streamErrorWithoutWords : undefined);

/** The table of Text Embeddings Inference; a model that is still loading answers 503. */
const classifyInference = (status: number, task: TaskType): FailureClass => {
  if (status === 429 || status === 502 || status === 503)
    return { prefix: 'Received a rate limit status code', retry: true };
  if (status >= 500) return { prefix: 'Received a server error status code' };
  // What a reranker got is as long as its caller wants it.
  if (status === 413) return { prefix: 'Received a content too large status code', shorten: task !== 'rerank' };
  if (status === 401) return { prefix: 'Received an authentication error status code' };
  if (status >= 300 && status < 400) return { prefix: 'Unhandled redirection' };
  return { prefix: 'Received an unsuccessful status code' };
};

const chatFailure = (answer: ServiceAnswer, id: string): Failure => {
  const error = readChatError(answer.body);
  const { prefix, ...rest } = classifyCompletion(answer, error?.message);
  const status = callerStatus(answer.status);
  return {
    ...rest,
    status,
    reason: failureReason(prefix, id, answer.status, error?.message),
    chat: error?.chat ?? { type: chatErrorWithoutWords, code: statusName(status) },
  };
};

/** Reads a failed answer: completions come from servers that speak OpenAI's dialect, all else from Text Embeddings Inference. */
export const failure = (
  answer: ServiceAnswer,
  { id, task }: { readonly id: string; readonly task: TaskType },
): Failure => {
  if (task === 'chat_completion') return chatFailure(answer, id);
  const message =
    task === 'completion' ? readOpenAiError(answer.body).message : inferenceError.safeParse(answer.body).data?.error;
  const { prefix, ...rest } =
    task === 'completion' ? classifyCompletion(answer, message) : classifyInference(answer.status, task);
  return { ...rest, status: callerStatus(answer.status), reason: failureReason(prefix, id, answer.status, message) };
};
