import * as z from 'zod';
import { InferenceError, parseException } from '../api/errors.ts';
import { JsonDecimal, type JsonDocument, type JsonLocation, locate } from '../api/json.ts';

/** An object as it was sent: zod's own records would drop a key named `__proto__`. */
export const jsonObject = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonDecimal),
);

type Problem = { readonly at: JsonLocation; readonly reason: string };

/** Each thing wrong, in the words of Elasticsearch's object parsers. */
const problems = (issue: z.core.$ZodIssue, parser: string, document: JsonDocument): readonly Problem[] => {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const at = locate(document, [...issue.path, key], 'key');
      return { at, reason: `[${parser}] unknown field [${key}]` };
    });
  }
  const [field, ...inside] = issue.path;
  const at = locate(document, issue.path, 'value');
  if (field === undefined) return [{ at, reason: `[${parser}] Expected START_OBJECT but was: ${at.token}` }];
  if (inside.length > 0) return [{ at, reason: `[${parser}] failed to parse field [${String(field)}]` }];
  return [{ at, reason: `[${parser}] ${String(field)} doesn't support values of type: ${at.token}` }];
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
  const found = result.error.issues.flatMap((issue) => problems(issue, parser, document));
  const first = found.reduce((a, b) => (b.at.offset < a.at.offset ? b : a));
  throw parseException(first.at, first.reason);
};

/** The body of a route that needs one. @throws InferenceError 400 `parse_exception` */
export const requireBody = (document: JsonDocument | undefined): JsonDocument => {
  if (document) return document;
  throw new InferenceError(400, 'parse_exception', 'request body is required');
};
