import { type Context, createContext, Script } from 'node:vm';
import { illegalArgument } from './errors.ts';

/** Milliseconds: far more than any honest separator takes, even in a text of many megabytes. */
const longestSearch = 500;

// In a context of its own, since only there a search can be stopped: a regular expression may take longer than the universe lasts.
const search = new Script('Array.from(text.matchAll(new RegExp(separator, flags)), ({ index }) => index)');

/** Made when first used, and once: a text may be searched in thousands of pieces. */
let place: Context | undefined;

const isReadable = (separator: string, flags: string): boolean => {
  try {
    new RegExp(separator, flags);
    return true;
  } catch {
    return false;
  }
};

/** Each has `m`, as Elasticsearch reads them. Whole characters where the syntax allows it: with `u` some needless escapes are errors. */
const flagsFor = (separator: string): string => {
  const flags = ['gmu', 'gm'].find((candidate) => isReadable(separator, candidate));
  if (flags === undefined) throw illegalArgument(`Chunk separator regex [${separator}] is no regular expression`);
  return flags;
};

const isInsidePair = (text: string, index: number): boolean => (text.codePointAt(index - 1) ?? 0) > 0xffff;

const tooLong = 'ERR_SCRIPT_EXECUTION_TIMEOUT';

/** By its code alone: the error may be one of the other context. */
const isTooLong = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === tooLong;

/**
 * Where the matches of a separator begin, in UTF-16 units of the text, in their order; never inside a surrogate pair.
 *
 * @param separator - a regular expression of many lines: `^` and `$` are those of a line
 * @throws InferenceError 400 `illegal_argument_exception` for one that cannot be read, or that takes without end
 */
export const separatorMatches = (text: string, separator: string): readonly number[] => {
  place ??= createContext({});
  Object.assign(place, { text, separator, flags: flagsFor(separator) });
  try {
    const found: Iterable<number> = search.runInContext(place, { timeout: longestSearch });
    return Array.from(found).filter((index) => !isInsidePair(text, index));
  } catch (error) {
    if (!isTooLong(error)) throw error;
    throw illegalArgument(`Chunk separator regex [${separator}] has exceeded the character read limit`);
  }
};
