import * as z from 'zod';
import { float } from '../api/float.ts';
import type { DenseKey, InferenceResult } from '../api/results.ts';
import { vector } from './dense.ts';

// Answers of models that speak Elasticsearch's own JSON. A field that Elasticsearch does not know fails the call there, and here.

type ElementType = 'float' | 'byte' | 'bit';

const keys: Readonly<Record<ElementType, DenseKey>> = {
  float: 'text_embedding',
  byte: 'text_embedding_bytes',
  bit: 'text_embedding_bits',
};

const isByte = (value: number): boolean => Number.isInteger(value) && value >= -128 && value <= 127;

const bytes = vector.refine((numbers) => numbers.every(isByte), 'holds a number that is out of range for a byte');

/** Vectors under the one key of their kind. */
export const readDense = (elementType: ElementType = 'float'): z.ZodType<InferenceResult> => {
  const key = keys[elementType];
  const rows = z.array(z.strictObject({ embedding: elementType === 'float' ? vector : bytes }));
  return z.strictObject({ [key]: rows }).transform((answer) => ({ kind: 'dense', key, rows: answer[key] ?? [] }));
};

export const readSparse: z.ZodType<InferenceResult> = z
  .strictObject({
    sparse_embedding: z.array(z.strictObject({ is_truncated: z.boolean(), embedding: z.record(z.string(), float) })),
  })
  .transform(({ sparse_embedding }) => ({
    kind: 'sparse',
    rows: sparse_embedding.map((row) => ({ ...row, embedding: Object.entries(row.embedding) })),
  }));

/** In the order of the model. */
export const readRanking: z.ZodType<InferenceResult> = z
  .strictObject({
    rerank: z.array(
      z.strictObject({ index: z.int(), relevance_score: float, text: z.string().nullish() }).transform((row) => ({
        index: row.index,
        relevance_score: row.relevance_score,
        ...(typeof row.text === 'string' && { text: row.text }),
      })),
    ),
  })
  .transform(({ rerank }) => ({ kind: 'rerank', documents: rerank }));

export const readResults: z.ZodType<InferenceResult> = z
  .strictObject({ completion: z.array(z.strictObject({ result: z.string() })) })
  .transform(({ completion }) => ({ kind: 'completion', results: completion.map(({ result }) => result) }));

const delta = z.strictObject({ delta: z.string() });

/** One part of a streamed completion: a list of deltas, or a single one. */
export const readDeltas = z
  .strictObject({ completion: z.union([z.array(delta), delta.transform((only) => [only])]) })
  .transform(({ completion }) => completion.map((part) => part.delta));
