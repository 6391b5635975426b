import * as z from 'zod';
import { address, decimal, integer, positiveInteger, rateLimit, rateLimitReset, text } from '../api/settings.ts';
import { readAnthropicChat, readAnthropicCompletion } from './anthropic-answer.ts';
import { anthropicChatBody } from './anthropic-chat-request.ts';
import { openAnthropicChat } from './anthropic-chat-stream.ts';
import { openAnthropicCompletion } from './anthropic-completion-stream.ts';
import { anthropicFailure } from './anthropic-failures.ts';
import { refuseChatFields, refuseFurtherInputs } from './refusals.ts';
import { type Call, defineService, type TaskDefinition } from './service.ts';

const requestsPerMinute = 50;

const settings = z.object({
  model_id: text(),
  url: address().optional(),
  rate_limit: rateLimit(requestsPerMinute),
});
type Settings = z.output<typeof settings>;

const secrets = z.object({ api_key: text() });
type Secrets = z.output<typeof secrets>;

const taskSettings = z.object({
  max_tokens: positiveInteger(),
  temperature: decimal().optional(),
  top_p: decimal().optional(),
  top_k: integer().optional(),
});
type TaskSettings = z.output<typeof taskSettings>;

type AnthropicCall = Call<Settings, TaskSettings>;

const shared = {
  put: settings,
  stored: settings,
  update: { settings: z.object({ rate_limit: rateLimitReset(requestsPerMinute) }).partial(), others: 'refused' },
  taskSettings: { put: taskSettings, request: taskSettings.partial(), words: 'collected', updated: 'replaced' },
  echo: ['model_id', 'url', 'rate_limit'],
} as const;

const send = ({ settings: { url = 'https://api.anthropic.com/v1/messages' } }: AnthropicCall, body: unknown) => ({
  url,
  headers: { 'anthropic-version': '2023-06-01' },
  body,
});

const completion: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  check: (call) => refuseFurtherInputs(call, 'Anthropic chat completions'),
  request: (call) =>
    send(call, {
      messages: [{ role: 'user', content: call.input[0] }],
      model: call.settings.model_id,
      max_tokens: call.taskSettings.max_tokens,
      temperature: call.taskSettings.temperature,
      top_p: call.taskSettings.top_p,
      top_k: call.taskSettings.top_k,
      stream: call.stream || undefined,
    }),
  response: () => readAnthropicCompletion,
  stream: { framing: () => ['sse'], open: openAnthropicCompletion },
};

const showsReasoning = ({ chat: request }: AnthropicCall): boolean => request?.reasoning?.exclude !== true;

const chat: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  check: (call) => refuseChatFields('anthropic', call, ['cache_control', 'session_id']),
  request: (call) =>
    send(
      call,
      anthropicChatBody(
        call.chat ?? { messages: [] },
        { ...call.taskSettings, model: call.settings.model_id },
        call.stream,
      ),
    ),
  json: 'exact',
  response: (call) => readAnthropicChat(showsReasoning(call)),
  stream: { framing: () => ['sse'], open: (call) => openAnthropicChat(call, showsReasoning(call)) },
};

const tokens = z.object({ usage: z.object({ input_tokens: z.number(), output_tokens: z.number() }) });

/** Anthropic's Messages API: completions and chat. */
export const anthropic = defineService<Settings, TaskSettings, Secrets>({
  name: 'anthropic',
  label: 'Anthropic',
  words: 'strict',
  secrets,
  rateLimitGroup: ({ model_id }) => [model_id],
  auth: ({ api_key: key }) => ({ type: 'header', name: 'x-api-key', value: key }),
  failure: anthropicFailure,
  unreadable: (_call, cause) => `Failed to send Anthropic chat completions request. Cause: ${cause}`,
  units: (body) => {
    const { usage } = tokens.safeParse(body).data ?? {};
    return usage && usage.input_tokens + usage.output_tokens;
  },
  tasks: { completion, chat_completion: chat },
});
