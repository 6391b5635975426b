import * as z from 'zod';
import type { ChatCompletion, ChatCompletionChunk } from './chat-completion.ts';
import { float } from './float.ts';
import type { TaskType } from './task-type.ts';

/** One vector: float32 numbers, or integers of 8 bits. */
export type Vector = ArrayLike<number>;

type EmbeddingRow = { readonly embedding: Vector };

/** The weights of one text by token, highest first. Pairs, not an object: objects would put number-like tokens first. */
export const sparseRows = z.array(
  z.object({ is_truncated: z.boolean(), embedding: z.array(z.tuple([z.string(), float])) }),
);

export type SparseRow = z.output<typeof sparseRows>[number];

export type RankedDocument = { readonly index: number; readonly relevance_score: number; readonly text?: string };

/** Whole results, with the one key that Elasticsearch writes for each kind (contract §9). */
export type DenseKey =
  | 'text_embedding'
  | 'text_embedding_bytes'
  | 'text_embedding_bits'
  | 'embeddings'
  | 'embeddings_bytes'
  | 'embeddings_bits';
export type DenseResult = { readonly kind: 'dense'; readonly key: DenseKey; readonly rows: readonly EmbeddingRow[] };
export type SparseResult = { readonly kind: 'sparse'; readonly rows: readonly SparseRow[] };
export type RerankResult = { readonly kind: 'rerank'; readonly documents: readonly RankedDocument[] };
export type CompletionResult = { readonly kind: 'completion'; readonly results: readonly string[] };
export type ChatResult = { readonly kind: 'chat'; readonly completion: ChatCompletion };

export type InferenceResult = DenseResult | SparseResult | RerankResult | CompletionResult | ChatResult;

/** One event of a streamed answer. */
export type StreamEvent =
  | { readonly kind: 'completion'; readonly deltas: readonly string[] }
  | { readonly kind: 'chat'; readonly chunk: ChatCompletionChunk }
  /** A task whose service does not stream it: one event with the whole result. */
  | { readonly kind: 'whole'; readonly result: InferenceResult };

/** The key of float vectors for the two tasks that make them. */
export const denseKey = (taskType: TaskType): DenseKey => (taskType === 'embedding' ? 'embeddings' : 'text_embedding');
