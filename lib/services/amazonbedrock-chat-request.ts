import type { ContentPart } from '../api/chat-content.ts';
import type { ChatMessage } from '../api/chat-message.ts';
import type { ChatRequest } from '../api/chat-request.ts';
import { statusException } from '../api/errors.ts';
import { toolArguments } from './tool-arguments.ts';

// A chat request in the words of Bedrock's Converse. What is undefined is not sent.

type Block = { readonly text: string } | { readonly toolUse: object } | { readonly toolResult: object };
type Message = { readonly role: 'user' | 'assistant'; readonly content: readonly Block[] };

const refuse = (problem: string): never => {
  throw statusException(400, problem);
};

const textsOf = (content: string | readonly ContentPart[] = []): readonly string[] =>
  typeof content === 'string'
    ? [content]
    : content.map((part) =>
        part.type === 'text'
          ? part.text
          : refuse(`The [amazonbedrock] service does not support content of type [${part.type}]`),
      );

/** Bedrock refuses empty texts. */
const textBlocks = (content: string | readonly ContentPart[] | undefined) =>
  textsOf(content).flatMap((text) => (text === '' ? [] : [{ text }]));

const toolResult = ({ tool_call_id: toolUseId, content = [] }: ChatMessage): Block => {
  if (typeof content !== 'string' && content.length === 0) refuse('Tool message must have non-empty contents');
  return { toolResult: { toolUseId, content: textsOf(content).map((text) => ({ text })) } };
};

const toolUses = ({ tool_calls: calls = [] }: ChatMessage): readonly Block[] =>
  calls.map((call) => ({
    toolUse: { toolUseId: call.id, name: call.function.name, input: toolArguments(call) },
  }));

/** @param withTools - without tools in the request, Bedrock takes no calls and results of tools either */
const converted = (message: ChatMessage, withTools: boolean): Message => {
  const { role, content } = message;
  switch (role) {
    case 'user':
      return { role, content: textBlocks(content) };
    case 'assistant':
      return { role, content: [...textBlocks(content), ...(withTools ? toolUses(message) : [])] };
    case 'tool':
      return { role: 'user', content: withTools ? [toolResult(message)] : [] };
    default:
      return refuse(`Unsupported role [${role}] for the Amazon Bedrock chat completion API.`);
  }
};

const holdsResults = ({ content }: Message): boolean => content.some((block) => 'toolResult' in block);

const greeting: Message = { role: 'user', content: [{ text: 'Hi' }] };
const bridge: Message = { role: 'assistant', content: [{ text: 'Please continue.' }] };

/** Bedrock wants a user first and then both roles in turn; a message with results of tools stands by itself. */
const inTurn = (messages: readonly Message[]): readonly Message[] => {
  const turns: Message[][] = messages[0]?.role === 'assistant' ? [[greeting]] : [];
  for (const message of messages) {
    const turn = turns.at(-1);
    const last = turn?.[0];
    if (!turn || last?.role !== message.role) turns.push([message]);
    else if (holdsResults(last) === holdsResults(message)) turn.push(message);
    else turns.push([bridge], [message]);
  }
  return turns.flatMap(([first, ...others]) =>
    first ? [{ ...first, content: [first, ...others].flatMap(({ content }) => content) }] : [],
  );
};

const toolChoices: Readonly<Record<string, object>> = { auto: { auto: {} }, required: { any: {} } };

const toolChoice = (choice: ChatRequest['tool_choice'] = 'auto'): object => {
  if (typeof choice !== 'string') return { tool: { name: choice.function.name } };
  const known = Object.hasOwn(toolChoices, choice) ? toolChoices[choice] : undefined;
  return known ?? refuse(`Invalid tool choice [${choice}], must be one of [auto, required, none]`);
};

const toolSpec = ({ type, function: { name, description, parameters } }: NonNullable<ChatRequest['tools']>[number]) => {
  if (type !== 'function') refuse(`Unsupported tool type [${type}], only [function] is supported`);
  return { toolSpec: { name, description, inputSchema: { json: parameters ?? {} } } };
};

const toolConfig = ({ tools = [], tool_choice: choice }: ChatRequest) => {
  if (choice === 'none') return undefined;
  const chosen = toolChoice(choice);
  return tools.length > 0 ? { tools: tools.map(toolSpec), toolChoice: chosen } : undefined;
};

/** Stop sequences alone do not count, as Elasticsearch has it. */
const inferenceConfig = ({ temperature, top_p: topP, max_completion_tokens: maxTokens, stop }: ChatRequest) =>
  temperature === undefined && topP === undefined && maxTokens === undefined
    ? undefined
    : { temperature, topP, maxTokens, stopSequences: stop };

/**
 * The body of a chat call. The endpoint's task settings are for completions alone, and the model stands in the path.
 *
 * @throws InferenceError 400 for roles, tools and content that Bedrock cannot take from here
 */
export const converseChatBody = (request: ChatRequest) => {
  const tools = toolConfig(request);
  const system = request.messages.filter(({ role }) => role === 'system').flatMap(({ content }) => textBlocks(content));
  const messages = request.messages
    .filter(({ role }) => role !== 'system')
    .map((message) => converted(message, tools !== undefined))
    .filter(({ content }) => content.length > 0);
  return {
    messages: inTurn(messages),
    system: system.length > 0 ? system : undefined,
    inferenceConfig: inferenceConfig(request),
    toolConfig: tools,
  };
};
