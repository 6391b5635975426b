import * as z from 'zod';
import type { Failure, ServiceAnswer } from './service.ts';

// Words and statuses of failed calls that services share (contract §14). A service's page says which prefix it uses for which status.

/** `{prefix} for request from inference entity id [{id}] status [{status}]. Error message: [{message}]` */
export const failureReason = (prefix: string, id: string, status: number, message?: string): string =>
  `${prefix} for request from inference entity id [${id}] status [${status}]${message ? `. Error message: [${message}]` : ''}`;

/**
 * The status for the caller: the service's own below 500, else 400, so that no client takes a service's 503 for ours and retries.
 */
export const callerStatus = (status: number): number => (status >= 400 && status < 500 ? status : 400);

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

/** The parts of `{"error":{"message","type","code","param"}}`, as far as they are there. */
export const readOpenAiError = (body: unknown) => {
  const { error } = openAiError.safeParse(body).data ?? {};
  return {
    message: error?.message,
    type: stringOf(error?.type),
    code: stringOf(error?.code),
    param: stringOf(error?.param),
  };
};

const rateLimitHeaders = ({ headers }: ServiceAnswer) => {
  const value = (name: string) => headers[`x-ratelimit-${name}`] ?? 'unknown';
  return `Token limit [${value('limit-tokens')}], remaining tokens [${value('remaining-tokens')}]. Request limit [${value('limit-requests')}], remaining requests [${value('remaining-requests')}]`;
};

const tooLong = 'Please reduce your prompt; or completion length.';

/** The prefix of OpenAI's table, whether the call is tried again, and whether shorter texts may help. */
const classify = (
  answer: ServiceAnswer,
  message: string | undefined,
): Omit<Failure, 'status' | 'reason'> & { prefix: string } => {
  const { status } = answer;
  if (status === 503) return { prefix: 'Received a server busy error status code', retry: true };
  if (status >= 500) return { prefix: 'Received a server error status code', retry: status === 500 };
  if (status === 413 || (status === 400 && message?.includes(tooLong)))
    return { prefix: 'Received a content too large status code', shorten: true };
  if (status === 429) return { prefix: `Received a rate limit status code. ${rateLimitHeaders(answer)}`, retry: true };
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

/**
 * Reads a failed answer of a service that speaks OpenAI's dialect.
 *
 * @param id - the inference id, for the message
 */
export const openAiFailure = (answer: ServiceAnswer, id: string): Failure => {
  const error = readOpenAiError(answer.body);
  const { prefix, ...rest } = classify(answer, error.message);
  const known = error.message !== undefined && error.type !== undefined;
  return {
    ...rest,
    status: callerStatus(answer.status),
    reason: failureReason(prefix, id, answer.status, error.message),
    ...(known && { chat: { type: error.type, code: error.code, param: error.param } }),
  };
};
