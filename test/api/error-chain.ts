import { InferenceError } from '../../lib/api/errors.ts';

/** Type and reason of an error and of each of its causes, outermost first. */
export type ErrorChain = readonly (readonly [type: string, reason: string])[];

/**
 * What a call throws.
 *
 * @throws whatever is no InferenceError with status 400, and when the call throws nothing
 */
export const errorsOf = (call: () => unknown): ErrorChain => {
  const chain: [string, string][] = [];
  let error = thrownBy(call);
  if (!(error instanceof InferenceError) || error.status !== 400) throw error;
  for (; error instanceof InferenceError; error = error.cause) chain.push([error.type, error.message]);
  return chain;
};

const thrownBy = (call: () => unknown): unknown => {
  try {
    call();
  } catch (error) {
    return error;
  }
  return new Error('nothing was thrown');
};
