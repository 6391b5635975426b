import * as z from 'zod';
import { InferenceError, statusException } from '../api/errors.ts';
import type { MlNode, NodeAnswer, NodeRequest } from '../inference/ports.ts';
import type { Http } from '../transport/types.ts';
import type { SparseTokenizer } from './bert-tokenizer.ts';

/** Where built-in models run: from a model id, or `*`, to the base URL of a server; `{model_id}` stands for the id. */
export type NodeAddresses = Readonly<Record<string, string>>;

type NodeDependencies = {
  readonly http: Http;
  readonly addresses: NodeAddresses | undefined;
  /** Read when the first sparse answer needs it. */
  readonly tokenizer: () => Promise<SparseTokenizer>;
};

const pairs = z.array(z.array(z.object({ index: z.int(), value: z.number() })));
const sparseInputs = z.object({ inputs: z.array(z.string()) });

/** Weights by id, as the server answers them, to rows with tokens, highest weight first. */
const withTokens = (rows: z.output<typeof pairs>, inputs: readonly string[], tokenizer: SparseTokenizer) =>
  rows.map((row, position) => ({
    is_truncated: tokenizer.isTruncated(inputs[position] ?? ''),
    embedding: row
      .flatMap(({ index, value }) => {
        const token = tokenizer.token(index);
        return token !== undefined && value > 0 ? [[token, value] as const] : [];
      })
      .sort(([, a], [, b]) => b - a),
  }));

const noNode = (model: string) =>
  statusException(
    400,
    `The model [${model}] needs the ML node, and this deployment has none. Add it with "npx cdk deploy --all", or set INLET_ML_NODE to the address of a Text Embeddings Inference server.`,
  );

const parseBody = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // The server's own framework answers plain text to what it cannot read.
    return { error: text };
  }
};

/**
 * Built-in models on servers that speak the JSON of Text Embeddings Inference 1.9.
 *
 * @see Text Embeddings Inference, `docs/openapi.json`
 */
export const textEmbeddingsInference = ({ http, addresses, tokenizer }: NodeDependencies): MlNode => {
  const addressOf = (model: string): string => {
    const base = addresses?.[model] ?? addresses?.['*'];
    if (base === undefined) throw noNode(model);
    return base.replaceAll('{model_id}', encodeURIComponent(model)).replace(/\/+$/, '');
  };
  const call = async ({ route, model, body }: NodeRequest, signal: AbortSignal): Promise<NodeAnswer> => {
    const { status, text } = await http.whole(
      {
        url: `${addressOf(model)}/${route}`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      },
      { signal, trusted: true },
    );
    const answer = parseBody(text);
    if (route !== 'embed_sparse' || status !== 200) return { status, body: answer };
    const rows = pairs.safeParse(answer);
    if (!rows.success)
      throw new InferenceError(500, 'status_exception', `Error in inference process: [unreadable answer]`);
    return { status, body: withTokens(rows.data, sparseInputs.parse(body).inputs, await tokenizer()) };
  };
  return {
    call,
    ready: async (model) => {
      addressOf(model);
    },
  };
};
