import * as z from 'zod';
import type { InferenceResult } from '../api/results.ts';
import { text } from '../api/settings.ts';
import { discoverDimensions, vector } from './dense.ts';
import { pathSegment, taskTypeOf } from './google-requests.ts';
import type { BackEnd, VertexCall } from './googlevertexai-back-end.ts';
import { serviceAccountAuth } from './googlevertexai-credentials.ts';
import { gemini, label } from './googlevertexai-gemini.ts';
import { modelGarden } from './googlevertexai-model-garden.ts';
import { readRanking } from './googlevertexai-ranking.ts';
import {
  chatRules,
  chatSettings,
  chatTaskSettings,
  embeddingRules,
  embeddingSettings,
  embeddingTaskSettings,
  embeddingUpdate,
  mostTexts,
  rateLimitOnly,
  rerankSettings,
  rerankTaskSettings,
  type Settings,
  storedSettings,
  type TaskSettings,
} from './googlevertexai-settings.ts';
import { refuseChatFields, refuseFurtherInputs } from './refusals.ts';
import { defineService, type TaskDefinition } from './service.ts';
import { urlPart } from './url-part.ts';

type Task = TaskDefinition<Settings, TaskSettings>;

const name = 'googlevertexai';
const completions = 'Google VertexAI chat completion';

/** Models of one location, or of the endpoint that knows none. */
const hostOf = ({ location }: Settings): string =>
  location === undefined ? 'aiplatform.googleapis.com' : `${urlPart(location)}-aiplatform.googleapis.com`;

const modelUrl = (settings: Settings, location: string, model: string, method: string): string =>
  `https://${hostOf(settings)}/v1/projects/${pathSegment(settings.project_id ?? '')}/locations/${pathSegment(location)}/publishers/google/models/${pathSegment(model)}:${method}`;

const predictions = z
  .object({ predictions: z.array(z.object({ embeddings: z.object({ values: vector }) })) })
  .transform(
    ({ predictions: rows }): InferenceResult => ({
      kind: 'dense',
      key: 'text_embedding',
      rows: rows.map(({ embeddings: { values } }) => ({ embedding: values })),
    }),
  );

/** This model takes one text at a time. */
const takesOne = ({ model_id }: Settings): boolean => model_id === 'gemini-embedding-001';

const embeddings: Task = {
  put: embeddingSettings,
  rules: embeddingRules,
  stored: storedSettings,
  update: { settings: embeddingUpdate, others: 'ignored' },
  taskSettings: { put: embeddingTaskSettings, request: embeddingTaskSettings },
  echo: [
    'location',
    'project_id',
    'model_id',
    'max_input_tokens',
    'dimensions',
    'max_batch_size',
    'similarity',
    'rate_limit',
  ],
  inputs: {
    perRequest: (settings) => (takesOne(settings) ? 1 : (settings.max_batch_size ?? mostTexts)),
    maxTokens: ({ max_input_tokens }) => max_input_tokens,
  },
  request: ({ input, inputType, settings, taskSettings }) => {
    const taskType = taskTypeOf(inputType) ?? taskTypeOf(taskSettings.input_type);
    return {
      url: modelUrl(settings, settings.location ?? 'global', settings.model_id ?? '', 'predict'),
      body: {
        instances: input.map((content) => ({ content, task_type: taskType })),
        parameters: {
          autoTruncate: taskSettings.auto_truncate,
          outputDimensionality: settings.dimensions_set_by_user ? settings.dimensions : undefined,
        },
      },
    };
  },
  response: () => predictions,
  probed: ({ settings, id }, result) => discoverDimensions(settings, result, id, 'dot_product'),
};

