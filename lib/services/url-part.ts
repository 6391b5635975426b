import { illegalArgument } from '../api/errors.ts';

/** Characters of a part. No server takes as many; to encode and sign megabytes, as a model's name may have, would take seconds. */
const longest = 64 * 1024;

/**
 * A text as one part of an address: a segment of a path, a label of a host. Half a surrogate pair, which has no bytes, becomes U+FFFD.
 *
 * @throws InferenceError 400 where it has more characters than any address
 */
export const urlPart = (text: string): string => {
  if (text.length > longest)
    throw illegalArgument(`A part of the URL has [${text.length}] characters, no more than [${longest}] are taken`);
  return encodeURIComponent(text.toWellFormed());
};
