/** What a chat error says besides its message; a provider's own words where it sent them (contract §12.2). */
export type ChatErrorDetails = {
  readonly type?: string | undefined;
  readonly code?: string | undefined;
  readonly param?: string | undefined;
};

type InferenceErrorOptions = {
  readonly cause?: unknown;
  /** Overrides for the chat envelope; without it the error's own type and status name stand there. */
  readonly chat?: ChatErrorDetails;
  /** `header` inside the error object, and response headers of that name: `WWW-Authenticate`. */
  readonly header?: Readonly<Record<string, readonly string[]>>;
  /** An error of a library, not of Elasticsearch: it stands under `caused_by` only. */
  readonly foreign?: true;
  /** Further keys of the error object, such as `additional_unsuccessful_credentials`. */
  readonly details?: Readonly<Record<string, unknown>>;
};

/**
 * The one error class: what went wrong in Elasticsearch's words. The edge turns it into an answer; nobody catches it on the way.
 *
 * @see Elasticsearch specification, `_types/Errors`; the contract's §12
 */
export class InferenceError extends Error {
  override readonly name = 'InferenceError';
  readonly status: number;
  readonly type: string;
  readonly chat: ChatErrorDetails | undefined;
  readonly header: Readonly<Record<string, readonly string[]>> | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly foreign: boolean;

  constructor(status: number, type: string, reason: string, options: InferenceErrorOptions = {}) {
    super(reason, 'cause' in options ? { cause: options.cause } : undefined);
    this.status = status;
    this.type = type;
    this.chat = options.chat;
    this.header = options.header;
    this.details = options.details;
    this.foreign = options.foreign === true;
  }
}

/** 400 `status_exception`: the type of most refusals. */
export const statusException = (status: number, reason: string, options?: InferenceErrorOptions): InferenceError =>
  new InferenceError(status, 'status_exception', reason, options);

/** 413 `content_too_long_exception`. */
export const contentTooLong = (reason: string): InferenceError =>
  new InferenceError(413, 'content_too_long_exception', reason);

/** 400 `illegal_argument_exception`. */
export const illegalArgument = (reason: string, cause?: unknown): InferenceError =>
  new InferenceError(400, 'illegal_argument_exception', reason, cause === undefined ? {} : { cause });

/** More than anybody reads; a list of millions may be wrong in each of its elements. */
const mostReasons = 1000;

/** `Validation Failed: 1: a;2: b;`, as Elasticsearch joins what it collected. */
const validationFailed = (reasons: readonly string[]): string =>
  `Validation Failed: ${reasons
    .slice(0, mostReasons)
    .map((reason, index) => `${index + 1}: ${reason};`)
    .join('')}`;

/** 400 `validation_exception`: settings that break their rules. */
export const validationException = (reasons: readonly string[]): InferenceError =>
  new InferenceError(400, 'validation_exception', validationFailed(reasons));

/** 400 `action_request_validation_exception`: a request that breaks the rules of its action. */
export const actionRequestValidation = (reasons: readonly string[]): InferenceError =>
  new InferenceError(400, 'action_request_validation_exception', validationFailed(reasons));

/** 400 `x_content_parse_exception` at a place of the body. */
export const parseException = (
  at: { readonly line: number; readonly column: number },
  reason: string,
  cause?: unknown,
): InferenceError =>
  new InferenceError(
    400,
    'x_content_parse_exception',
    `[${at.line}:${at.column}] ${reason}`,
    cause === undefined ? {} : { cause },
  );

export const endpointNotFound = (id: string): InferenceError =>
  new InferenceError(404, 'resource_not_found_exception', `Inference endpoint not found [${id}]`);

export const endpointExists = (id: string): InferenceError =>
  new InferenceError(400, 'resource_already_exists_exception', `Inference endpoint [${id}] already exists`);

/** 429, since Elasticsearch's clients must not take a timeout for a broken connection (contract §3). */
export const requestTimedOut = (timeout: string, id: string): InferenceError =>
  new InferenceError(429, 'timeout_exception', `Request timed out after [${timeout}] for inference id [${id}]`);

/** 429: more requests of one rate-limit group wait than may. */
export const queueFull = (id: string, group: string): InferenceError =>
  new InferenceError(
    429,
    'es_rejected_execution_exception',
    `Failed to execute task for inference id [${id}] because the request service [${group}] queue is full`,
  );

export const unknownTaskType = (taskType: string): InferenceError =>
  statusException(400, `Unknown task_type [${taskType}]`);
