import type { ChatRequest } from '../api/chat-request.ts';
import { statusException, validationException } from '../api/errors.ts';
import { type InputType, isSpecified } from '../api/input-type.ts';

// Calls that several services cannot take. Nothing is sent then.

/** @throws InferenceError 400 when a caller says what its inputs are for, and the service has no such thing */
export const refuseInputType = ({ inputType }: { readonly inputType?: InputType }): void => {
  if (!isSpecified(inputType)) return;
  throw validationException([
    `Invalid input_type [${inputType}]. The input_type option is not supported by this service`,
  ]);
};

/**
 * @param what - what takes one text: `Mistral completions`
 * @throws InferenceError 400 for more than one
 */
export const refuseFurtherInputs = ({ input }: { readonly input: readonly string[] }, what: string): void => {
  if (input.length > 1) throw statusException(400, `${what} only accepts 1 input`);
};

/**
 * @param names - fields of a chat request that the service has no place for
 * @throws InferenceError 400 that names the first of them which is there
 */
export const refuseChatFields = (
  service: string,
  { chat }: { readonly chat?: ChatRequest },
  names: readonly (keyof ChatRequest)[],
): void => {
  const name = names.find((field) => chat?.[field] !== undefined);
  if (name) throw statusException(400, `The [${service}] service does not support the field [${name}]`);
};
