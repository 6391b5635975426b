import type { MiddlewareObj } from '@middy/core';
import { InferenceError } from '../api/errors.ts';
import type { Log, LogLevel } from '../log.ts';
import type { RequestState } from './request-state.ts';
import { RouterError } from './router.ts';
import type { HttpAnswer } from './types.ts';

type Invocation = { readonly state: RequestState; readonly signal: AbortSignal };

/** What is worth a look besides the type: an error that is no answer, a bug or what the store or a connection said. */
const innermost = (failure: unknown): unknown =>
  failure instanceof InferenceError && failure.cause !== undefined ? innermost(failure.cause) : failure;

const isTold = (failure: unknown): boolean =>
  failure === undefined || failure instanceof RouterError || failure instanceof InferenceError;

const levelOf = (failure: unknown): LogLevel => {
  if (!isTold(failure)) return 'error';
  return failure instanceof InferenceError && failure.status >= 500 ? 'warn' : 'info';
};

/** One line for each request, when its answer is complete. Nothing that a caller or a service wrote stands in it. */
const writeLine = (log: Log, { state, signal }: Invocation, status: number): void => {
  const { requestId, route, taskType, started } = state;
  const { failure = state.failure, ...fields } = state.fields;
  const type = failure instanceof InferenceError ? failure.type : undefined;
  const cause = innermost(failure);
  // A caller that has left ends all work with errors that say nothing.
  const left = signal.aborted;
  log[left ? 'info' : levelOf(failure)]('request', {
    request_id: requestId,
    operation: route?.id,
    task_type: taskType,
    status,
    milliseconds: Math.round((performance.now() - started) * 10) / 10,
    ...(type && { error_type: type }),
    ...fields,
    ...(left && { caller_left: true }),
    // Its message is for us alone.
    ...(!left && !isTold(cause) && { failure: cause }),
  });
};

async function* thenLog<Chunk>(body: AsyncIterable<Chunk>, done: () => void): AsyncGenerator<Chunk> {
  try {
    yield* body;
  } finally {
    done();
  }
}

/** Middleware: measures and logs; a streamed answer counts until its last byte. */
export const logRequests = (log: Log): MiddlewareObj<Invocation, HttpAnswer> => {
  const finish = (request: { event: Invocation; response: HttpAnswer | null | undefined }) => {
    const { response, event } = request;
    if (!response) return;
    const { statusCode, body } = response;
    const line = () => writeLine(log, event, statusCode);
    if (typeof body === 'string' || body instanceof Uint8Array) line();
    else request.response = { ...response, body: thenLog(body, line) };
  };
  return { after: finish, onError: finish };
};
