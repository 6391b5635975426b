import type { Engine } from './engine.ts';
import { limits } from './limits.ts';
import type { ModelDetails } from './model.ts';
import { bodies, checkCount, parseBody } from './requests.ts';

type Call = { readonly model: string; readonly body: string; readonly signal: AbortSignal };

/** Answers one call with what becomes the JSON of its body. */
type Route = { readonly method: 'GET' | 'POST'; readonly answer: (engine: Engine, call: Call) => Promise<unknown> };

const byKind: Readonly<Record<ModelDetails['kind'], Route>> = {
  embed: {
    method: 'POST',
    answer: async (engine, { model, body, signal }) => {
      const { inputs, truncate, normalize } = parseBody(bodies.embed, body);
      checkCount('inputs', inputs);
      const vectors = await engine.embed({ model, texts: inputs, truncate }, normalize, signal);
      return vectors.map((vector) => Array.from(vector));
    },
  },
  embed_sparse: {
    method: 'POST',
    answer: async (engine, { model, body, signal }) => {
      const { inputs, truncate } = parseBody(bodies.embed_sparse, body);
      checkCount('inputs', inputs);
      return engine.embedSparse({ model, texts: inputs, truncate }, signal);
    },
  },
  rerank: {
    method: 'POST',
    answer: async (engine, { model, body, signal }) => {
      const { query, texts, truncate, raw_scores, return_text } = parseBody(bodies.rerank, body);
      checkCount('texts', texts);
      const logits = await engine.score({ model, texts, query, truncate }, signal);
      return logits
        .map((logit, index) => ({
          index,
          ...(return_text && { text: texts[index] }),
          score: raw_scores ? logit : sigmoid(logit),
        }))
        .toSorted((a, b) => b.score - a.score);
    },
  },
};

/** The routes below a model's name, as Text Embeddings Inference has them. */
export const routes: Readonly<Record<string, Route>> = {
  ...byKind,
  /** The one route that SageMaker reaches: what it means is bound by the model. */
  invocations: {
    method: 'POST',
    answer: async (engine, call) => byKind[(await engine.describe(call.model)).kind].answer(engine, call),
  },
  info: {
    method: 'GET',
    answer: async (engine, { model }) => describe(model, await engine.describe(model)),
  },
};

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

const modelTypes: Readonly<Record<ModelDetails['kind'], (details: ModelDetails) => unknown>> = {
  embed: ({ pooling }) => ({ embedding: { pooling } }),
  embed_sparse: () => ({ embedding: { pooling: 'splade' } }),
  rerank: ({ labels }) => ({ reranker: labels }),
};

const describe = (model: string, details: ModelDetails) => ({
  model_id: model,
  model_type: modelTypes[details.kind](details),
  max_concurrent_requests: limits.concurrentInputs,
  max_input_length: details.maxTokens,
  max_batch_tokens: limits.batchTokens,
  max_batch_requests: null,
  max_client_batch_size: limits.inputsPerCall,
  auto_truncate: true,
  tokenization_workers: 1,
});
