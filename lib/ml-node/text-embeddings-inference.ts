import { noNode } from '../api/deployment-errors.ts';
import type { Deployments, MlNode, NodeAnswer, NodeRequest } from '../inference/ports.ts';
import type { Http } from '../transport/types.ts';
import type { SparseTokenizer } from './bert-tokenizer.ts';
import { readNodeAnswer } from './node-answer.ts';

/** Where built-in models run: from a model id, or `*`, to the base URL of a server; `{model_id}` stands for the id. */
export type NodeAddresses = Readonly<Record<string, string>>;

type NodeDependencies = {
  readonly http: Http;
  readonly addresses: NodeAddresses | undefined;
  /** Read when the first sparse answer needs it. */
  readonly tokenizer: () => Promise<SparseTokenizer>;
};

const addressOf = (model: string, addresses: NodeAddresses | undefined): string => {
  const base = addresses?.[model] ?? addresses?.['*'];
  if (base === undefined) throw noNode(model);
  return base.replaceAll('{model_id}', encodeURIComponent(model)).replace(/\/+$/, '');
};

/**
 * Built-in models on servers that speak the JSON of Text Embeddings Inference 1.9.
 *
 * @see Text Embeddings Inference, `docs/openapi.json`
 */
export const textEmbeddingsInference = ({ http, addresses, tokenizer }: NodeDependencies): MlNode => ({
  call: async (request: NodeRequest, signal: AbortSignal): Promise<NodeAnswer> => {
    const { status, text } = await http.whole(
      {
        url: `${addressOf(request.model, addresses)}/${request.route}`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request.body),
      },
      { signal, trusted: true },
    );
    return readNodeAnswer(request, status, text, tokenizer);
  },
});

/** Servers that somebody else runs: their models are always there, and nobody counts their copies. */
export const runningServers = (addresses: NodeAddresses | undefined): Deployments => ({
  check: async (model) => {
    addressOf(model, addresses);
  },
  state: async () => ({ name: 'started' }),
  converge: async () => ({ name: 'started' }),
  wake: async () => ({ name: 'started' }),
  remove: async () => true,
  strays: async () => [],
});
