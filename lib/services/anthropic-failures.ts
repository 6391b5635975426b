import * as z from 'zod';
import { statusName } from '../api/envelope.ts';
import type { TaskType } from '../api/task-type.ts';
import { anthropicError } from './anthropic-chat-stream.ts';
import { callerStatus, failureReason } from './failures.ts';
import type { Failure, ServiceAnswer } from './service.ts';

const limits = ({ headers }: ServiceAnswer): string => {
  const value = (name: string) => `[${headers[name] ?? 'unknown'}]`;
  const limit = (name: string) => value(`anthropic-ratelimit-${name}`);
  return [
    `Token limit ${limit('tokens-limit')}, remaining tokens ${limit('tokens-remaining')}, tokens reset ${limit('tokens-reset')}.`,
    `Request limit ${limit('requests-limit')}, remaining requests ${limit('requests-remaining')}, request reset ${limit('requests-reset')}.`,
    `Retry after ${value('retry-after')}`,
  ].join(' ');
};

/** The prefix of a failed call, and whether it is tried again. */
const classify = (answer: ServiceAnswer): Pick<Failure, 'retry'> & { readonly prefix: string } => {
  const { status } = answer;
  if (status === 529)
    return { prefix: 'Received an Anthropic server is temporarily overloaded status code', retry: true };
  if (status >= 500) return { prefix: 'Received a server error status code', retry: status === 500 };
  if (status >= 300 && status < 400) return { prefix: 'Unhandled redirection' };
  switch (status) {
    case 429:
      return { prefix: `Received a rate limit status code. ${limits(answer)}`, retry: true };
    case 403:
      return { prefix: 'Received a permission denied error status code' };
    case 401:
      return { prefix: 'Received an authentication error status code' };
    default:
      return { prefix: 'Received an unsuccessful status code' };
  }
};

const failed = z.object({ error: z.object({ message: z.string() }) });

/** Reads a failed answer: completions are told the message alone, chats the whole body as it came. */
export const anthropicFailure = (
  answer: ServiceAnswer,
  { id, task }: { readonly id: string; readonly task: TaskType },
): Failure => {
  const { prefix, ...rest } = classify(answer);
  const status = callerStatus(answer.status);
  if (task === 'chat_completion') {
    const reason = failureReason(prefix, id, answer.status, answer.text);
    return { ...rest, status, reason, chat: { type: anthropicError, code: statusName(status) } };
  }
  const message = failed.safeParse(answer.body).data?.error.message;
  return { ...rest, status, reason: failureReason(prefix, id, answer.status, message) };
};
