import { actionRequestValidation } from './errors.ts';

const valid = /^[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?$/;

/**
 * Checks the id that an endpoint is to get. Only PUT and `_update` ask: everywhere else a malformed id is simply not found.
 *
 * @throws InferenceError 400 `action_request_validation_exception`
 */
export const checkInferenceId = (id: string): void => {
  if (valid.test(id)) return;
  // Dots are legal too; the message does not say so.
  throw actionRequestValidation([
    `Invalid inference_id; '${id}' can contain lowercase alphanumeric (a-z and 0-9), hyphens or underscores; must start and end with alphanumeric`,
  ]);
};
