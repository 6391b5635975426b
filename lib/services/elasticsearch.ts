import * as z from 'zod';
import { float } from '../api/float.ts';
import type { InputType } from '../api/input-type.ts';
import type { JsonObject } from '../api/read-settings.ts';
import { type InferenceResult, type RankedDocument, sparseRows } from '../api/results.ts';
import { flag } from '../api/settings.ts';
import { discoverDimensions, vector } from './dense.ts';
import { allocationRules, deployed, deploymentOf, nodeBatch, startable } from './elasticsearch-deployment.ts';
import { defaultElser, modelOf, platform } from './elasticsearch-models.ts';
import { documentPieces } from './elasticsearch-pieces.ts';
import { refersTo } from './elasticsearch-references.ts';
import { chunkRules, isGiven, rerankSettings, type Settings, settings } from './elasticsearch-settings.ts';
import { type Call, defineService, type ServiceAnswer, type TaskDefinition } from './service.ts';

// Built-in models on the ML node, which speaks the JSON of Text Embeddings Inference. Which weights serve an id is the node's matter.

type TaskSettings = { readonly return_documents?: boolean | undefined };
type NodeCall = Call<Settings, TaskSettings>;

const echo = ['num_allocations', 'num_threads', 'model_id', 'adaptive_allocations', 'deployment_id'] as const;
const noTaskSettings = { put: z.object({}), request: z.object({}), others: 'ignored' } as const;

/** E5 was trained with these; they count towards its 512 tokens. */
const prefixes: Partial<Record<InputType, string>> = {
  search: 'query: ',
  internal_search: 'query: ',
  ingest: 'passage: ',
  internal_ingest: 'passage: ',
};

const prefixOf = ({ settings: { uploaded }, inputType }: NodeCall): string => {
  if (!inputType) return '';
  if (!uploaded) return prefixes[inputType] ?? '';
  const side = inputType.replace('internal_', '');
  return side === 'search' || side === 'ingest' ? (uploaded.prefixes[side] ?? '') : '';
};

/** The node refuses an empty text; Elasticsearch takes one. */
const nonEmpty = (input: string): string => (input === '' ? ' ' : input);

const request = (route: 'embed' | 'embed_sparse' | 'rerank', call: NodeCall, body: JsonObject) => ({
  node: route,
  model: modelOf(call.settings.model_id),
  deployment: call.settings.deployment_id,
  limit: call.settings.uploaded?.limit,
  body: { ...body, truncate: true },
});

const textEmbedding: TaskDefinition<Settings, TaskSettings> = {
  ...deployed('text_embedding', settings),
  put: z.object(settings),
  rules: allocationRules,
  taskSettings: noTaskSettings,
  echo: [...echo, 'dimensions', 'similarity', 'element_type'],
  probed: ({ id, settings: asked }, result) => ({
    ...discoverDimensions(asked, result, id, 'cosine'),
    element_type: asked.element_type ?? 'float',
  }),
  request: (call) => {
    const prefix = prefixOf(call);
    return request('embed', call, {
      inputs: call.input.map((input) => nonEmpty(prefix + input)),
      // What an uploaded model's own files ask for is done by them.
      normalize: call.settings.uploaded ? (call.settings.uploaded.normalize ?? false) : true,
    });
  },
  response: () =>
    z.array(vector).transform(
      (vectors): InferenceResult => ({
        kind: 'dense',
        key: 'text_embedding',
        rows: vectors.map((embedding) => ({ embedding })),
      }),
    ),
};

const sparseEmbedding: TaskDefinition<Settings, TaskSettings> = {
  ...deployed('sparse_embedding', settings),
  put: z.object(settings),
  rules: allocationRules,
  taskSettings: noTaskSettings,
  echo,
  request: (call) => request('embed_sparse', call, { inputs: call.input.map(nonEmpty) }),
  response: ({ input }) =>
    sparseRows.transform(
      (rows): InferenceResult => ({
        kind: 'sparse',
        rows: rows.map((row, position) => ({
          ...row,
          // A dot would split a field name. An empty text has no words, whatever the model says of the blank sent for it.
          embedding:
            input[position] === '' ? [] : row.embedding.map(([token, weight]) => [token.replaceAll('.', '__'), weight]),
        })),
      }),
    ),
};

const byScore = (a: RankedDocument, b: RankedDocument) => b.relevance_score - a.relevance_score;

/** Highest first, ties in the order of inputs; raw logits, often negative. */
const rank = (call: NodeCall, result: InferenceResult): InferenceResult => {
  if (result.kind !== 'rerank') return result;
  const withText = call.returnDocuments ?? call.taskSettings.return_documents ?? true;
  const documents = result.documents
    .toSorted(byScore)
    .slice(0, call.topN)
    .map(({ index, relevance_score }) => ({
      index,
      relevance_score,
      ...(withText && { text: call.input[index] ?? '' }),
    }));
  return { kind: 'rerank', documents };
};

