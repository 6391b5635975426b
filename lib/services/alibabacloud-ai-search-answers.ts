import * as z from 'zod';
import { float } from '../api/float.ts';
import type { InferenceResult } from '../api/results.ts';
import { vector } from './dense.ts';

// Answers of AlibabaCloud AI Search: `{"request_id","latency","usage","result":{…}}`. One without `result` is an error in disguise.

/** A required field of an answer, with Elasticsearch's words for its absence. */
const missing = (field: string, what: string) => ({
  error: ({ input }: { readonly input?: unknown }) =>
    input === undefined
      ? `Failed to find required field [${field}] in AlibabaCloud Search ${what} response`
      : undefined,
});

/** Undefined where the answer has no result. */
const ofResult = <Shape extends z.ZodRawShape>(
  shape: Shape,
  read: (result: z.output<z.ZodObject<Shape>>) => InferenceResult,
): z.ZodType<InferenceResult | undefined> =>
  z.object({ result: z.object(shape).nullish() }).transform(({ result }) => (result ? read(result) : undefined));

export const readEmbeddings = ofResult(
  { embeddings: z.array(z.object({ embedding: vector }), missing('embeddings', 'embeddings')) },
  ({ embeddings }) => ({ kind: 'dense', key: 'text_embedding', rows: embeddings }),
);

const weight = z.object({
  token_id: z.union([z.number(), z.string()]).optional(),
  token: z.string().nullish(),
  weight: float,
});

/** A token by its text where the service sent that, else by its number. */
const nameOf = ({ token, token_id }: z.output<typeof weight>): string =>
  token === undefined ? String(token_id ?? '') : (token ?? '');

/** Elasticsearch stores weights under their tokens: no empty name, no dot, nothing that counts for nothing. */
const isKept = (token: string, value: number): boolean => token !== '' && !token.includes('.') && value > 0;

const readWeights = (weights: readonly z.output<typeof weight>[]): [string, number][] => [
  ...new Map(
    weights.flatMap((entry): [string, number][] => {
      const token = nameOf(entry);
      return isKept(token, entry.weight) ? [[token, entry.weight]] : [];
    }),
  ),
];

export const readSparseEmbeddings = ofResult(
  {
    sparse_embeddings: z.array(
      z.object({ embedding: z.array(weight) }),
      missing('sparse_embeddings', 'sparse embeddings'),
    ),
  },
  ({ sparse_embeddings }) => ({
    kind: 'sparse',
    rows: sparse_embeddings.map(({ embedding }) => ({ is_truncated: false, embedding: readWeights(embedding) })),
  }),
);

/** In the order of the service; raw scores, which may be negative. */
export const readScores: z.ZodType<InferenceResult> = z
  .object({
    result: z.object(
      { scores: z.array(z.strictObject({ index: z.int(), score: float }), missing('scores', 'rerank')) },
      missing('result', 'rerank'),
    ),
  })
  .transform(({ result }) => ({
    kind: 'rerank',
    documents: result.scores.map(({ index, score }) => ({ index, relevance_score: score })),
  }));

export const readText = ofResult({ text: z.string(missing('text', 'completion')) }, ({ text }) => ({
  kind: 'completion',
  results: [text],
}));
