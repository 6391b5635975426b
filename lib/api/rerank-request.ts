import * as z from 'zod';
import { anyObject, flag, integer, oneOrMany, refuse } from './body-fields.ts';
import { type ContentItem, contentItem, ofText, textItem } from './content-item.ts';
import { actionRequestValidation } from './errors.ts';
import type { JsonDocument } from './json.ts';
import { parseBody } from './parse-body.ts';
import type { JsonObject } from './read-settings.ts';

/** The body of `rerank`. */
export type RerankRequest = {
  readonly input: readonly ContentItem[];
  readonly query: ContentItem;
  readonly topN?: number;
  readonly returnDocuments?: boolean;
  readonly taskSettings: JsonObject;
};

/** A text or an item of one of some types. */
const textOrItem = (field: 'input' | 'query', supported: readonly ContentItem['type'][]) =>
  z.union([
    z.string().transform(textItem),
    contentItem.transform((item, context): ContentItem => {
      const { type } = item;
      if (supported.includes(type)) return item;
      const message = `Field [${field}] contains unsupported [type] value [${type}]. Supported values are [${supported.join(', ')}]`;
      return refuse(context, message, 'x_content_parse_exception', 'parser');
    }),
  ]);

const ranked = textOrItem('input', ['text', 'image']);

const body = z.strictObject({
  input: oneOrMany(ranked, ofText),
  query: textOrItem('query', ['text']),
  top_n: integer.optional(),
  return_documents: flag.optional(),
  task_settings: anyObject.optional(),
});

/** What Elasticsearch checks once the body is read; all of it is told together. */
const problemsOf = ({ input, query, top_n }: z.output<typeof body>): readonly string[] => [
  ...(input.length === 0 ? ['Field [input] cannot be an empty array'] : []),
  ...(query.value === '' ? ['Field [query] cannot be empty'] : []),
  ...(top_n !== undefined && top_n < 1 ? ['Field [top_n] must be greater than or equal to 1'] : []),
];

/**
 * Reads the body of a rerank call.
 *
 * @throws InferenceError 400 `x_content_parse_exception`, `illegal_argument_exception` or `action_request_validation_exception`
 * @see the contract, §8
 */
export const parseRerankRequest = (document: JsonDocument): RerankRequest => {
  const sent = parseBody(body, 'RerankRequest', document);
  const problems = problemsOf(sent);
  if (problems.length > 0) throw actionRequestValidation(problems);
  return {
    input: sent.input,
    query: sent.query,
    ...(sent.top_n !== undefined && { topN: sent.top_n }),
    ...(sent.return_documents !== undefined && { returnDocuments: sent.return_documents }),
    taskSettings: sent.task_settings ?? {},
  };
};
