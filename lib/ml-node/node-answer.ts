import * as z from 'zod';
import { InferenceError } from '../api/errors.ts';
import type { NodeAnswer, NodeRequest } from '../inference/ports.ts';
import type { SparseTokenizer } from './bert-tokenizer.ts';

const pairs = z.array(z.array(z.object({ index: z.int(), value: z.number() })));
const sparseInputs = z.object({ inputs: z.array(z.string()) });

/** Weights by id, as the server answers them, to rows with tokens, highest weight first. */
const withTokens = (
  rows: z.output<typeof pairs>,
  inputs: readonly string[],
  tokenizer: SparseTokenizer,
  limit: number | undefined,
) =>
  rows.map((row, position) => ({
    is_truncated: tokenizer.isTruncated(inputs[position] ?? '', limit),
    embedding: row
      .flatMap(({ index, value }) => {
        const token = tokenizer.token(index);
        return token !== undefined && value > 0 ? [[token, value] as const] : [];
      })
      .sort(([, a], [, b]) => b - a),
  }));

/** A body as JSON; the server's own framework answers plain text to what it cannot read. */
export const parseNodeBody = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return { error: text };
  }
};

/**
 * Reads what Text Embeddings Inference answers: token ids become tokens.
 *
 * @param tokenizer - read when a sparse answer needs it
 * @throws InferenceError 500 for a sparse answer that is none
 */
export const readNodeAnswer = async (
  { route, body, limit }: NodeRequest,
  status: number,
  text: string,
  tokenizer: () => Promise<SparseTokenizer>,
): Promise<NodeAnswer> => {
  const answer = parseNodeBody(text);
  if (route !== 'embed_sparse' || status !== 200) return { status, body: answer };
  const rows = pairs.safeParse(answer);
  if (!rows.success)
    throw new InferenceError(500, 'status_exception', 'Error in inference process: [unreadable answer]');
  return { status, body: withTokens(rows.data, sparseInputs.parse(body).inputs, await tokenizer(), limit) };
};
