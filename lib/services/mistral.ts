import * as z from 'zod';
import type { ChatRequest } from '../api/chat-request.ts';
import { positiveInteger, rateLimit, rateLimitUpdate, similarity, text } from '../api/settings.ts';
import type { Frame } from '../transport/types.ts';
import { discoverDimensions } from './dense.ts';
import {
  type Classify,
  callerStatus,
  classifyCompletion,
  classifyOpenAi,
  failureReason,
  openAiFailure,
  rateLimitedWithRest,
  readOpenAiError,
} from './failures.ts';
import { toOpenAi, toOpenAiStream } from './mistral-answers.ts';
import { openChatStream, openCompletionStream, readChat, readCompletion } from './openai-chat.ts';
import { chatBody, completionBody } from './openai-chat-request.ts';
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
  request: (call) => ({ url: chatUrl, body: { ...completionBody(call, call.settings.model), stream: call.stream } }),
  response: () => z.preprocess(toOpenAi, readCompletion),
  stream: {
    framing: () => ['sse'],
    open: (call) => openCompletionStream(call, { adapt: toOpenAi, errorIn: errorEventIn }),
  },
};

/** Mistral refuses keys that it does not know, so reasoning of earlier answers stays here. */
const toMistral = ({ content, role, tool_call_id, tool_calls }: ChatRequest['messages'][number]) => ({
  content,
  role,
  tool_call_id,
  tool_calls,
});

const chat: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(common),
  echo: ['model', 'rate_limit'],
  check: (call) => refuseChatFields('mistral', call, ['cache_control', 'session_id']),
  request: (call) => {
    const { max_completion_tokens: max_tokens, messages, ...body } = chatBody(call, call.settings.model);
    // Usage comes without asking, and `stream_options` would be refused.
    return {
      url: chatUrl,
      body: { ...body, messages: messages?.map(toMistral), max_tokens, stream: call.stream },
    };
  },
  response: () => z.preprocess(toOpenAi, readChat),
  stream: {
    framing: () => ['sse'],
    open: (call) =>
      openChatStream(call, {
        adapt: toOpenAiStream(),
        errorIn: (frame, data) => errorEventIn(frame) ?? (isChunk(data) ? undefined : mistralError(frame.data)),
      }),
  },
};

/** Mistral's errors have several shapes: callers get the whole text. */
const mistralError = (message: string) => ({ message, chat: { type: 'mistral_error' } });

const errorEventIn = ({ event, data }: Frame) => (event === 'error' ? mistralError(data) : undefined);

const isChunk = (data: unknown): boolean => z.object({ choices: z.array(z.unknown()) }).safeParse(data).success;

const unnamed: ReadonlySet<number> = new Set([400, 404, 422]);

const classifyEmbeddings: Classify = (answer, message) => {
  const found = classifyOpenAi(answer, message);
  const hasLimits = ['tokens', 'requests'].some((what) => answer.headers[`x-ratelimit-limit-${what}`] !== undefined);
  if (answer.status === 429 && !hasLimits) return { ...found, prefix: rateLimitedWithRest(answer) };
  return unnamed.has(answer.status) && !found.shorten ? { prefix: 'Received an unsuccessful status code' } : found;
};

const failure = (answer: ServiceAnswer, call: MistralCall): Failure => {
  if (call.task === 'text_embedding') return openAiFailure(answer, call, classifyEmbeddings);
  const { prefix, ...rest } = classifyCompletion(answer, readOpenAiError(answer.body).message ?? answer.text);
  const { message, chat } = mistralError(answer.text);
  return {
    ...rest,
    status: callerStatus(answer.status),
    reason: failureReason(prefix, call.id, answer.status, message),
    chat,
  };
};

/** Mistral AI's own platform. */
export const mistral = defineService<Settings, TaskSettings, { readonly api_key: string }>({
  name: 'mistral',
  label: 'Mistral',
  words: 'collected',
  secrets: z.object({ api_key: text() }),
  auth: ({ api_key }) => ({ type: 'bearer', token: api_key }),
  failure,
  unreadable: ({ task, id }, cause) =>
    `Failed to send Mistral ${task} request from inference entity id [${id}]. Cause: ${cause}`,
  units: totalTokens,
  tasks: { text_embedding: embeddings, completion, chat_completion: chat },
});
