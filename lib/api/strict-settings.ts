import type { Blame, Place, UnknownSetting } from './blame.ts';
import { didYouMean } from './did-you-mean.ts';
import { InferenceError, illegalArgument, parseException, validationException } from './errors.ts';

// The words of the strict parsers about settings (contract §17a): the first error, with its place in the body.

/**
 * How the strict words tell of a setting, where it is not as the cause of a `failed to parse field`; a field names it in the parameters
 * of its issue (`told`). `parser`: by itself, at its place in the body. `builder`: as the cause of a `Failed to build`, once all fields
 * are read. `alone`: by itself and without a place, after all that.
 */
export type Telling = 'parser' | 'builder' | 'alone';

/** An empty text counts as missing: the strict parsers tell both once all settings are read, the first of them without a place. */
export type Problem = {
  readonly kind: 'missing' | 'value' | Telling;
  readonly path: readonly PropertyKey[];
  readonly message: string;
};

/**
 * The one problem that a strict parser tells: the first field that is wrong, else an unknown key, else what is noticed later.
 *
 * @param problems - of one settings object, in the order of its schema
 */
export const strictError = (
  problems: readonly Problem[],
  unknown: readonly UnknownSetting[],
  blame: Blame,
): InferenceError => {
  const wrong = problems.find(({ kind, path }) => (kind === 'value' || kind === 'parser') && path.length > 1);
  if (wrong) return fieldError(wrong, blame);
  // The strict parsers meet unknown keys before anyone asks what is missing.
  const [firstUnknown] = unknown;
  if (firstUnknown) return strictUnknown(firstUnknown, blame);
  const built = problems.find(({ kind }) => kind === 'builder');
  if (built) {
    const reason = `Failed to build [${String(built.path[0])}] after last required field arrived`;
    return new InferenceError(400, 'x_content_parse_exception', reason, { cause: illegalArgument(built.message) });
  }
  const [first] = problems;
  const alone = problems.find(({ kind }) => kind === 'alone') ?? (blame.words === 'strict' ? first : undefined);
  return alone ? illegalArgument(alone.message) : validationException(problems.map(({ message }) => message));
};

const fieldError = ({ kind, path, message }: Problem, { locate }: Blame): InferenceError => {
  const at = locate(path, 'value');
  if (kind === 'parser') return inParents(parseException(at, message), path, at);
  const reason = `[${String(path.at(-2))}] failed to parse field [${String(path.at(-1))}]`;
  return inParents(parseException(at, reason, illegalArgument(message)), path, at);
};

/** What the parser of a nested object told, as the parsers around it tell it; `path` is `[scope, …, name]`. */
const inParents = (error: InferenceError, path: readonly PropertyKey[], at: Place): InferenceError =>
  path
    .slice(1, -1)
    .reduceRight<InferenceError>(
      (inner, name, index) =>
        parseException(at, `[${String(path[index])}] failed to parse field [${String(name)}]`, inner),
      error,
    );

/** What a parser says of a key that it does not know. @param parser - its name */
export const unknownKey = ({ path, known }: UnknownSetting, parser: string, { locate }: Blame): InferenceError => {
  const name = String(path.at(-1));
  return parseException(locate(path, 'key'), `[${parser}] unknown field [${name}]${didYouMean(name, known)}`);
};

/** The same of a setting, which may stand inside another one. */
export const strictUnknown = (unknown: UnknownSetting, blame: Blame): InferenceError => {
  const { path } = unknown;
  return inParents(unknownKey(unknown, String(path.at(-2)), blame), path, blame.locate(path, 'key'));
};
