import * as z from 'zod';
import type { InputType } from '../api/input-type.ts';
import {
  flag,
  orText,
  positiveInteger,
  rateLimit,
  strictSimilarity,
  strictWord,
  text,
  urlProblem,
} from '../api/settings.ts';
import type { Telling } from '../api/strict-settings.ts';

// Settings of Cohere's models, in the words of the strict parsers.

/** What Elasticsearch notices after its parser is told without a place. */
const alone = { told: 'alone' satisfies Telling };

const model = z
  .custom<string>((value) => value !== undefined, {
    error: 'The [service_settings.model_id] field is required for the Cohere V2 API.',
    params: alone,
    abort: true,
  })
  .pipe(text());

const url = text().refine((value) => value === '' || !urlProblem(value), {
  error: ({ input }) => `unable to parse url [${input}]. Reason: ${urlProblem(String(input))}`,
  params: alone,
});

const expected = (words: readonly string[]) => (value: string) =>
  `Invalid value [${value}]; expected one of [${words.join(', ')}]`;

/** What may be asked for, and what the vectors' numbers are then. */
const elementType = strictWord(
  { float: 'float', byte: 'byte', int8: 'byte', bit: 'bit', binary: 'bit' },
  { complaint: expected(['byte', 'float', 'bit']) },
);

export const common = { url: url.optional(), model_id: model, rate_limit: rateLimit(10_000) };

export const dense = {
  ...common,
  embedding_type: elementType.default('float'),
  similarity: strictSimilarity().optional(),
  dimensions: orText(positiveInteger()).optional(),
  max_input_tokens: orText(positiveInteger()).optional(),
};

export const storedSettings = z.object({ ...dense, embedding_type: elementType.optional() });
export type Settings = z.output<typeof storedSettings>;

/** What Elasticsearch reads into an enumeration of its own after its parser. */
const builder = 'builder' satisfies Telling;
const inputTypes = ['ingest', 'search', 'classification', 'clustering'] as const;
export const embeddingTaskSettings = z.object({
  input_type: strictWord<InputType>(
    {
      ingest: 'ingest',
      search: 'search',
      classification: 'classification',
      clustering: 'clustering',
      internal_ingest: 'internal_ingest',
      internal_search: 'internal_search',
    },
    { complaint: expected(inputTypes), told: builder },
  ).optional(),
  truncate: strictWord(
    { none: 'none', start: 'start', end: 'end' },
    {
      complaint: (value) =>
        `No enum constant org.elasticsearch.xpack.inference.common.model.Truncation.${value.toUpperCase()}`,
      told: builder,
    },
  ).optional(),
});
export const rerankTaskSettings = z.object({
  top_n: orText(positiveInteger()).optional(),
  return_documents: flag().optional(),
  max_chunks_per_doc: orText(positiveInteger()).optional(),
});
export type TaskSettings = z.output<typeof embeddingTaskSettings> & z.output<typeof rerankTaskSettings>;