const rerank: TaskDefinition<Settings, TaskSettings> = {
  ...deployed('rerank', rerankSettings),
  inputs: { perRequest: () => nodeBatch, pieces: documentPieces },
  put: z.object(rerankSettings),
  rules: (sent) => [...allocationRules(sent), ...chunkRules(sent)],
  taskSettings: {
    put: z.object({ return_documents: flag().default(true) }),
    request: z.object({ return_documents: flag().optional() }),
    // As in Elasticsearch, what is stored never counts: a request without task settings is read as the default first.
    merge: (_stored, { return_documents = true }) => ({ return_documents }),
  },
  echo: [...echo, 'long_document_strategy', 'max_chunks_per_doc'],
  request: (call) =>
    request('rerank', call, {
      query: nonEmpty(call.query ?? ''),
      texts: call.input.map(nonEmpty),
      raw_scores: true,
      return_text: false,
    }),
  response: () =>
    z.array(z.object({ index: z.int(), score: float })).transform(
      (scores): InferenceResult => ({
        kind: 'rerank',
        // Back in the order of inputs: the node answers by score, and ties keep the order of inputs.
        documents: scores
          .map(({ index, score }) => ({ index, relevance_score: score }))
          .sort((a, b) => a.index - b.index),
      }),
    ),
  finish: rank,
};

const nodeError = z.object({ error: z.string() });
const inferenceError = (detail: string): string => `Error in inference process: [${detail}]`;

const failure = ({ status, body }: ServiceAnswer, { id, settings: { model_id } }: NodeCall) => {
  if (status === 404)
    return {
      status: 404,
      type: 'resource_not_found_exception',
      reason: `Could not deploy model [${model_id}] as the model cannot be found.`,
    };
  if (status === 429)
    return {
      status: 429,
      type: 'es_rejected_execution_exception',
      reason: `inference process of [${id}] queue is full. Unable to execute command`,
    };
  const detail = nodeError.safeParse(body).data?.error ?? 'unreadable answer';
  return { status: status < 500 && status !== 424 ? 400 : 500, reason: inferenceError(detail) };
};

const adaptive = { enabled: true, min_number_of_allocations: 0, max_number_of_allocations: 32 };
const deployedByDefault = (modelId: string) => ({ num_threads: 1, model_id: modelId, adaptive_allocations: adaptive });

/** Elasticsearch's built-in models: ELSER, multilingual E5 and Elastic Rerank, or open models in their place. */
export const elasticsearch = defineService<Settings, TaskSettings, Record<never, never>>({
  name: 'elasticsearch',
  label: 'Elasticsearch',
  words: 'strict, absence collected',
  secrets: z.object({}),
  relocate: (config) =>
    config.service === 'elser' &&
    !isGiven(config.service_settings.model_id) &&
    !isGiven(config.service_settings.deployment_id)
      ? { ...config, service_settings: { ...config.service_settings, model_id: defaultElser } }
      : config,
  warnings: (config) => [
    ...(config.service === 'elser'
      ? [
          `The [elser] service is deprecated and will be removed in a future release. Use the [elasticsearch] service instead, with [model_id] set to [${defaultElser}] in the [service_settings]`,
        ]
      : []),
    ...(!isGiven(config.service_settings.model_id)
      ? [
          'Putting elasticsearch service inference endpoints (including elser service) without a model_id field is deprecated and will be removed in a future release. Please specify a model_id field.',
        ]
      : []),
  ],
  auth: () => ({ type: 'none' }),
  failure,
  unreadable: (_call, cause) => inferenceError(cause),
  timedOut: (timeout) => ({ status: 408, reason: `timeout [${timeout}] waiting for inference result` }),
  node: { refersTo, deployment: deploymentOf, startable },
  defaults: [
    {
      inference_id: '.elser-2-elasticsearch',
      task_type: 'sparse_embedding',
      service_settings: deployedByDefault(defaultElser),
      task_settings: {},
    },
    {
      inference_id: '.multilingual-e5-small-elasticsearch',
      task_type: 'text_embedding',
      service_settings: deployedByDefault(`.multilingual-e5-small${platform}`),
      task_settings: {},
    },
    {
      inference_id: '.rerank-v1-elasticsearch',
      task_type: 'rerank',
      service_settings: deployedByDefault('.rerank-v1'),
      task_settings: { return_documents: true },
    },
  ],
  tasks: { text_embedding: textEmbedding, sparse_embedding: sparseEmbedding, rerank },
});
