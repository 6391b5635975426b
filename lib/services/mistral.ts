import * as z from 'zod';
import { positiveInteger, rateLimit, rateLimitUpdate, similarity, text } from '../api/settings.ts';
import { discoverDimensions } from './dense.ts';
import { type Classify, classifyOpenAi, openAiFailure, rateLimitedWithRest } from './failures.ts';
import {
  mistralChatBody,
  mistralCompletionBody,
  mistralFailure,
  openMistralChat,
  openMistralCompletion,
  readMistralChat,
  readMistralCompletion,
} from './mistral-chat.ts';
import { readEmbeddings } from './openai-embeddings.ts';
import { totalTokens } from './openai-usage.ts';
import { refuseChatFields, refuseFurtherInputs, refuseInputType } from './refusals.ts';
import { type Call, defineService, type Failure, type ServiceAnswer, type TaskDefinition } from './service.ts';

const common = { model: text(), rate_limit: rateLimit(240) };
const dense = {
  ...common,
  dimensions: positiveInteger().optional(),
  similarity: similarity().optional(),
  max_input_tokens: positiveInteger().optional(),
};

const storedSettings = z.object(dense);
type Settings = z.output<typeof storedSettings>;
type TaskSettings = Readonly<Record<never, never>>;

type MistralCall = Call<Settings, TaskSettings>;

const shared = {
  stored: storedSettings,
  update: { settings: z.object({ rate_limit: rateLimitUpdate() }).partial(), others: 'ignored' },
  taskSettings: { put: z.object({}), request: z.object({}) },
} as const;

const embeddings: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(dense),
  update: {
    settings: z.object({ max_input_tokens: positiveInteger(), rate_limit: rateLimitUpdate() }).partial(),
    others: 'ignored',
  },
  echo: ['model', 'dimensions', 'similarity', 'max_input_tokens', 'rate_limit'],
  inputs: { perRequest: () => 256, maxTokens: ({ max_input_tokens }) => max_input_tokens },
  check: refuseInputType,
  request: ({ input, settings }) => ({
    url: 'https://api.mistral.ai/v1/embeddings',
    body: { model: settings.model, input, encoding_format: 'float' },
  }),
  response: readEmbeddings,
  probed: ({ settings, id }, result) => discoverDimensions(settings, result, id, 'dot_product'),
};

const chatUrl = 'https://api.mistral.ai/v1/chat/completions';

const completion: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(common),
  echo: ['model', 'rate_limit'],
  check: (call) => refuseFurtherInputs(call, 'Mistral completions'),
  request: (call) => ({ url: chatUrl, body: mistralCompletionBody(call, call.settings.model) }),
  response: () => readMistralCompletion,
  stream: { framing: () => ['sse'], open: openMistralCompletion },
};

const chat: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(common),
  echo: ['model', 'rate_limit'],
  check: (call) => refuseChatFields('mistral', call, ['cache_control', 'session_id']),
  request: (call) => ({ url: chatUrl, body: mistralChatBody(call, call.settings.model) }),
  response: () => readMistralChat,
  stream: { framing: () => ['sse'], open: openMistralChat },
};

const unnamed: ReadonlySet<number> = new Set([400, 404, 422]);

const classifyEmbeddings: Classify = (answer, message) => {
  const found = classifyOpenAi(answer, message);
  const hasLimits = ['tokens', 'requests'].some((what) => answer.headers[`x-ratelimit-limit-${what}`] !== undefined);
  if (answer.status === 429 && !hasLimits) return { ...found, prefix: rateLimitedWithRest(answer) };
  return unnamed.has(answer.status) && !found.shorten ? { prefix: 'Received an unsuccessful status code' } : found;
};

const failure = (answer: ServiceAnswer, call: MistralCall): Failure =>
  call.task === 'text_embedding' ? openAiFailure(answer, call, classifyEmbeddings) : mistralFailure(answer, call);

/** Mistral AI's own platform. */
export const mistral = defineService<Settings, TaskSettings, { readonly api_key: string }>({
  name: 'mistral',
  label: 'Mistral',
  words: 'collected',
  secrets: z.object({ api_key: text() }),
  rateLimitGroup: ({ model }) => [model],
  auth: ({ api_key }) => ({ type: 'bearer', token: api_key }),
  failure,
  unreadable: ({ task, id }, cause) =>
    `Failed to send Mistral ${task} request from inference entity id [${id}]. Cause: ${cause}`,
  units: totalTokens,
  tasks: { text_embedding: embeddings, completion, chat_completion: chat },
});
