import { InferenceError, requestTimedOut, statusException } from '../api/errors.ts';
import { parseJson } from '../api/json.ts';
import { parseMaps } from '../api/json-maps.ts';
import type { JsonObject } from '../api/read-settings.ts';
import type { InferenceResult } from '../api/results.ts';
import type { Call, Failure, Service, ServiceAnswer, ServiceRequest } from '../services/service.ts';
import { retrying } from '../transport/retry.ts';
import { OutboundError } from '../transport/types.ts';
import { callersHeaders } from './answer-headers.ts';
import type { Outlet } from './outlet.ts';
import { cutToHalf, markCut } from './shorten.ts';
import { NoSlotInTime, takeSlot } from './take-slot.ts';

/** One attempt that failed, on its way to being tried again or told; never seen outside this module and its stream twin. */
export class FailedAttempt extends Error {
  override readonly name = 'FailedAttempt';
  readonly failure: Failure;

  constructor(failure: Failure, options?: { readonly cause?: unknown }) {
    super(failure.reason, options);
    this.failure = failure;
  }
}

/** Why a call failed whose answer was well formed and held no result: PUT has words of its own for it. */
export class NoResult extends Error {
  override readonly name = 'NoResult';
}

export const failureError = (failure: Failure, below?: unknown): InferenceError => {
  const cause = failure.cause ? foreignError(failure.status, failure.cause, below) : below;
  return new InferenceError(failure.status, failure.type ?? 'status_exception', failure.reason, {
    ...(failure.chat && { chat: failure.chat }),
    ...(cause !== undefined && { cause }),
  });
};

const foreignError = (status: number, { type, reason }: NonNullable<Failure['cause']>, cause: unknown) =>
  new InferenceError(status, type, reason, { foreign: true, ...(cause !== undefined && { cause }) });

/** Whether a service may be asked again after this failure. */
export const isRetryable =
  <S, T, K>({ retried = true }: Service<S, T, K>) =>
  (error: unknown): boolean =>
    retried &&
    (error instanceof FailedAttempt
      ? error.failure.retry === true
      : error instanceof OutboundError && error.kind === 'connection');

const failureIn = <S, T, K>({ errorType }: Service<S, T, K>, words: string | Failure): Failure =>
  typeof words === 'string' ? { status: 500, ...(errorType && { type: errorType }), reason: words } : words;

/** A call whose answer cannot be read, in the words of the service. */
const unreadable = <S, T, K>(service: Service<S, T, K>, call: Call<S, T>, cause: string): Failure =>
  failureIn(service, service.unreadable(call, cause));

/** The error of a call whose answer cannot be what was asked for. */
export const unreadableError = <S, T, K>(service: Service<S, T, K>, call: Call<S, T>, cause: string): InferenceError =>
  failureError(unreadable(service, call, cause));

/** A call without an answer. */
const unreachable = <S, T, K>(service: Service<S, T, K>, call: Call<S, T>, cause: string): Failure =>
  failureIn(service, (service.unreachable ?? service.unreadable)(call, cause));

/** What went wrong with one call, in the words for its caller. */
export const describeFailure = <S, T, K>(
  error: unknown,
  { service, deadline }: Outlet<S, T, K>,
  call: Call<S, T>,
): unknown => {
  // In words already: the node says itself what a call has waited for.
  if (error instanceof InferenceError) return error;
  if (deadline.isOver() || error instanceof NoSlotInTime) {
    const failure = service.timedOut?.(deadline.text, call);
    return failure ? failureError(failure) : requestTimedOut(deadline.text, call.id);
  }
  if (error instanceof FailedAttempt) return failureError(error.failure, error.cause);
  if (!(error instanceof OutboundError)) return error;
  if (error.kind === 'unknown_host' || error.kind === 'bad_url')
    return statusException(400, `Invalid host [${error.host}], please check that the URL is correct.`);
  return failureError(unreachable(service, call, outboundCauses[error.kind]), error);
};

const outboundCauses = {
  connection: 'the connection failed or was cut',
  too_large: 'the answer is too large',
  silent: 'the answer stopped for too long',
};

const parsers = { plain: JSON.parse, exact: (text: string) => parseJson(text).value, maps: parseMaps };

