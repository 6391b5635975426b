import * as z from 'zod';
import { parseException } from './errors.ts';
import { explainBody } from './explain-body.ts';
import { type JsonDocument, locate } from './json.ts';
import { isJsonObject, isStrict } from './schema-steps.ts';

/** Whether a strict object has more fields than it can know: hundreds of thousands need not be gone through to be refused. */
const hasUnknown = (schema: z.ZodType, object: object): boolean =>
  schema instanceof z.ZodObject && isStrict(schema) && Object.keys(object).length > Object.keys(schema.shape).length;

/**
 * Reads a caller's body by its schema. Whatever does not fit is told in the words of Elasticsearch's parsers: the first problem in the
 * order of the document, nested as its fields are.
 *
 * @param schema - an object; strict ones refuse fields that they do not know
 * @param parser - what Elasticsearch calls the parser of this body; those of nested objects are given by `named`
 * @throws InferenceError 400 `x_content_parse_exception`, or `illegal_argument_exception` when fields of the root are missing
 * @see the contract, §8
 */
export const parseBody = <T>(schema: z.ZodType<T>, parser: string, document: JsonDocument): T => {
  if (!isJsonObject(document.value)) {
    const at = locate(document, [], 'value');
    throw parseException(at, `[${parser}] Expected START_OBJECT but was: ${at.token}`);
  }
  const read = hasUnknown(schema, document.value) ? undefined : schema.safeParse(document.value);
  if (!read?.success) throw explainBody(schema, parser, document);
  return read.data;
};
