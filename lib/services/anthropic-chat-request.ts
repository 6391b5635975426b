import type { ChatMessage } from '../api/chat-message.ts';
import type { ChatRequest } from '../api/chat-request.ts';
import { statusException } from '../api/errors.ts';
import { contentBlock, joinedText, textBlock } from './anthropic-content.ts';
import { toolArguments } from './tool-arguments.ts';

// A chat request in the words of Anthropic's Messages API. What is undefined is not sent.

const api = 'for the Anthropic chat completion API';

const systemBlocks = (messages: readonly ChatMessage[]) => {
  const blocks = messages
    .filter(({ role, content }) => role === 'system' && content !== undefined)
    .map(({ role, content }) => textBlock(joinedText(content, role)));
  return blocks.length > 0 ? blocks : undefined;
};

/** Texts go as they are. Earlier reasoning stays behind: Claude thinks here only where the model does so by itself. */
const spokenMessage = ({ role, content = '' }: ChatMessage) => {
  if (content.length === 0) return { role, content: [textBlock('')] };
  return { role, content: typeof content === 'string' ? content : content.map(contentBlock) };
};

const callingMessage = ({ role, content, tool_calls: calls = [] }: ChatMessage) => {
  const text = joinedText(content, role);
  const uses = calls.map((call) => ({
    type: 'tool_use',
    id: call.id,
    name: call.function.name,
    input: toolArguments(call),
  }));
  return { role, content: [...(text === '' ? [] : [textBlock(text)]), ...uses] };
};

const resultMessage = ({ content, tool_call_id: id }: ChatMessage) => {
  if (!id) throw statusException(400, `Field [tool_call_id] is required in a tool message ${api}.`);
  const blocks = typeof content === 'string' ? [textBlock(content)] : content?.map(contentBlock);
  return { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: blocks }] };
};

const message = (sent: ChatMessage) => {
  switch (sent.role) {
    case 'user':
      return spokenMessage(sent);
    case 'assistant':
      return sent.tool_calls && sent.tool_calls.length > 0 ? callingMessage(sent) : spokenMessage(sent);
    case 'tool':
      return resultMessage(sent);
    default:
      throw statusException(400, `Unsupported role [${sent.role}] ${api}.`);
  }
};

const choiceTypes: Readonly<Record<string, string>> = { auto: 'auto', none: 'none', required: 'any' };

const toolChoice = (choice: ChatRequest['tool_choice']) => {
  if (choice === undefined) return undefined;
  if (typeof choice !== 'string') return { type: 'tool', name: choice.function.name };
  const type = Object.hasOwn(choiceTypes, choice) ? choiceTypes[choice] : undefined;
  if (type === undefined) throw statusException(400, `Unsupported tool_choice value [${choice}] ${api}.`);
  return { type };
};

const tool = ({ function: { name, description, parameters } }: NonNullable<ChatRequest['tools']>[number]) => ({
  name,
  description: description ?? null,
  // Anthropic takes schemas of objects alone.
  input_schema: { ...parameters, type: 'object', properties: parameters?.properties ?? {} },
});

/** Settings of the endpoint, which count where the request says nothing. */
type Defaults = {
  readonly model: string;
  readonly max_tokens: number;
  readonly temperature?: number | undefined;
  readonly top_p?: number | undefined;
  readonly top_k?: number | undefined;
};

/**
 * The body of a chat call. How much the model is to think has no place in it: Elasticsearch sends nothing either.
 *
 * @throws InferenceError 400 for roles, tools and content that Anthropic cannot take
 */
export const anthropicChatBody = (request: ChatRequest, defaults: Defaults, stream: boolean) => ({
  messages: request.messages.filter(({ role }) => role !== 'system').map(message),
  system: systemBlocks(request.messages),
  model: request.model ?? defaults.model,
  stop_sequences: request.stop && request.stop.length > 0 ? request.stop : undefined,
  temperature: request.temperature ?? defaults.temperature,
  top_p: request.top_p ?? defaults.top_p,
  top_k: defaults.top_k,
  tool_choice: toolChoice(request.tool_choice),
  tools: request.tools && request.tools.length > 0 ? request.tools.map(tool) : undefined,
  stream: stream || undefined,
  max_tokens: request.max_completion_tokens ?? defaults.max_tokens,
});
