/** What the engine answers instead of a result, in the words of Text Embeddings Inference. */
export class TeiError extends Error {
  override readonly name = 'TeiError';
  readonly status: number;
  /** `error_type` of the JSON body; without it the body is the message as plain text. */
  readonly type: string | undefined;

  constructor(status: number, type: string | undefined, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** 422: the request has the right shape, and breaks a limit. */
export const invalid = (message: string): TeiError => new TeiError(422, 'Validation', message);

/** 400: nothing to work on. */
export const empty = (field: string): TeiError =>
  new TeiError(400, 'Empty', `Input validation error: \`${field}\` cannot be empty`);

/** 424: the model cannot do it, or failed. */
export const backendFailed = (message: string): TeiError => new TeiError(424, 'Backend', message);

export const overloaded = (): TeiError => new TeiError(429, 'Overloaded', 'Model is overloaded');

export const notFound = (message: string): TeiError => new TeiError(404, 'NotFound', message);

/** 422 in plain text: the body is not JSON, or not of the route's shape. */
export const malformed = (message: string): TeiError => new TeiError(422, undefined, message);

/** 413 in plain text. */
export const bodyTooLarge = (): TeiError => new TeiError(413, undefined, 'length limit exceeded');
