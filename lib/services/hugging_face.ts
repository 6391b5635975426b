import * as z from 'zod';
import { illegalArgument } from '../api/errors.ts';
import { type JsonObject, readSettings } from '../api/read-settings.ts';
import type { InferenceResult } from '../api/results.ts';
import { address, flag, positiveInteger, rateLimit, rateLimitReset, strictSimilarity, text } from '../api/settings.ts';
import { discoverDimensions } from './dense.ts';
import { readDense, readRanking, readSparse } from './hugging_face-answers.ts';
import { chatErrorIn, failure } from './hugging_face-failures.ts';
import { openChatStream, openCompletionStream, readChat, readCompletion } from './openai-chat.ts';
import { chatBodyWithMaxTokens, completionBody, streamFlags } from './openai-chat-request.ts';
import { totalTokens } from './openai-usage.ts';
import { refuseChatFields, refuseFurtherInputs, refuseInputType } from './refusals.ts';
import { defineService, type Service, type TaskDefinition } from './service.ts';

const requestsPerMinute = 3000;
const common = { url: address(), rate_limit: rateLimit(requestsPerMinute) };
const dense = {
  ...common,
  similarity: strictSimilarity().optional(),
  dimensions: positiveInteger().optional(),
  max_input_tokens: positiveInteger().optional(),
};
const completionSettings = { ...common, model_id: text().optional() };

const storedSettings = z.object({ ...dense, ...completionSettings });
type Settings = z.output<typeof storedSettings>;

const rerankSettings = z.object({ top_n: positiveInteger().optional(), return_documents: flag().optional() });
type TaskSettings = z.output<typeof rerankSettings>;

/** Strict parsers read the address last, and tell of it without their own words. */
const acceptUrl = ({ url }: JsonObject): void => {
  const reading = readSettings(z.object({ url: address() }), 'service_settings', { url });
  if (!reading.ok) throw illegalArgument(reading.problems.map(({ message }) => message).join(' '));
};

const resettableRateLimit = rateLimitReset(requestsPerMinute);

const shared = {
  stored: storedSettings,
  update: { settings: z.object({ rate_limit: resettableRateLimit }).partial(), others: 'refused' },
  taskSettings: { put: z.object({}), request: z.object({}) },
} as const;

const strict = { ...shared, words: 'strict', accept: acceptUrl } as const;

/** Texts that Text Embeddings Inference takes at once. */
const perRequest = () => 32;

const textEmbedding: TaskDefinition<Settings, TaskSettings> = {
  ...strict,
  put: z.object(dense),
  update: {
    ...strict.update,
    settings: z.object({ max_input_tokens: positiveInteger(), rate_limit: resettableRateLimit }).partial(),
  },
  echo: ['url', 'similarity', 'dimensions', 'max_input_tokens', 'rate_limit'],
  inputs: { perRequest, maxTokens: ({ max_input_tokens }) => max_input_tokens },
  check: refuseInputType,
  request: ({ input, settings }) => ({ url: settings.url, body: { inputs: input } }),
  response: () => readDense,
  probed: ({ settings, id }, result) => discoverDimensions(settings, result, id, 'cosine'),
};

/** What ELSER reads of a text. */
const elserTokens = 512;

/** Sparse embeddings by a handler that answers texts of tokens. */
export const sparseEmbedding: TaskDefinition<Settings, TaskSettings> = {
  ...strict,
  put: z.object(common).transform((sent) => ({ ...sent, max_input_tokens: elserTokens })),
  echo: ['url', 'max_input_tokens', 'rate_limit'],
  inputs: { perRequest, maxTokens: () => elserTokens },
  check: refuseInputType,
  request: ({ input, settings }) => ({ url: settings.url, body: { inputs: input } }),
  json: 'maps',
  response: () => readSparse,
};

const rerank: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(common),
  taskSettings: {
    put: rerankSettings,
    request: rerankSettings,
    // Those of a request do not count: it says the same at its root.
    merge: (stored) => stored,
  },
  echo: ['url', 'rate_limit'],
  request: ({ input, query, settings, taskSettings, topN, returnDocuments }) => ({
    url: settings.url,
    body: {
      texts: input,
      query,
      return_text: returnDocuments ?? taskSettings.return_documents,
      top_n: topN ?? taskSettings.top_n,
    },
  }),
  response: () => readRanking,
  finish: ({ topN, taskSettings }, result): InferenceResult =>
    result.kind === 'rerank' ? { ...result, documents: result.documents.slice(0, topN ?? taskSettings.top_n) } : result,
};

const completion: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(completionSettings),
  echo: ['model_id', 'url', 'rate_limit'],
  check: (call) => refuseFurtherInputs(call, 'Hugging Face completions'),
  request: (call) => ({
    url: call.settings.url,
    body: { ...completionBody(call, call.settings.model_id), ...streamFlags(call.stream) },
  }),
  response: () => readCompletion,
  stream: { framing: () => ['sse'], open: openCompletionStream },
};

const chat: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(completionSettings),
  echo: ['model_id', 'url', 'rate_limit'],
  check: (call) => refuseChatFields('hugging_face', call, ['reasoning', 'cache_control', 'session_id']),
  request: (call) => ({
    url: call.settings.url,
    body: { ...chatBodyWithMaxTokens(call, call.settings.model_id), ...streamFlags(call.stream) },
  }),
  response: () => readChat,
  stream: { framing: () => ['sse'], open: (call) => openChatStream(call, { errorIn: chatErrorIn }) },
};

type Secrets = { readonly api_key: string };

/** Services of Hugging Face differ in name and tasks. */
export const defineHuggingFace = (
  own: Pick<Service<Settings, TaskSettings, Secrets>, 'name' | 'label' | 'tasks' | 'hidden'>,
) =>
  defineService<Settings, TaskSettings, Secrets>({
    ...own,
    words: 'collected',
    secrets: z.object({ api_key: text() }),
    rateLimitGroup: ({ url }) => [url],
    auth: ({ api_key }) => ({ type: 'bearer', token: api_key }),
    failure,
    unreadable: ({ task, id }, cause) =>
      `Failed to send Hugging Face ${task} request from inference entity id [${id}]. Cause: ${cause}`,
    units: totalTokens,
  });

/** Inference endpoints and the router of Hugging Face, and Text Embeddings Inference wherever it runs. */
export const huggingFace = defineHuggingFace({
  name: 'hugging_face',
  label: 'Hugging Face',
  tasks: {
    text_embedding: textEmbedding,
    sparse_embedding: sparseEmbedding,
    rerank,
    completion,
    chat_completion: chat,
  },
});
