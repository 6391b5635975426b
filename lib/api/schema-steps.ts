import * as z from 'zod';
import { JsonDecimal, type JsonToken, type JsonValue } from './json.ts';

// What the explanation of a body that does not fit has to know about its schema: what it is made of, and what it takes.

export type Schema = z.core.$ZodType;

/** A JSON object; a number that keeps its text is none. */
export const isJsonObject = (value: unknown): value is { readonly [key: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonDecimal);

/** What Elasticsearch's parsers call a value of this JSON type. */
export const tokenOf = (value: unknown): JsonToken => {
  if (value === null) return 'VALUE_NULL';
  if (typeof value === 'string') return 'VALUE_STRING';
  if (typeof value === 'boolean') return 'VALUE_BOOLEAN';
  if (Array.isArray(value)) return 'START_ARRAY';
  return isJsonObject(value) ? 'START_OBJECT' : 'VALUE_NUMBER';
};

const parserNames = z.registry<{ readonly parser: string }>();

/**
 * A nested object that refuses fields that it does not know.
 *
 * @param parser - what Elasticsearch's messages call its parser
 */
export const named = <Shape extends z.ZodRawShape>(parser: string, shape: Shape) => {
  const schema = z.strictObject(shape).check(({ issues }) => {
    // Unknown fields alone would not end a list: each of a million elements could have its own.
    issues.forEach((issue, index) => {
      issues[index] = { ...issue, continue: false };
    });
  });
  parserNames.add(schema, { parser });
  return schema;
};

export const parserNameOf = (schema: Schema): string | undefined => parserNames.get(schema)?.parser;

type List = { readonly element: Schema; readonly firstWrong: (elements: readonly unknown[]) => number | undefined };

const lists = new WeakMap<Schema, List>();

/**
 * A list that is read to its first wrong element, whose first problem is told: zod's own would collect those of a million.
 *
 * @param quick - reads elements that need no schema; undefined for the others
 */
export const list = <T>(element: z.ZodType<T>, quick: (value: unknown) => T | undefined = () => undefined) => {
  /** Where and why lists are wrong, so that the explanation need not read them again. */
  const wrong = new WeakMap<
    readonly unknown[],
    { readonly index: number; readonly issue: z.core.$ZodIssue | undefined }
  >();
  const read = (elements: readonly unknown[]): T[] | undefined => {
    if (wrong.has(elements)) return undefined;
    const done: T[] = [];
    for (const value of elements) {
      const known = quick(value);
      const result = known === undefined ? element.safeParse(value) : { data: known, error: undefined };
      if (result.error) {
        wrong.set(elements, { index: done.length, issue: result.error.issues[0] });
        return undefined;
      }
      done.push(result.data);
    }
    return done;
  };
  const schema = z.unknown().transform((sent, context): T[] => {
    if (!Array.isArray(sent)) {
      context.addIssue({ code: 'invalid_type', expected: 'array', input: sent });
      return z.NEVER;
    }
    const elements = read(sent);
    if (elements) return elements;
    const { index = 0, issue } = wrong.get(sent) ?? {};
    context.addIssue({ code: 'custom', ...issue, path: [index, ...(issue?.path ?? [])] });
    return z.NEVER;
  });
  lists.set(schema, {
    element,
    firstWrong: (elements) => {
      read(elements);
      return wrong.get(elements)?.index;
    },
  });
  return schema;
};

/** What a schema made by `list` is a list of; undefined for other schemas. */
export const listOf = (schema: Schema): List | undefined => lists.get(schema);

/** The schema of the value as it is sent: without optionality, defaults and transformations. */
export const unwrap = (schema: Schema): Schema => {
  if (lists.has(schema)) return schema;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return unwrap(schema.def.innerType);
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return unwrap(schema.def.innerType);
  if (schema instanceof z.ZodPipe) return unwrap(schema.in instanceof z.ZodTransform ? schema.out : schema.in);
  return schema;
};

export const firstIssue = (schema: Schema, value: unknown): z.core.$ZodIssue | undefined =>
  z.safeParse(schema, value).error?.issues[0];

/** Whether a schema takes values of this JSON type at all, right or wrong. */
export const takes = (schema: Schema, value: unknown): boolean => {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) return inner.options.some((option) => takes(option, value));
  if (inner instanceof z.ZodObject) return isJsonObject(value);
  if (listOf(inner)) return Array.isArray(value);
  return firstIssue(schema, value)?.code !== 'invalid_type';
};

/** The schema of a field; undefined for a name that the object does not know. */
export const fieldOf = (schema: z.ZodObject, name: string): Schema | undefined =>
  Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined;

export const isStrict = (schema: z.ZodObject): boolean => schema.def.catchall instanceof z.ZodNever;
