import * as z from 'zod';
import { didYouMean } from './did-you-mean.ts';
import { InferenceError, illegalArgument, parseException } from './errors.ts';
import { type JsonDocument, type JsonLocation, locate } from './json.ts';
import {
  fieldOf,
  firstIssue,
  isJsonObject,
  isStrict,
  listOf,
  parserNameOf,
  type Schema,
  takes,
  unwrap,
} from './schema-steps.ts';

/** Who notices a problem with an object: its parser, or what makes the value once all its fields are read. */
export type Origin = 'parser' | 'builder';

/** An issue for a schema's own check: type and words of the error that Elasticsearch gives as the cause. */
export const problem = (type: string, message: string, origin: Origin) => ({
  code: 'custom' as const,
  message,
  params: { type, origin },
});

const problemParams = z.object({ type: z.string(), origin: z.enum(['parser', 'builder']) });

const readIssue = (
  issue: z.core.$ZodIssue | undefined,
): { readonly detail: InferenceError; readonly origin: Origin } => {
  const { type, origin } = problemParams
    .catch({ type: 'illegal_argument_exception', origin: 'builder' })
    .parse(issue?.code === 'custom' ? issue.params : undefined);
  return { detail: new InferenceError(400, type, issue?.message ?? 'Invalid value'), origin };
};

/** A problem, and the value at which the parser stood when it met it: the fields around it name that place too. */
type Problem = { readonly error: InferenceError; readonly at: JsonLocation };

type Path = readonly PropertyKey[];

/**
 * Finds the first problem of a body in the order of the document. It is looked for only when there is one: each part is checked
 * again on its own, from the outside to the inside.
 */
export const explainBody = (schema: Schema, rootParser: string, document: JsonDocument): InferenceError => {
  const find = (path: Path, what: 'key' | 'value' = 'value') => locate(document, path, what);

  const parserOf = (object: Schema, path: Path): string =>
    parserNameOf(object) ?? String(path.findLast((step) => typeof step === 'string') ?? rootParser);

  const inValue = (outer: Schema, value: unknown, path: Path): Problem => {
    const inner = unwrap(outer);
    if (inner instanceof z.ZodUnion) {
      // A union that fails, and nothing behind it, is one of which each option fails: none need be tried again.
      const wrong = inner.options.find(
        (option) => takes(option, value) && (inner === outer || !z.validate(option, value)),
      );
      if (wrong) return inValue(wrong, value, path);
    }
    if (inner instanceof z.ZodObject && isJsonObject(value)) return inObject(outer, inner, value, path);
    const list = listOf(inner);
    if (list && Array.isArray(value)) {
      const index = list.firstWrong(value);
      if (index !== undefined) return inElement(list.element, value[index], [...path, index]);
    }
    return { error: readIssue(firstIssue(outer, value)).detail, at: find(path) };
  };

  const inElement = (schema: Schema, value: unknown, path: Path): Problem => {
    if (takes(schema, value)) return inValue(schema, value, path);
    const at = find(path);
    const object = unwrap(schema);
    const error =
      object instanceof z.ZodObject
        ? parseException(at, `[${parserOf(object, path)}] Expected START_OBJECT but was: ${at.token}`)
        : new InferenceError(400, 'x_content_parse_exception', `Unsupported token [${at.token}]`);
    return { error, at };
  };

  const inField = (parser: string, name: string, schema: Schema, value: unknown, path: Path): Problem => {
    if (takes(schema, value)) return around(parser, name, inValue(schema, value, path));
    const at = find(path);
    return { error: parseException(at, `[${parser}] ${name} doesn't support values of type: ${at.token}`), at };
  };

  const around = (parser: string, name: string, { error, at }: Problem): Problem => ({
    error: parseException(at, `[${parser}] failed to parse field [${name}]`, error),
    at,
  });

  const inObject = (
    outer: Schema,
    schema: z.ZodObject,
    object: Readonly<Record<string, unknown>>,
    path: Path,
  ): Problem => {
    const parser = parserOf(schema, path);
    for (const name of Object.keys(object)) {
      const value = object[name];
      const field = fieldOf(schema, name);
      const place = [...path, name];
      if (field && !z.validate(field, value)) return inField(parser, name, field, value, place);
      if (!field && isStrict(schema)) {
        const reason = `[${parser}] unknown field [${name}]${didYouMean(name, Object.keys(schema.shape))}`;
        return { error: parseException(find(place, 'key'), reason), at: find(place) };
      }
    }
    const names = Object.keys(schema.shape);
    const missing = names.filter((name) => !Object.hasOwn(object, name) && !z.validate(schema.shape[name], undefined));
    if (missing.length > 0) return { error: illegalArgument(`Required [${missing.join(', ')}]`), at: find(path) };
    return inBuilder(outer, object, names, parser, path);
  };

  /** All fields are good, but not together. */
  const inBuilder = (outer: Schema, object: object, names: readonly string[], parser: string, path: Path): Problem => {
    const { detail, origin } = readIssue(firstIssue(outer, object));
    const at = find(path);
    if (origin === 'parser') return { error: detail, at };
    const reason = `Failed to build [${parser}] after last required field arrived`;
    const error = new InferenceError(400, 'x_content_parse_exception', reason, { cause: detail });
    const last = Object.keys(object).at(-1);
    // When even the optional fields are there, the value is made while the last of them is being read.
    if (last === undefined || Object.keys(object).length < names.length) return { error, at };
    return around(parser, last, { error, at: find([...path, last]) });
  };

  return inValue(schema, document.value, []).error;
};
