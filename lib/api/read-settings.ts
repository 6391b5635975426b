import * as z from 'zod';
import { InferenceError, parseException, statusException, validationException } from './errors.ts';
import { javaMap } from './java.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Which generation of messages a service uses (contract §17a): `collected` lists all errors of one settings object and names
 * unknown keys at the end; `strict` refuses the first error, with its place in the body.
 */
export type Words = 'collected' | 'strict';

type Place = { readonly line: number; readonly column: number };

/** Where a setting stands in the request body. */
export type Locate = (path: readonly PropertyKey[], what: 'key' | 'value') => Place;

type Problem = { readonly kind: 'missing' | 'value'; readonly path: readonly PropertyKey[]; readonly message: string };

/** A setting that nobody reads: its path from the settings object's scope, and its value. */
export type UnknownSetting = { readonly path: readonly PropertyKey[]; readonly value: unknown };

type Reading<T> =
  | { readonly ok: true; readonly value: T; readonly unknown: readonly UnknownSetting[] }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly unknown: readonly UnknownSetting[] };

/** The names that a schema of settings reads; schemas may be wrapped in transformations. */
export const knownKeys = (schema: z.ZodType): readonly string[] => {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  // `.in` is typed as zod's core type; every schema of this project is a classic one.
  if (schema instanceof z.ZodPipe) return knownKeys(schema.in as z.ZodType);
  return [];
};

const scoped = new WeakMap<z.ZodType, Map<string, z.ZodObject>>();

/** The schema under the name of its scope, so that messages can name both. */
const underScope = (schema: z.ZodType, scope: string): z.ZodObject => {
  const byScope = scoped.get(schema) ?? new Map<string, z.ZodObject>();
  scoped.set(schema, byScope);
  const wrapped = byScope.get(scope) ?? z.object({ [scope]: schema });
  byScope.set(scope, wrapped);
  return wrapped;
};

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );

/** A setting that is null counts as absent; only a key that nobody knows is told of all the same. */
const withoutNulls = (settings: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));

/**
 * Reads one settings object: what fits, what is wrong with it in Elasticsearch's words, and which keys nobody knows.
 *
 * @param rules - further messages about settings that depend on each other; asked even when single settings are wrong
 */
export const readSettings = <T>(
  schema: z.ZodType<T>,
  scope: string,
  sent: JsonObject,
  rules: (sent: JsonObject) => readonly string[] = () => [],
): Reading<T> => {
  const keys = new Set(knownKeys(schema));
  const unknown: UnknownSetting[] = Object.entries(sent)
    .filter(([key]) => !keys.has(key))
    .map(([key, value]) => ({ path: [scope, key], value }));
  const given = withoutNulls(sent);
  const result = underScope(schema, scope).safeParse({ [scope]: given }, { reportInput: true });
  const ruleProblems = rules(given).map((message): Problem => ({ kind: 'value', path: [scope], message }));
  if (result.success && ruleProblems.length === 0) {
    // `underScope` puts a schema of T under this key; the computed key hides that from the compiler.
    return { ok: true, value: result.data[scope] as T, unknown };
  }
  const problems: Problem[] = [];
  for (const issue of result.error?.issues ?? []) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        const path = [...issue.path, key];
        unknown.push({ path, value: valueAt({ [scope]: given }, path) });
      }
    } else {
      const missing = issue.code === 'invalid_type' && issue.input === undefined;
      problems.push({ kind: missing ? 'missing' : 'value', path: issue.path, message: issue.message });
    }
  }
  problems.push(...ruleProblems);
  return { ok: false, problems, unknown };
};

/** Whose settings they are, for messages: the service, its generation of words, and the request body. */
export type Blame = { readonly service: string; readonly words: Words; readonly locate: Locate };

/** Throws what is wrong with a reading, and gives back what was read of a good one. Unknown keys are left to `refuseUnknown`. */
export const requireSettings = <T>(reading: Reading<T>, blame: Blame): T => {
  if (reading.ok) return reading.value;
  const [first] = reading.problems;
  // Only unknown keys inside a nested object: nothing else can be said.
  if (!first) throw unknownSettings(reading.unknown, blame);
  if (blame.words === 'collected') throw validationException(reading.problems.map(({ message }) => message));
  const wrong = reading.problems.find(({ kind, path }) => kind === 'value' && path.length > 1);
  if (!wrong) {
    // The strict parsers meet unknown keys before anyone asks what is missing.
    if (reading.unknown.length > 0) throw unknownSettings(reading.unknown, blame);
    throw validationException(reading.problems.map(({ message }) => message));
  }
  const reason = `[${String(wrong.path.at(-2))}] failed to parse field [${String(wrong.path.at(-1))}]`;
  const detail = new InferenceError(400, 'illegal_argument_exception', wrong.message);
  throw parseException(blame.locate(wrong.path, 'value'), reason, detail);
};

const unknownSettings = (unknown: readonly UnknownSetting[], { words, service, locate }: Blame): InferenceError => {
  if (words === 'strict') {
    const path = unknown[0]?.path ?? [];
    return parseException(locate(path, 'key'), `[${String(path.at(-2))}] unknown field [${String(path.at(-1))}]`);
  }
  const entries = unknown.map(({ path, value }) => [String(path.at(-1)), value] as const);
  return statusException(
    400,
    `Configuration contains settings [${javaMap(entries)}] unknown to the [${service}] service`,
  );
};

/** Throws when there are keys that nobody reads, in the words of the service's generation. */
export const refuseUnknown = (unknown: readonly UnknownSetting[], blame: Blame): void => {
  if (unknown.length > 0) throw unknownSettings(unknown, blame);
};
