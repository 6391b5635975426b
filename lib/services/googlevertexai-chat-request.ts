import type { ChatRequest } from '../api/chat-request.ts';
import { statusException } from '../api/errors.ts';
import { contentsOf, isSystem, textsOf } from './googlevertexai-contents.ts';
import type { TaskSettings } from './googlevertexai-settings.ts';

// Bodies of completions and chats in Gemini's words. What is undefined is not sent.

const api = 'Google VertexAI ChatCompletion';

const efforts = { minimal: 'MINIMAL', low: 'LOW', medium: 'MEDIUM', high: 'HIGH' } as const;

type Effort = NonNullable<NonNullable<ChatRequest['reasoning']>['effort']>;

const thinkingLevel = (effort: Effort): string => {
  if (effort !== 'xhigh' && effort !== 'none') return efforts[effort];
  const supported = Object.keys(efforts).join(', ');
  throw statusException(400, `Reasoning effort [${effort}] not supported by ${api}. Supported efforts: [${supported}]`);
};

/** Gemini refuses a level and a budget together: the level of the request counts, where it has one. */
const thinkingConfig = ({ reasoning }: Pick<ChatRequest, 'reasoning'>, { thinking_config: stored }: TaskSettings) => {
  const budget = stored && { thinkingBudget: stored.thinking_budget };
  if (!reasoning) return budget;
  return {
    ...(reasoning.effort ? { thinkingLevel: thinkingLevel(reasoning.effort) } : budget),
    includeThoughts: reasoning.exclude !== true,
  };
};

const generationConfig = (request: Omit<ChatRequest, 'messages'>, taskSettings: TaskSettings) => {
  const config = {
    stopSequences: request.stop,
    temperature: request.temperature,
    maxOutputTokens: request.max_completion_tokens ?? taskSettings.max_tokens,
    topP: request.top_p,
    thinkingConfig: thinkingConfig(request, taskSettings),
  };
  return Object.values(config).some((value) => value !== undefined) ? config : undefined;
};

const declaration = ({ type, function: declared }: NonNullable<ChatRequest['tools']>[number]) => {
  if (type !== 'function')
    throw statusException(400, `Tool type [${type}] not supported by ${api}. Supported types: [function]`);
  const { name, description = '', parameters = {} } = declared;
  return {
    name,
    description: /\S/.test(description) ? description : undefined,
    parameters: Object.keys(parameters).length > 0 ? parameters : undefined,
  };
};

const toolConfig = (choice: ChatRequest['tool_choice']) => {
  if (choice === undefined || choice === 'auto') return undefined;
  if (typeof choice === 'string')
    throw statusException(400, `Tool choice value [${choice}] not supported by ${api}. Supported values: [auto]`);
  if (choice.type !== 'function')
    throw statusException(
      400,
      `Tool choice type [${choice.type}] not supported by ${api}. Supported types: [function]`,
    );
  const { name } = choice.function;
  return { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: /\S/.test(name) ? [name] : undefined } };
};

const systemInstruction = (messages: ChatRequest['messages']) => {
  const parts = messages.filter(isSystem).flatMap((message) => {
    if (message.content === undefined)
      throw statusException(400, 'Only text system instructions are supported for Vertex AI');
    if (message.content === '') throw statusException(400, 'System message cannot be empty for Google Vertex AI');
    return textsOf(message).map((text) => ({ text }));
  });
  return parts.length > 0 ? { parts } : undefined;
};

/**
 * The body of a chat call.
 *
 * @throws InferenceError 400 for what Gemini cannot take here
 */
export const geminiChatBody = (request: ChatRequest, taskSettings: TaskSettings) => ({
  contents: contentsOf(request.messages),
  generationConfig: generationConfig(request, taskSettings),
  tools:
    request.tools && request.tools.length > 0 ? [{ functionDeclarations: request.tools.map(declaration) }] : undefined,
  toolConfig: toolConfig(request.tool_choice),
  systemInstruction: systemInstruction(request.messages),
});

/** The body of a completion: one message of a user. */
export const geminiCompletionBody = (text: string, taskSettings: TaskSettings) =>
  geminiChatBody({ messages: [{ role: 'user', content: text }] }, taskSettings);
