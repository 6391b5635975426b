import { illegalArgument } from '../api/errors.ts';
import { OutboundError } from './types.ts';

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
const callOf = (error: unknown): unknown => (error instanceof Error && 'syscall' in error ? error.syscall : undefined);

/**
 * What a failure of the HTTP client means.
 *
 * @param host - the host asked for
 * @returns OutboundError; InferenceError 400 when a header's text, which may come from a user, cannot be sent
 */
export const explainFailure = (error: unknown, host: string): Error => {
  if (error instanceof OutboundError) return new OutboundError(error.kind, host, { cause: error });
  if (callOf(error) === 'getaddrinfo') return new OutboundError('unknown_host', host, { cause: error });
  // Its message names the header, never the value.
  if (codeOf(error) === 'UND_ERR_INVALID_ARG' && error instanceof Error)
    return illegalArgument(`The request to [${host}] cannot be sent: ${error.message}`, error);
  return new OutboundError('connection', host, { cause: error });
};