const rerank: Task = {
  put: rerankSettings,
  stored: storedSettings,
  update: { settings: rateLimitOnly, others: 'ignored' },
  taskSettings: { put: rerankTaskSettings, request: rerankTaskSettings },
  echo: ['project_id', 'model_id', 'rate_limit'],
  request: ({ input, query, settings, taskSettings, topN, returnDocuments }) => ({
    url: `https://discoveryengine.googleapis.com/v1/projects/${pathSegment(settings.project_id ?? '')}/locations/global/rankingConfigs/default_ranking_config:rank`,
    body: {
      model: settings.model_id,
      query,
      records: input.map((content, index) => ({ id: String(index), content })),
      topN: topN ?? taskSettings.top_n,
      ignoreRecordDetailsInResponse: returnDocuments === undefined ? undefined : !returnDocuments,
    },
  }),
  response: () => readRanking,
};

const backEndOf = ({ provider = 'GOOGLE' }: Settings): BackEnd =>
  provider === 'GOOGLE' ? gemini : modelGarden[provider];

/** The Model Garden's models are at the address that the user gave, Google's always in the global location. */
const chatUrl = ({ settings, chat, stream }: VertexCall): string => {
  const { url, streaming_url } = settings;
  const given = stream ? (streaming_url ?? url) : (url ?? streaming_url);
  if (given !== undefined) return given;
  const method = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
  return modelUrl(settings, 'global', chat?.model ?? settings.model_id ?? '', method);
};

const conversation = {
  put: chatSettings,
  rules: chatRules,
  stored: storedSettings,
  update: { settings: rateLimitOnly, others: 'ignored' },
  taskSettings: { put: chatTaskSettings, request: chatTaskSettings },
  echo: ['project_id', 'location', 'model_id', 'url', 'streaming_url', 'provider', 'rate_limit'],
} as const;

const completion: Task = {
  ...conversation,
  check: (call) => refuseFurtherInputs(call, completions),
  request: (call) => ({ url: chatUrl(call), body: backEndOf(call.settings).completion.body(call) }),
  response: (call) => backEndOf(call.settings).completion.read(call),
  stream: { framing: () => ['sse'], open: (call) => backEndOf(call.settings).completion.open(call) },
};

const chat: Task = {
  ...conversation,
  check: (call) => refuseChatFields(name, call, backEndOf(call.settings).refused),
  request: (call) => ({ url: chatUrl(call), body: backEndOf(call.settings).chat.body(call) }),
  json: 'exact',
  response: (call) => backEndOf(call.settings).chat.read(call),
  stream: { framing: () => ['sse'], open: (call) => backEndOf(call.settings).chat.open(call) },
};

/** What Elasticsearch calls requests; it has one name for completions and chats. */
const requestName = ({ task }: VertexCall): string => {
  if (task === 'rerank') return `${label} rerank`;
  return task === 'text_embedding' ? `${label} embeddings` : completions;
};

/** Google Vertex AI: Google's models in a project of the user, and those of other makers in its Model Garden. */
export const googlevertexai = defineService<Settings, TaskSettings, { readonly service_account_json: string }>({
  name,
  label,
  words: 'collected',
  secrets: z.object({ service_account_json: text() }),
  // Rerank and the Model Garden may do without.
  required: ['project_id', 'model_id'],
  catalogue: {
    service_account_json: 'Key file of the service account, as text.',
    provider: 'Whose model it is: Google’s own, or one of the Model Garden.',
    url: 'Address of a model of the Model Garden.',
    streaming_url: 'Address for streamed answers of a model of the Model Garden.',
    max_batch_size: 'The most texts that one request takes.',
  },
  rateLimitGroup: ({ project_id, location, model_id, url }) => [project_id, location, model_id, url],
  auth: ({ service_account_json }) => serviceAccountAuth(service_account_json),
  failure: (answer, call) => backEndOf(call.settings).failure(answer, call),
  unreadable: (call, cause) => `Failed to send ${requestName(call)} request. Cause: ${cause}`,
  units: (body) => gemini.units(body) ?? modelGarden.ANTHROPIC.units(body) ?? modelGarden.META.units(body),
  tasks: { text_embedding: embeddings, rerank, completion, chat_completion: chat },
});
