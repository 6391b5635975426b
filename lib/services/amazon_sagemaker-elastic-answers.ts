import * as z from 'zod';
import { float } from '../api/float.ts';
import type { DenseKey, InferenceResult } from '../api/results.ts';
import { vector } from './dense.ts';
import { weights } from './sparse.ts';

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

/** The same as `z.strictObject` for an object that was read as a map. */
const strictMap = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .map(z.string(), z.unknown())
    .transform((members) => Object.fromEntries(members))
    .pipe(z.strictObject(shape));

/** Tokens in the order of the model, from JSON that was read as maps. */
export const readSparse: z.ZodType<InferenceResult> = strictMap({
  sparse_embedding: z.array(strictMap({ is_truncated: z.boolean(), embedding: weights })),
}).transform(({ sparse_embedding }) => ({ kind: 'sparse', rows: sparse_embedding }));

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
