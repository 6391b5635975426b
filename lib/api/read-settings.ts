import * as z from 'zod';
import type { Blame, UnknownSetting } from './blame.ts';
import { type InferenceError, statusException, validationException } from './errors.ts';
import { javaMap } from './java.ts';
import { picked } from './json-value.ts';
import { type Problem, strictError, strictUnknown, type Telling, unknownKey } from './strict-settings.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

type Reading<T> =
  | { readonly ok: true; readonly value: T; readonly unknown: readonly UnknownSetting[] }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly unknown: readonly UnknownSetting[] };

/** The object that a schema reads, whatever it is wrapped in. */
const objectIn = (schema: unknown): z.ZodObject | undefined => {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodPipe) return objectIn(schema.in) ?? objectIn(schema.out);
  const wraps =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault;
  return wraps ? objectIn(schema.unwrap()) : undefined;
};

const fieldOf = (schema: unknown, name: PropertyKey): unknown => objectIn(schema)?.shape[String(name)];

/** The names that a schema of settings reads; schemas may be wrapped in transformations. */
export const knownKeys = (schema: unknown): readonly string[] => Object.keys(objectIn(schema)?.shape ?? {});

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

/** Whether null says something else than absence: in an update it may set a value back. */
const takesNull = (field: unknown): boolean => {
  if (field instanceof z.ZodNullable) return true;
  if (field instanceof z.ZodOptional) return takesNull(field.unwrap());
  return field instanceof z.ZodPipe && takesNull(field.in);
};

/** Whether a schema hands on whatever it does not name. */
const isLoose = (schema: z.ZodType): boolean => objectIn(schema)?.def.catchall instanceof z.ZodUnknown;

/**
 * The settings without those that are null, which count as absent, and the ones that a schema does not know: rules may ask for these too, and
 * some schemas let them through, null as well. Of the unknown, one that is null is told of all the same.
 */
const sorted = (schema: z.ZodType, scope: string, sent: JsonObject) => {
  const known = knownKeys(schema);
  const loose = isLoose(schema);
  const names = Object.keys(sent);
  const unknown: UnknownSetting[] = [];
  const present: string[] = [];
  for (const name of names) {
    const value = sent[name];
    const isKnown = known.includes(name);
    if (!isKnown) unknown.push({ path: [scope, name], value, known });
    const mayBeNull = isKnown ? takesNull(fieldOf(schema, name)) : loose;
    if (value !== null || mayBeNull) present.push(name);
  }
  // Copied only where something is left out: a caller may send hundreds of thousands of them.
  return { given: present.length < names.length ? picked(sent, present) : sent, unknown };
};

const tellings: readonly Telling[] = ['parser', 'builder', 'alone'];

const kindOf = (issue: z.core.$ZodIssue): Problem['kind'] => {
  if (issue.code === 'custom') return tellings.find((telling) => telling === issue.params?.told) ?? 'value';
  const absent = issue.code === 'invalid_type' && issue.input === undefined;
  const empty = issue.code === 'too_small' && issue.origin === 'string';
  return absent || empty ? 'missing' : 'value';
};

/** Whether nothing has been said of a setting yet: its type is wrong before its value can be, and Elasticsearch tells one fault of each. */
const isFirstOf = (path: readonly PropertyKey[], blamed: Set<string>): boolean => {
  const place = path.map(String).join('.');
  if (blamed.has(place)) return false;
  blamed.add(place);
  return true;
};

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
  const { given, unknown } = sorted(schema, scope, sent);
  const result = underScope(schema, scope).safeParse({ [scope]: given }, { reportInput: true });
  const ruleProblems = rules(given).map((message): Problem => ({ kind: 'value', path: [scope], message }));
  if (result.success && ruleProblems.length === 0) {
    // `underScope` puts a schema of T under this key; the computed key hides that from the compiler.
    return { ok: true, value: result.data[scope] as T, unknown };
  }
  const problems: Problem[] = [];
  const blamed = new Set<string>();
  for (const issue of result.error?.issues ?? []) {
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(issue.path.slice(1).reduce<unknown>(fieldOf, schema));
      for (const key of issue.keys) {
        const path = [...issue.path, key];
        unknown.push({ path, value: valueAt({ [scope]: given }, path), known });
      }
    } else if (isFirstOf(issue.path, blamed)) {
      problems.push({ kind: kindOf(issue), path: issue.path, message: issue.message });
    }
  }
  problems.push(...ruleProblems);
  return { ok: false, problems, unknown };
};

/** Throws what is wrong with a reading, and gives back what was read of a good one. Unknown keys are left to `refuseUnknown`. */
export const requireSettings = <T>(reading: Reading<T>, blame: Blame): T => {
  if (reading.ok) return reading.value;
  const [first] = reading.problems;
  // Only unknown keys inside a nested object: nothing else can be said.
  if (!first) throw unknownSettings(reading.unknown, blame);
  if (blame.words === 'collected') throw validationException(reading.problems.map(({ message }) => message));
  throw strictError(reading.problems, reading.unknown, blame);
};

const unknownSettings = (unknown: readonly UnknownSetting[], blame: Blame): InferenceError => {
  const [first] = unknown;
  if (blame.words !== 'collected' && first) return strictUnknown(first, blame);
  const entries = unknown.map(({ path, value }) => [String(path.at(-1)), value] as const);
  return statusException(
    400,
    `Configuration contains settings [${javaMap(entries)}] unknown to the [${blame.service}] service`,
  );
};

/**
 * The same for settings that a parser of their own reads, if it has a name: it refuses the first key that it does not know.
 *
 * @throws InferenceError 400 `x_content_parse_exception`
 */
export const requireParsed = <T>(reading: Reading<T>, parser: string | undefined, blame: Blame): T => {
  const [unknown] = reading.unknown;
  if (parser === undefined || !unknown) return requireSettings(reading, blame);
  throw unknownKey(unknown, parser, blame);
};

/** Throws when there are keys that nobody reads, in the words of the service's generation. */
export const refuseUnknown = (unknown: readonly UnknownSetting[], blame: Blame): void => {
  if (unknown.length > 0) throw unknownSettings(unknown, blame);
};
