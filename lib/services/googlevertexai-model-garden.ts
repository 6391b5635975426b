import * as z from 'zod';
import { statusName } from '../api/envelope.ts';
import { statusException } from '../api/errors.ts';
import { readAnthropicChat, readAnthropicCompletion } from './anthropic-answer.ts';
import { openAnthropicChat } from './anthropic-chat-stream.ts';
import { openAnthropicCompletion } from './anthropic-completion-stream.ts';
import { anthropicFailure } from './anthropic-failures.ts';
import { callerStatus, wholeTextFailure } from './failures.ts';
import type { BackEnd, VertexCall } from './googlevertexai-back-end.ts';
import type { Provider } from './googlevertexai-settings.ts';
import { chatErrorIn as huggingFaceErrorIn, failure as huggingFaceFailure } from './hugging_face-failures.ts';
import {
  mistralChatBody,
  mistralCompletionBody,
  mistralFailure,
  openMistralChat,
  openMistralCompletion,
  readMistralChat,
  readMistralCompletion,
} from './mistral-chat.ts';
import { openChatStream, openCompletionStream, readChat, readCompletion, type StreamDialect } from './openai-chat.ts';
import { chatBodyWithMaxTokens, completionBody, streamFlags } from './openai-chat-request.ts';
import { totalTokens } from './openai-usage.ts';

// Models of other makers in Google's Model Garden: each speaks as its maker's own service does.

type ToolChoice = NonNullable<VertexCall['chat']>['tool_choice'];
type Tool = NonNullable<NonNullable<VertexCall['chat']>['tools']>[number];

const choiceTypes: Readonly<Record<string, string>> = { auto: 'auto', none: 'none', required: 'any' };

const toolChoice = (choice: ToolChoice) => {
  if (choice === undefined) return undefined;
  if (typeof choice !== 'string') return { type: 'tool', name: choice.function.name };
  const type = Object.hasOwn(choiceTypes, choice) ? choiceTypes[choice] : undefined;
  if (type !== undefined) return { type };
  throw statusException(
    400,
    `Unsupported tool_choice value [${choice}] for the Google Model Garden Anthropic chat completion API.`,
  );
};

const tool = ({ function: { name, description, parameters = {} } }: Tool) => ({
  name,
  description: description ?? null,
  input_schema: Object.keys(parameters).length > 0 ? parameters : undefined,
});

/** Messages go as they were given, those of the system too. The address names the model. */
const claudeBody = (messages: unknown, { chat, taskSettings, stream }: VertexCall) => ({
  anthropic_version: 'vertex-2023-10-16',
  messages,
  temperature: chat?.temperature,
  tool_choice: toolChoice(chat?.tool_choice),
  tools: chat?.tools && chat.tools.length > 0 ? chat.tools.map(tool) : undefined,
  top_p: chat?.top_p,
  stream,
  max_tokens: chat?.max_completion_tokens ?? taskSettings.max_tokens ?? 1024,
});

const showsThoughts = ({ chat }: VertexCall): boolean => chat?.reasoning?.exclude !== true;

const tokens = z.object({ usage: z.object({ input_tokens: z.number(), output_tokens: z.number() }) });

const claude: BackEnd = {
  refused: ['cache_control', 'session_id'],
  completion: {
    body: (call) => claudeBody([{ content: call.input[0], role: 'user' }], call),
    read: () => readAnthropicCompletion,
    open: openAnthropicCompletion,
  },
  chat: {
    body: (call) => claudeBody(call.chat?.messages, call),
    read: (call) => readAnthropicChat(showsThoughts(call)),
    open: (call) => openAnthropicChat(call, showsThoughts(call)),
  },
  failure: anthropicFailure,
  units: (body) => {
    const { usage } = tokens.safeParse(body).data ?? {};
    return usage && usage.input_tokens + usage.output_tokens;
  },
};

const mistral: BackEnd = {
  refused: ['cache_control', 'session_id'],
  completion: {
    body: (call) => mistralCompletionBody(call, call.settings.model_id),
    read: () => readMistralCompletion,
    open: openMistralCompletion,
  },
  chat: {
    body: (call) => mistralChatBody(call, call.settings.model_id),
    read: () => readMistralChat,
    open: openMistralChat,
  },
  failure: mistralFailure,
  units: totalTokens,
};

/**
 * A provider that speaks OpenAI's dialect.
 *
 * @param flags - what says in a body whether to stream
 * @param chatDialect - where its streamed chats differ
 */
const openAiDialect = (
  failure: BackEnd['failure'],
  flags: (stream: boolean) => object,
  chatDialect: StreamDialect,
): BackEnd => ({
  refused: ['reasoning', 'cache_control', 'session_id'],
  completion: {
    body: (call) => ({ ...completionBody(call, call.settings.model_id), ...flags(call.stream) }),
    read: () => readCompletion,
    open: (call) => openCompletionStream(call),
  },
  chat: {
    body: (call) => ({ ...chatBodyWithMaxTokens(call, call.settings.model_id), ...flags(call.stream) }),
    read: () => readChat,
    open: (call) => openChatStream(call, chatDialect),
  },
  failure,
  units: totalTokens,
});

const errorObject = z.object({ error: z.object({ message: z.string().optional() }) });

/** An error inside a stream, with the name of its kind. */
const errorIn =
  (type: string): NonNullable<StreamDialect['errorIn']> =>
  (_frame, data) => {
    const { error } = errorObject.safeParse(data).data ?? {};
    return error && { message: error.message ?? 'unknown', chat: { type } };
  };

/** A failure told by its whole text, with the name of its kind. */
const wholeText =
  (type: string): BackEnd['failure'] =>
  (answer, { id }) =>
    wholeTextFailure(answer, id, { type, code: statusName(callerStatus(answer.status)) });

/** How the models of each maker are spoken to. */
export const modelGarden: Readonly<Record<Exclude<Provider, 'GOOGLE'>, BackEnd>> = {
  ANTHROPIC: claude,
  META: openAiDialect(wholeText('LlamaErrorResponse'), (stream) => ({ stream }), { errorIn: errorIn('llama_error') }),
  HUGGING_FACE: openAiDialect(huggingFaceFailure, streamFlags, { errorIn: huggingFaceErrorIn }),
  MISTRAL: mistral,
  AI21: openAiDialect(wholeText('ai21_error'), streamFlags, { errorIn: errorIn('ai21_error') }),
};
