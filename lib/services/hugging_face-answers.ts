import * as z from 'zod';
import { float } from '../api/float.ts';
import type { InferenceResult, RankedDocument } from '../api/results.ts';
import { vector } from './dense.ts';
import { weights } from './sparse.ts';

// Answers of Text Embeddings Inference, and of the older handlers that custom endpoints run.

const vectors = z.array(vector);

/** A list of vectors, bare or under `embeddings`. */
export const readDense: z.ZodType<InferenceResult> = z
  .union([vectors, z.object({ embeddings: vectors }).transform(({ embeddings }) => embeddings)])
  .transform((list) => ({
    kind: 'dense',
    key: 'text_embedding',
    rows: list.map((embedding) => ({ embedding })),
  }));

/**
 * One object of tokens and their weights for each text, in the order of the model, from JSON that was read as maps. Which texts we cut is
 * for the core to say.
 */
export const readSparse: z.ZodType<InferenceResult> = z.array(weights).transform((rows) => ({
  kind: 'sparse',
  rows: rows.map((embedding) => ({ is_truncated: false, embedding })),
}));

const ranked = z
  .strictObject({
    index: z.int(),
    score: float.optional(),
    relevance_score: float.optional(),
    text: z.string().nullish(),
    document: z.object({ text: z.string() }).nullish(),
  })
  .transform(({ index, score, relevance_score = score, document, text = document?.text }, context): RankedDocument => {
    if (relevance_score === undefined) {
      context.addIssue({ code: 'custom', message: 'has no score', input: index });
      return z.NEVER;
    }
    return { index, relevance_score, ...(typeof text === 'string' && { text }) };
  });

const byScore = (a: RankedDocument, b: RankedDocument) => b.relevance_score - a.relevance_score;

/** Scored documents in the names of Text Embeddings Inference or of Elasticsearch: best first, ties as they came. */
export const readRanking: z.ZodType<InferenceResult> = z
  .array(ranked)
  .transform((documents) => ({ kind: 'rerank', documents: documents.toSorted(byScore) }));
