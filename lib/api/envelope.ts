import { InferenceError } from './errors.ts';

type ErrorObject = {
  readonly type: string;
  readonly reason: string;
  readonly [detail: string]: unknown;
};

/** Characters of a message: more than anybody reads, and enough for what a body of ordinary size repeats of itself. */
const mostCharacters = 100_000;

/** A message for an answer: of what a caller sent, some repeat megabytes, each of which takes time and memory to write. */
const shown = (message: string): string =>
  message.length > mostCharacters
    ? `${message.slice(0, mostCharacters).replace(/[\ud800-\udbff]$/, '')}… (${message.length} characters)`
    : message;

const describe = (error: InferenceError): ErrorObject => ({
  type: error.type,
  reason: shown(error.message),
  ...error.details,
  ...(error.header && { header: error.header }),
});

const describeChain = (error: InferenceError): ErrorObject => ({
  ...describe(error),
  ...(error.cause instanceof InferenceError && { caused_by: describeChain(error.cause) }),
});

const parseErrors = new Set(['x_content_parse_exception', 'x_content_e_o_f_exception']);

/** Errors of Java and of its JSON parser, not of Elasticsearch: they stand under `caused_by` only. */
const foreignErrors = new Set([
  'illegal_argument_exception',
  'illegal_state_exception',
  'number_format_exception',
  'validation_exception',
  'action_request_validation_exception',
  'es_rejected_execution_exception',
  'json_parse_exception',
  'json_e_o_f_exception',
]);

/** What `root_cause` names: the innermost of Elasticsearch's own errors; parse errors count below other parse errors only. */
const rootOf = (error: InferenceError): InferenceError => {
  const { cause } = error;
  if (!(cause instanceof InferenceError) || cause.foreign || foreignErrors.has(cause.type)) return error;
  return parseErrors.has(cause.type) && !parseErrors.has(error.type) ? error : rootOf(cause);
};

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
  return { error: { root_cause: [describe(rootOf(error))], ...describeChain(error) }, status: error.status };
};

/** All that a service's status may be passed on as, and those of our own. */
const statusNames: Readonly<Record<number, string>> = {
  300: 'multiple_choices',
  301: 'moved_permanently',
  302: 'found',
  303: 'see_other',
  304: 'not_modified',
  305: 'use_proxy',
  307: 'temporary_redirect',
  400: 'bad_request',
  401: 'unauthorized',
  402: 'payment_required',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  407: 'proxy_authentication',
  408: 'request_timeout',
  409: 'conflict',
  410: 'gone',
  411: 'length_required',
  412: 'precondition_failed',
  413: 'request_entity_too_large',
  414: 'request_uri_too_long',
  415: 'unsupported_media_type',
  416: 'requested_range_not_satisfied',
  417: 'expectation_failed',
  422: 'unprocessable_entity',
  423: 'locked',
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
      message: shown(error.message),
      ...(param !== undefined && { param }),
      type,
    },
  };
};
