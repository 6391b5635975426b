import * as z from 'zod';
import { float } from '../api/float.ts';
import type { InferenceResult } from '../api/results.ts';
import { vector } from './dense.ts';

// Answers of AlibabaCloud AI Search: `{"request_id","latency","usage","result":{…}}`. One without `result` is an error in disguise.

/** Reads an answer. A field that is missing is told by its name alone, as Elasticsearch does. */
const reading = <Read>(what: string, schema: z.ZodType<Read>): z.ZodType<Read> =>
  z.unknown().transform((body, context) => {
    const read = schema.safeParse(body, { reportInput: true });
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    const field = issue?.path.findLast((step) => typeof step === 'string');
    context.addIssue(
      field !== undefined && issue?.input === undefined
        ? {
            code: 'custom',
            message: `Failed to find required field [${field}] in AlibabaCloud Search ${what} response`,
            input: null,
          }
        : { code: 'custom', message: issue?.message, path: issue?.path ?? [], input: null },
    );
    return z.NEVER;
  });

/** Undefined where the answer has no result. */
const ofResult = <Shape extends z.ZodRawShape>(
  what: string,
  shape: Shape,
  read: (result: z.output<z.ZodObject<Shape>>) => InferenceResult,
): z.ZodType<InferenceResult | undefined> =>
  reading(what, z.object({ result: z.object(shape).nullish() })).transform(({ result }) =>
    result ? read(result) : undefined,
  );

export const readEmbeddings = ofResult(
  'embeddings',
  { embeddings: z.array(z.object({ embedding: vector })) },
  ({ embeddings }) => ({ kind: 'dense', key: 'text_embedding', rows: embeddings }),
);

const name = z.union([z.string(), z.number()]).nullish();
const weight = z.object({ token_id: name, token: name, weight: float });

/** A token by its text where the service sent that, even an empty one, else by its number. */
const nameOf = ({ token, token_id }: z.output<typeof weight>): string =>
  String((token === undefined ? token_id : token) ?? '');

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
  'sparse embeddings',
  { sparse_embeddings: z.array(z.object({ embedding: z.array(weight) })) },
  ({ sparse_embeddings }) => ({
    kind: 'sparse',
    rows: sparse_embeddings.map(({ embedding }) => ({ is_truncated: false, embedding: readWeights(embedding) })),
  }),
);

/** In the order of the service; raw scores, which may be negative. */
export const readScores: z.ZodType<InferenceResult> = reading(
  'rerank',
  z.object({ result: z.object({ scores: z.array(z.strictObject({ index: z.int(), score: float })) }) }),
).transform(({ result }) => ({
  kind: 'rerank',
  documents: result.scores.map(({ index, score }) => ({ index, relevance_score: score })),
}));

export const readText = ofResult('completion', { text: z.string() }, ({ text }) => ({
  kind: 'completion',
  results: [text],
}));
