import * as z from 'zod';
import { float } from '../api/float.ts';
import type { DenseKey, InferenceResult } from '../api/results.ts';
import { vector } from './dense.ts';

// Answers of version 2 of Cohere's API.

/** The results for the kinds of vectors that Elasticsearch takes; a service may send others beside them. */
const keys: Readonly<Record<string, DenseKey>> = {
  float: 'text_embedding',
  int8: 'text_embedding_bytes',
  binary: 'text_embedding_bits',
};

const vectors = z.array(vector);

/** The first number that fits in no byte. */
const beyondByte = (rows: readonly Float32Array[]): number | undefined => {
  for (const row of rows) {
    const found = row.find((value) => !Number.isInteger(value) || value < -128 || value > 127);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** The vectors of an answer and their kind: the first that Elasticsearch takes, or a plain list of floats. */
const findVectors = (embeddings: unknown): readonly [kind: string, vectors: unknown] | undefined => {
  if (Array.isArray(embeddings)) return ['float', embeddings];
  if (typeof embeddings !== 'object' || embeddings === null) return undefined;
  return Object.entries(embeddings).find(([kind]) => Object.hasOwn(keys, kind));
};

const embeddingsAnswer = z.object({ embeddings: z.unknown() });

/** `embeddings` by kind, in the order of inputs. */
export const readEmbeddings = z.unknown().transform((body, context): InferenceResult => {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message, input: null });
    return z.NEVER;
  };
  const { embeddings } = embeddingsAnswer.safeParse(body).data ?? {};
  if (embeddings === undefined)
    return refuse('Failed to find required field [embeddings] in Cohere embeddings response');
  const [kind = '', found] = findVectors(embeddings) ?? [];
  const key = keys[kind];
  if (key === undefined)
    return refuse(
      'Failed to find a supported embedding type in the Cohere embeddings response. Supported types are [binary, float, int8]',
    );
  const rows = vectors.safeParse(found);
  if (!rows.success) return refuse(`the embeddings of type [${kind}] are no lists of numbers`);
  const beyond = kind === 'float' ? undefined : beyondByte(rows.data);
  if (beyond !== undefined) return refuse(`Value [${beyond}] is out of range for a byte`);
  return { kind: 'dense', key, rows: rows.data.map((embedding) => ({ embedding })) };
});

/** In the order of the service, which sorts. */
export const readRanking: z.ZodType<InferenceResult> = z
  .object({
    results: z.array(
      z.strictObject({
        index: z.int(),
        relevance_score: float,
        document: z.object({ text: z.string().optional() }).nullish(),
      }),
    ),
  })
  .transform(({ results }) => ({
    kind: 'rerank',
    documents: results.map(({ index, relevance_score, document }) => ({
      index,
      relevance_score,
      ...(document?.text !== undefined && { text: document.text }),
    })),
  }));

/** The first value under the key `text`, at whatever depth: thoughts come before it under other keys. */
const firstText = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = key === 'text' ? inner : firstText(inner);
    if (found !== undefined) return found;
  }
  return undefined;
};

export const readCompletion = z.unknown().transform((body, context): InferenceResult => {
  const text = firstText(body);
  if (typeof text === 'string') return { kind: 'completion', results: [text] };
  const message = 'Failed to find required field [text] in Cohere chat response';
  context.addIssue({ code: 'custom', message, input: null });
  return z.NEVER;
});
