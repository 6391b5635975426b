import { InferenceError } from './errors.ts';

type ErrorObject = {
  readonly type: string;
  readonly reason: string;
  readonly [detail: string]: unknown;
};

const describe = (error: InferenceError): ErrorObject => ({
  type: error.type,
  reason: error.message,
  ...error.details,
  ...(error.header && { header: error.header }),
});

const describeChain = (error: InferenceError): ErrorObject => ({
  ...describe(error),
  ...(error.cause instanceof InferenceError && { caused_by: describeChain(error.cause) }),
});

/** The innermost error of the chain, as Elasticsearch's `root_cause` names it. */
const rootOf = (error: InferenceError): InferenceError =>
  error.cause instanceof InferenceError ? rootOf(error.cause) : error;

/**
 * Any failure as the caller may see it: an `InferenceError` as it is, anything else as a 500 without its message, which may hold
 * what must not leave the process.
 */
export const publicError = (failure: unknown): InferenceError =>
  failure instanceof InferenceError
    ? failure
    : new InferenceError(500, 'exception', 'Internal error; the log has its cause under the request id', {
        cause: failure,
      });

/**
 * Elasticsearch's error envelope: `{"error":{"root_cause":[…],"type","reason","caused_by"?},"status"}`.
 *
 * @see the contract, §12.1
 */
export const standardEnvelope = (error: InferenceError) => {
  const { type, reason, ...rest } = describeChain(error);
  // A parse error that wraps another names that other one as its root; everything else names the innermost.
  return { error: { root_cause: [describe(rootOf(error))], type, reason, ...rest }, status: error.status };
};

const statusNames: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  402: 'payment_required',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  408: 'request_timeout',
  409: 'conflict',
  413: 'request_entity_too_large',
  415: 'unsupported_media_type',
  422: 'unprocessable_entity',
  424: 'failed_dependency',
  429: 'too_many_requests',
  500: 'internal_server_error',
  503: 'service_unavailable',
};

/** `429` → `too_many_requests`: Elasticsearch's `RestStatus` in lower case. */
export const statusName = (status: number): string => statusNames[status] ?? String(status);

/**
 * The chat envelope: `{"error":{"code"?,"message","param"?,"type"}}`, without `status`: the HTTP status carries it.
 *
 * @see the contract, §12.2
 */
export const chatEnvelope = (error: InferenceError) => {
  const { type = error.type, code, param } = error.chat ?? { code: statusName(error.status) };
  return {
    error: {
      ...(code !== undefined && { code }),
      message: error.message,
      ...(param !== undefined && { param }),
      type,
    },
  };
};