export const parseBody = (text: string, json: keyof typeof parsers = 'plain'): unknown => {
  try {
    return parsers[json](text);
  } catch {
    // Not JSON: an HTML page of some proxy, say. What reads the body says what it misses.
    return text;
  }
};

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** The address for messages: a query may hold a key. */
export const withoutQuery = (url: string): string => url.split('?', 1)[0] ?? url;

/** The request as it goes out. Headers of the same name, in whatever case, are one: those of the service, or its user, count. */
export const jsonRequest = ({ url, headers = {}, body }: Extract<ServiceRequest, { readonly url: string }>) => ({
  url,
  headers: Object.fromEntries([
    ['content-type', 'application/json'],
    ...Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  ]),
  body: JSON.stringify(body),
});

/** Whether an answer that cannot be read is asked for again. */
const isReread = <S, T, K>({ node, attempts }: Service<S, T, K>): boolean => !node && attempts === undefined;

const ask = async <S, T, K>(
  outlet: Outlet<S, T, K>,
  call: Call<S, T>,
  request: ServiceRequest,
  signal: AbortSignal,
): Promise<ServiceAnswer> => {
  if ('node' in request) {
    const { status, body } = await outlet.node.call(
      {
        route: request.node,
        model: request.model,
        deployment: request.deployment ?? call.id,
        // Ids of stored endpoints never begin with a dot.
        startsItself: (request.deployment ?? call.id).startsWith('.'),
        limit: request.limit,
        timeout: outlet.deadline.text,
        body: request.body,
      },
      signal,
    );
    return { status, body, text: '', headers: {}, url: '' };
  }
  const outbound = jsonRequest(request);
  const first = await outlet.send.whole(outbound, outlet.auth, { signal });
  const auth = first.status === 401 ? await outlet.freshAuth() : undefined;
  const { status, headers, text } = auth ? await outlet.send.whole(outbound, auth, { signal }) : first;
  return {
    status,
    headers,
    body: parseBody(text, isSuccess(status) ? outlet.definition.json : undefined),
    text,
    url: withoutQuery(request.url),
  };
};

/**
 * Calls a service once its rate limit allows, with its retries, and reads its answer.
 *
 * @param call - one part: what goes out in one request
 * @throws InferenceError in the words of the service
 */
export const callService = async <S extends JsonObject, T extends JsonObject, K>(
  outlet: Outlet<S, T, K>,
  call: Call<S, T>,
  signal: AbortSignal,
): Promise<InferenceResult> => {
  const { service, definition } = outlet;
  let current = call;
  let request = definition.request(call);
  const attempt = async (): Promise<InferenceResult> => {
    const started = performance.now();
    const answer = await ask(outlet, current, request, signal);
    outlet.observe.onServiceTime(performance.now() - started);
    if (!isSuccess(answer.status)) {
      outlet.observe.onServiceFailure(answer.status);
      const failure = service.failure(answer, current);
      const shortened = failure.shorten ? current.input.map(cutToHalf) : [];
      if (shortened.some((text) => text.length > 0)) {
        current = { ...current, input: shortened };
        request = definition.request(current);
        throw new FailedAttempt({ ...failure, retry: true });
      }
      throw new FailedAttempt(failure);
    }
    const read = definition.response(current).safeParse(answer.body);
    if (read.success) {
      if (read.data === undefined) {
        throw new FailedAttempt(unreadable(service, current, 'the answer holds no result'), { cause: new NoResult() });
      }
      const units = service.units?.(answer.body);
      if (units !== undefined) outlet.observe.onUnits(units);
      outlet.observe.onAnswerHeaders(callersHeaders(service, answer.headers));
      return markCut(read.data, call.input, current.input);
    }
    const [issue] = read.error.issues;
    const place = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
    throw new FailedAttempt({ ...unreadable(service, current, `${place}${issue?.message}`), retry: isReread(service) });
  };
  try {
    if ('url' in request) await takeSlot(outlet, call, request.url, signal);
    // The node is ours: what it could not do at once, it cannot do a second later either.
    return await (service.node
      ? attempt()
      : retrying(attempt, { retryable: isRetryable(service), signal, attempts: service.attempts }));
  } catch (error) {
    throw describeFailure(error, outlet, current);
  }
};
