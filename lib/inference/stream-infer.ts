import type { InferenceError } from '../api/errors.ts';
import { statusException } from '../api/errors.ts';
import type { JsonObject } from '../api/read-settings.ts';
import type { StreamEvent } from '../api/results.ts';
import type { TaskType } from '../api/task-type.ts';
import type { Call, Service, StreamReader } from '../services/service.ts';
import { frames } from '../transport/framing.ts';
import { retrying } from '../transport/retry.ts';
import { OutboundError, type OutboundStream } from '../transport/types.ts';
import { callersHeaders } from './answer-headers.ts';
import {
  describeFailure,
  FailedAttempt,
  failureError,
  isRetryable,
  jsonRequest,
  parseBody,
  withoutQuery,
} from './call-service.ts';
import { createDeadline } from './deadline.ts';
import {
  authorise,
  createCall,
  definitionOf,
  type InferDependencies,
  type InferRequest,
  prepare,
  runCall,
} from './infer.ts';
import type { Outlet } from './outlet.ts';
import { requireService } from './resolve-endpoint.ts';
import { takeSlot } from './take-slot.ts';

/** More than any service says of an error, in bytes: one without end must not fill the memory. */
const longestError = 256 * 1024;

const readError = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= longestError) break;
  }
  return Buffer.concat(chunks).toString('utf8');
};

/** Resolves when the service has said yes: status and headers are there, no byte of the answer yet. */
const connect = async <S extends JsonObject, T extends JsonObject, K>(
  outlet: Outlet<S, T, K>,
  call: Call<S, T>,
): Promise<OutboundStream> => {
  const { service, definition, send, deadline } = outlet;
  const request = definition.request(call);
  if ('node' in request) throw new Error(`${service.name} streams from the node, which cannot`);
  const outbound = jsonRequest(request);
  const { signal } = deadline;
  await takeSlot(outlet, call, request.url, signal);
  const attempt = async () => {
    const first = await send.stream(outbound, outlet.auth, { signal });
    const auth = first.status === 401 ? await outlet.freshAuth() : undefined;
    // To its end, so that its connection is free again.
    if (auth) await readError(first.body);
    const answer = auth ? await send.stream(outbound, auth, { signal }) : first;
    if (answer.status >= 200 && answer.status < 300) return answer;
    const text = await readError(answer.body);
    const { status, headers } = answer;
    outlet.observe.onServiceFailure(status);
    const failed = { status, headers, body: parseBody(text), text, url: withoutQuery(request.url) };
    throw new FailedAttempt(service.failure(failed, call));
  };
  return retrying(attempt, { retryable: isRetryable(service), signal, attempts: service.attempts });
};

/** The events of an answer that has begun. An end before the service's last word is a failure. */
async function* readEvents<S extends JsonObject, T extends JsonObject, K>(
  outlet: Outlet<S, T, K>,
  call: Call<S, T>,
  body: AsyncIterable<Uint8Array>,
  reader: StreamReader,
): AsyncGenerator<StreamEvent> {
  const framing = outlet.definition.stream?.framing(call.settings) ?? [];
  try {
    for await (const frame of frames(firstByte(body, outlet.deadline.begun), framing)) {
      const events = reader.next(frame);
      if ('reason' in events) throw failureError(events);
      yield* events;
      // What comes after the last word is not waited for: a service may hold the connection open.
      if (reader.finished()) return;
    }
    if (!(reader.mayEnd ?? reader.finished)()) throw new OutboundError('connection', '');
  } catch (error) {
    throw describeFailure(error, outlet, call);
  } finally {
    outlet.deadline.clear();
  }
}

/** Passes chunks on and says when the first one has come. */
async function* firstByte(body: AsyncIterable<Uint8Array>, begun: () => void): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const chunk of body) {
    if (first) begun();
    first = false;
    yield chunk;
  }
}

/** Whether the service failed, or the way to it; not the host, nor the time. */
const isServiceFailure = <S, T, K>(error: unknown, { deadline }: Outlet<S, T, K>): boolean => {
  if (deadline.isOver()) return false;
  const isOutbound = error instanceof OutboundError && error.kind !== 'unknown_host' && error.kind !== 'bad_url';
  return isOutbound || error instanceof FailedAttempt;
};

/** A stream whose first event is an error. */
const failedStream = (error: unknown): AsyncIterable<StreamEvent> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }),
});

/**
 * Opens the stream of one call.
 *
 * @returns its events, once the service has accepted; they end, or throw an `InferenceError`
 */
export const openStream = async <S extends JsonObject, T extends JsonObject, K>(
  outlet: Outlet<S, T, K>,
  call: Call<S, T>,
): Promise<AsyncIterable<StreamEvent>> => {
  const { stream } = outlet.definition;
  if (!stream) throw new Error(`${outlet.service.name} does not stream ${call.task}`);
  try {
    const { headers, body } = await connect(outlet, call);
    outlet.observe.onAnswerHeaders(callersHeaders(outlet.service, headers));
    return readEvents(outlet, call, body, stream.open(call));
  } catch (error) {
    outlet.deadline.clear();
    const failure = describeFailure(error, outlet, call);
    if (outlet.service.refusesInStream && isServiceFailure(error, outlet)) return failedStream(failure);
    throw failure;
  }
};

/** 405 for a task that this service does not stream. */
const streamingNotAllowed = <S, T, K>(service: Service<S, T, K>, task: TaskType): InferenceError => {
  const streaming = Object.entries(service.tasks).flatMap(([name, definition]) => (definition?.stream ? [name] : []));
  const reason = `Streaming is not allowed for service [${service.name}]`;
  return statusException(
    405,
    streaming.length === 0 ? `${reason}.` : `${reason} and task [${task}]. Supported tasks: [${streaming.join(',')}]`,
  );
};

async function* wholeResult(event: StreamEvent): AsyncGenerator<StreamEvent> {
  yield event;
}

export type StreamInferred = {
  readonly taskType: TaskType;
  readonly service: string;
  readonly events: AsyncIterable<StreamEvent>;
};

/**
 * Answers one POST on `_stream`.
 *
 * @param signal - aborted when the caller leaves; it ends the service's stream too
 * @see the contract, §10
 */
export const streamInfer = async (
  request: InferRequest,
  dependencies: InferDependencies,
  signal: AbortSignal,
): Promise<StreamInferred> => {
  const { reader, ...rest } = dependencies;
  const { endpoint, secrets, body } = await prepare(request, reader);
  const registered = await requireService(endpoint);
  const { task_type: taskType } = endpoint;
  const events = await registered.bind(async (service) => {
    const definition = definitionOf(service, endpoint);
    // Rerank and embedding come as one event where the service has streaming at all; the rest is refused.
    const comesWhole = taskType === 'embedding' || taskType === 'rerank';
    const streamsAny = Object.values(service.tasks).some((task) => task?.stream);
    if (!definition.stream && service.notStreamed) throw service.notStreamed(endpoint.service_settings, taskType);
    if (!definition.stream && !(comesWhole && streamsAny)) throw streamingNotAllowed(service, taskType);
    const call = createCall(service, endpoint, body, definition.stream !== undefined);
    const deadline = createDeadline(request.timeout, taskType, signal);
    const auth = authorise(service, endpoint, call.settings, secrets, reader);
    const outlet = { service, definition, secrets, ...auth, ...rest, deadline, observe: request };
    if (definition.stream) return openStream(outlet, call);
    try {
      return wholeResult({ kind: 'whole', result: await runCall(outlet, call) });
    } finally {
      deadline.clear();
    }
  });
  return { taskType, service: registered.name, events };
};
