import * as z from 'zod';
import { statusName } from '../api/envelope.ts';
import type { ChatErrorDetails } from '../api/errors.ts';
import type { TaskType } from '../api/task-type.ts';
import type { Failure, ServiceAnswer } from './service.ts';

// Words and statuses of failed calls that services share (contract §14). A service's page says which prefix it uses for which status.

/** `{prefix} for request from inference entity id [{id}] status [{status}]. Error message: [{message}]` */
export const failureReason = (prefix: string, id: string, status: number, message?: string): string =>
  `${prefix} for request from inference entity id [${id}] status [${status}]${message ? `. Error message: [${message}]` : ''}`;

const knownSingles: ReadonlySet<number> = new Set([307, 422, 423, 424, 429]);

/** Whether Elasticsearch has a name for this status, which is no success and below 500. */
const isKnown = (status: number): boolean =>
  (status >= 300 && status <= 305) || (status >= 400 && status <= 417) || knownSingles.has(status);

/**
 * The status for the caller: the service's own where Elasticsearch knows it, else 400. So a service's 503 is a 400, and no client
 * takes it for ours and retries.
 */
export const callerStatus = (status: number): number => (isKnown(status) ? status : 400);

const openAiError = z.object({
  error: z.object({
    message: z.string().optional(),
    type: z.unknown().optional(),
    code: z.unknown().optional(),
    param: z.unknown().optional(),
  }),
});

const stringOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;

/** Most frames of a stream tell of none, and what a schema refuses costs it an error with its stack. */
const hasError = (body: unknown): boolean => typeof body === 'object' && body !== null && 'error' in body;

/** The parts of `{"error":{"message","type","code","param"}}`, as far as they are there. */
export const readOpenAiError = (body: unknown) => {
  const { error } = (hasError(body) ? openAiError.safeParse(body).data : undefined) ?? {};
  return {
    message: error?.message,
    type: stringOf(error?.type),
    code: stringOf(error?.code),
    param: stringOf(error?.param),
  };
};

const limitHeader = ({ headers }: ServiceAnswer, name: string): string => headers[`x-ratelimit-${name}`] ?? 'unknown';

const limits = (answer: ServiceAnswer): string =>
  `Token limit [${limitHeader(answer, 'limit-tokens')}], remaining tokens [${limitHeader(answer, 'remaining-tokens')}]. Request limit [${limitHeader(answer, 'limit-requests')}], remaining requests [${limitHeader(answer, 'remaining-requests')}]`;

const rateLimited = 'Received a rate limit status code';

/** The prefix for services that tell what is left, but not the limits. Its full stop, in the middle of a sentence, is Elasticsearch's. */
export const rateLimitedWithRest = (answer: ServiceAnswer): string =>
  `${rateLimited}. Remaining tokens [${limitHeader(answer, 'remaining-tokens')}]. Remaining requests [${limitHeader(answer, 'remaining-requests')}].`;

/** The prefixes of services that tell apart no more than these. */
export const plainPrefix = (status: number): string => {
  if (status >= 500) return 'Received a server error status code';
  if (status === 429) return rateLimited;
  if (status === 401) return 'Received an authentication error status code';
  return status >= 300 && status < 400 ? 'Unhandled redirection' : 'Received an unsuccessful status code';
};

const tooLong = 'Please reduce your prompt; or completion length.';

/** The prefix of a failed call, whether it is tried again, and whether shorter texts may help. */
export type FailureClass = Pick<Failure, 'retry' | 'shorten'> & { readonly prefix: string };

/** @param message - the service's own, where it has one */
export type Classify = (answer: ServiceAnswer, message: string | undefined) => FailureClass;

/** OpenAI's table. */
export const classifyOpenAi: Classify = (answer, message) => {
  const { status } = answer;
  if (status === 503) return { prefix: 'Received a server busy error status code', retry: true };
  if (status >= 500) return { prefix: 'Received a server error status code', retry: status === 500 };
  if (status === 413 || (status === 400 && message?.includes(tooLong)))
    return { prefix: 'Received a content too large status code', shorten: true };
  if (status === 429) return { prefix: `${rateLimited}. ${limits(answer)}`, retry: true };
  if (status >= 300 && status < 400) return { prefix: 'Unhandled redirection' };
  switch (status) {
    case 400:
      return { prefix: 'Received a bad request status code' };
    case 401:
      return { prefix: 'Received an authentication error status code' };
    case 404:
      return { prefix: `Resource not found at [${answer.url}]` };
    case 422:
      return { prefix: 'Received an input validation error response' };
    default:
      return { prefix: 'Received an unsuccessful status code' };
  }
};

const tooManyTokens = 'The input or output tokens must be reduced in order to run successfully';

/** The same for completions, which are never shortened. A limit for which one request is too large lifts for no wait. */
export const classifyCompletion: Classify = (answer, message) =>
  answer.status === 429 && message?.includes(tooManyTokens)
    ? { prefix: rateLimited, retry: false }
    : { ...classifyOpenAi(answer, message), shorten: false };

/**
 * Reads a failed completion or chat of a service whose errors have several shapes: callers get the whole text.
 *
 * @param chat - what a chat error says besides
 */
export const wholeTextFailure = (answer: ServiceAnswer, id: string, chat: ChatErrorDetails): Failure => {
  const { prefix, ...rest } = classifyCompletion(answer, readOpenAiError(answer.body).message ?? answer.text);
  return {
    ...rest,
    status: callerStatus(answer.status),
    reason: failureReason(prefix, id, answer.status, answer.text),
    chat,
  };
};

/** What Elasticsearch calls a chat error for which the service had no words. */
export const chatErrorWithoutWords = 'UnifiedChatCompletionErrorResponse';

/**
 * Reads a failed answer of a service that speaks OpenAI's dialect.
 *
 * @param call - its id, for the message; chat reads an error only when it says message and type
 * @param classify - the service's own table
 */
export const openAiFailure = (
  answer: ServiceAnswer,
  { id, task }: { readonly id: string; readonly task: TaskType },
  classify: Classify = classifyOpenAi,
): Failure => {
  const { message, ...words } = readOpenAiError(answer.body);
  const { prefix, ...rest } = classify(answer, message);
  const status = callerStatus(answer.status);
  if (task !== 'chat_completion') return { ...rest, status, reason: failureReason(prefix, id, answer.status, message) };
  const isRead = message !== undefined && words.type !== undefined;
  return {
    ...rest,
    status,
    reason: failureReason(prefix, id, answer.status, isRead ? message : undefined),
    chat: isRead ? words : { type: chatErrorWithoutWords, code: statusName(status) },
  };
};
