import type { MiddlewareObj } from '@middy/core';
import { InferenceError } from '../api/errors.ts';
import type { Log } from '../log.ts';
import type { RequestState } from './request-state.ts';
import { RouterError } from './router.ts';
import type { HttpAnswer } from './types.ts';

/** One line for each request, when its answer is complete. Nothing that a caller or a service wrote stands in it. */
const writeLine = (log: Log, state: RequestState, status: number): void => {
  const { requestId, route, taskType, started, fields, failure } = state;
  const expected = failure === undefined || failure instanceof RouterError || failure instanceof InferenceError;
  const type = failure instanceof InferenceError ? failure.type : undefined;
  log[expected ? 'info' : 'error']('request', {
    request_id: requestId,
    operation: route?.id,
    task_type: taskType,
    status,
    milliseconds: Math.round((performance.now() - started) * 10) / 10,
    ...(type && { error_type: type }),
    ...fields,
    // A bug: its message is for us alone.
    ...(!expected && { failure }),
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
export const logRequests = (log: Log): MiddlewareObj<{ readonly state: RequestState }, HttpAnswer> => {
  const finish = (request: { event: { readonly state: RequestState }; response: HttpAnswer | null | undefined }) => {
    const { response, event } = request;
    if (!response) return;
    const { statusCode, body } = response;
    const line = () => writeLine(log, event.state, statusCode);
    if (typeof body === 'string' || body instanceof Uint8Array) line();
    else request.response = { ...response, body: thenLog(body, line) };
  };
  return { after: finish, onError: finish };
};
