import * as z from 'zod';
import { InferenceError, parseException } from '../api/errors.ts';
import { JsonDecimal, type JsonDocument, locate } from '../api/json.ts';

/** An object as it was sent: zod's own records would drop a key named `__proto__`. */
export const jsonObject = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonDecimal),
);

/** A text among other values; undefined for those. */
export const asText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** What is wrong, in the words of Elasticsearch's object parsers. */
const problem = (issue: z.core.$ZodIssue, parser: string, document: JsonDocument): InferenceError => {
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return parseException(locate(document, [...issue.path, key], 'key'), `[${parser}] unknown field [${key}]`);
  }
  const [field, ...inside] = issue.path;
  const at = locate(document, issue.path, 'value');
  if (field === undefined) return parseException(at, `[${parser}] Expected START_OBJECT but was: ${at.token}`);
  if (inside.length > 0) return parseException(at, `[${parser}] failed to parse field [${String(field)}]`);
  return parseException(at, `[${parser}] ${String(field)} doesn't support values of type: ${at.token}`);
};

/** The field of the root that an issue is about; undefined where it is the root itself. */
const fieldOf = (issue: z.core.$ZodIssue): PropertyKey | undefined =>
  issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys[0] : issue.path[0];

/** Of some issues, the one that a parser meets first: fields are read in the order of the document, what is missing is told before them. */
const firstOf = (issues: readonly z.core.$ZodIssue[], value: unknown): z.core.$ZodIssue | undefined => {
  // Of a text or a list each letter or element would be a name.
  const object = jsonObject.safeParse(value).data;
  if (!object) return issues[0];
  const byField = new Map<PropertyKey | undefined, z.core.$ZodIssue>();
  for (const issue of issues) {
    const field = fieldOf(issue);
    if (field === undefined || !Object.hasOwn(object, field)) return issue;
    if (!byField.has(field)) byField.set(field, issue);
  }
  const first = Object.keys(object).find((name) => byField.has(name));
  return byField.get(first) ?? issues[0];
};

/**
 * Reads the body of a request about API keys.
 *
 * @param parser - what Elasticsearch calls its parser of that body, for the messages
 * @throws InferenceError 400 `x_content_parse_exception` for the first field, from left to right, that does not fit
 */
export const readBody = <T>(schema: z.ZodType<T>, parser: string, document: JsonDocument): T => {
  const result = schema.safeParse(document.value);
  if (result.success) return result.data;
  const first = firstOf(result.error.issues, document.value);
  throw first ? problem(first, parser, document) : result.error;
};

/** The body of a route that needs one. @throws InferenceError 400 `parse_exception` */
export const requireBody = (document: JsonDocument | undefined): JsonDocument => {
  if (document) return document;
  throw new InferenceError(400, 'parse_exception', 'request body is required');
};
