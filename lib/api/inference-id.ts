import { actionRequestValidation } from './errors.ts';

const valid = /^[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?$/;

/** What fits the key of a row, in bytes. */
const mostBytes = 2048;

/** Whether a row can have this id; nothing can be there under any other. */
export const fitsStore = (id: string): boolean => id.isWellFormed() && Buffer.byteLength(id) <= mostBytes;

/**
 * Checks the id that an endpoint is to get. Only PUT and `_update` ask: everywhere else a malformed id is simply not found.
 *
 * @throws InferenceError 400 `action_request_validation_exception`
 */
export const checkInferenceId = (id: string): void => {
  // Dots are legal too; the message does not say so.
  if (!valid.test(id)) {
    throw actionRequestValidation([
      `Invalid inference_id; '${id}' can contain lowercase alphanumeric (a-z and 0-9), hyphens or underscores; must start and end with alphanumeric`,
    ]);
  }
  if (!fitsStore(id)) {
    throw actionRequestValidation([
      `id [${id}] is too long, must be no longer than ${mostBytes} bytes but was: ${Buffer.byteLength(id)}`,
    ]);
  }
};
