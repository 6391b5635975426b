import type { Engine, Inputs } from './engine.ts';
import { limits } from './limits.ts';
import type { ModelDetails } from './model.ts';
import { bodies, checkCount, parseBody } from './requests.ts';
import type { TeiError } from './tei-error.ts';
import { cosine, shorten, toBase64 } from './vectors.ts';

type Call = { readonly model: string; readonly body: string; readonly signal: AbortSignal };

/** Answers one call with what becomes the JSON of its body; nothing for an empty one. */
export type Route = {
  readonly method: 'GET' | 'POST';
  readonly answer: (engine: Engine, call: Call) => Promise<unknown>;
  /** The JSON that tells of an error. @default Text Embeddings Inference's own */
  readonly refusal?: (error: TeiError) => object;
};

const vectorsOf = async (
  engine: Engine,
  inputs: Inputs,
  { normalize, dimensions }: { readonly normalize: boolean; readonly dimensions?: number | null | undefined },
  signal: AbortSignal,
) => {
  const { answers, tokens } = await engine.embed(inputs, normalize && !dimensions, signal);
  return {
    vectors: dimensions ? answers.map((vector) => shorten(vector, dimensions, normalize)) : answers,
    tokens,
  };
};

const byKind: Readonly<Record<ModelDetails['kind'], Route>> = {
  embed: {
    method: 'POST',
    answer: async (engine, { model, body, signal }) => {
      const { inputs, cut, ...wanted } = parseBody(bodies.embed, body);
      checkCount('inputs', inputs);
      const { vectors } = await vectorsOf(engine, { model, inputs, cut }, wanted, signal);
      return vectors.map((vector) => Array.from(vector));
    },
  },
  embed_sparse: {
    method: 'POST',
    answer: async (engine, { model, body, signal }) => {
      const { inputs, cut } = parseBody(bodies.embed_sparse, body);
      checkCount('inputs', inputs);
      return (await engine.embedSparse({ model, inputs, cut }, signal)).answers;
    },
  },
  rerank: {
    method: 'POST',
    answer: async (engine, { model, body, signal }) => {
      const { query, texts, cut, raw_scores, return_text } = parseBody(bodies.rerank, body);
      checkCount('texts', texts);
      const { answers: logits } = await engine.score({ model, inputs: texts, query, cut }, signal);
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

const similarity: Route = {
  method: 'POST',
  answer: async (engine, { model, body, signal }) => {
    const { inputs, parameters } = parseBody(bodies.similarity, body);
    checkCount('inputs.sentences', inputs.sentences);
    const all = [inputs.source_sentence, ...inputs.sentences];
    const { vectors } = await vectorsOf(engine, { model, inputs: all, ...parameters }, { normalize: true }, signal);
    const [source = new Float32Array(), ...others] = vectors;
    return others.map((vector) => cosine(source, vector));
  },
};

/** Embeddings as OpenAI's clients ask for them, always of length 1. */
const embeddings: Route = {
  method: 'POST',
  answer: async (engine, { model, body, signal }) => {
    const { input, encoding_format, dimensions, ...named } = parseBody(bodies.embeddings, body);
    checkCount('inputs', input);
    const wanted = { normalize: true, dimensions };
    const { vectors, tokens } = await vectorsOf(engine, { model, inputs: input, cut: 'Right' }, wanted, signal);
    return {
      object: 'list',
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        embedding: encoding_format === 'base64' ? toBase64(vector) : Array.from(vector),
        index,
      })),
      model: named.model ?? model,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    };
  },
  refusal: ({ message, status, type }) => ({ message, code: status, type }),
};

const health: Route = {
  method: 'GET',
  answer: async (engine, { model }) => void (await engine.describe(model)),
};

/**
 * The routes below a model's name, as Text Embeddings Inference has them. It has more, which nobody who runs built-in models meets:
 * `embed_all`, `predict` (for classifiers), `tokenize` and `decode`, `vertex`, `metrics`.
 */
export const routes: Readonly<Record<string, Route>> = {
  ...byKind,
  similarity,
  embeddings,
  'v1/embeddings': embeddings,
  /** The one route that SageMaker reaches: what it means is bound by the model. */
  invocations: {
    method: 'POST',
    answer: async (engine, call) => byKind[(await engine.describe(call.model)).kind].answer(engine, call),
  },
  info: {
    method: 'GET',
    answer: async (engine, { model }) => describe(model, await engine.describe(model)),
  },
  health,
  ping: health,
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
