import type { ChatMessage } from '../api/chat-message.ts';
import { statusException } from '../api/errors.ts';
import { jsonObject, toolArguments } from './tool-arguments.ts';

// Messages as Gemini's contents. What is undefined is not sent.

const api = 'Google VertexAI ChatCompletion';

/** Whose thoughts and signatures they are: those of other models would be refused. */
export const reasoningFormat = 'google-vertex-ai-v1';

/** Stands for a signature that nobody kept. Gemini refuses the first call of a step without any. */
const unknownSignature = 'skip_thought_signature_validator';

export const isSystem = ({ role }: ChatMessage): boolean => role.toLowerCase() === 'system';
const isTool = ({ role }: ChatMessage): boolean => role === 'tool';

const roleOf = ({ role }: ChatMessage): 'user' | 'model' => {
  if (role.toLowerCase() === 'user') return 'user';
  if (role === 'assistant') return 'model';
  throw statusException(400, `Role [${role}] not supported by ${api}. Supported roles: [user, assistant]`);
};

/** All texts of a message, one for each of its parts. @throws InferenceError 400 for other content */
export const textsOf = ({ content = [] }: ChatMessage): readonly string[] => {
  if (typeof content === 'string') return [content];
  return content.map((part) => {
    if (part.type === 'text') return part.text;
    throw statusException(400, `Type [${part.type}] not supported by ${api}. Supported types: [text]`);
  });
};

/** Gemini takes no empty texts. */
const spokenTexts = (message: ChatMessage): readonly string[] => textsOf(message).filter((text) => text !== '');

/** Ids are told apart from names: where Gemini sent none, callers were told the name instead. */
const issuedId = (id: string, name: string): string | undefined => (id === name ? undefined : id);

/** What a message holds of Gemini's own earlier reasoning. */
const reasoningOf = ({ reasoning_details: details = [] }: ChatMessage) => {
  const own = details.filter(({ type, format }) => type === 'reasoning.text' && format === reasoningFormat);
  return {
    thoughts: own.flatMap(({ text, signature }) =>
      text === undefined ? [] : [{ text, thought: true, thoughtSignature: signature }],
    ),
    ofCalls: new Map(
      own.flatMap(({ id, signature }) =>
        id === undefined || signature === undefined ? [] : [[id, signature] as const],
      ),
    ),
    /** Of the text; where there is none, of the first call that has no other. */
    unbound: own.find(({ id, text }) => id === undefined && text === undefined)?.signature,
  };
};

/**
 * Thoughts first, then texts, then calls, each with the signature that it came with.
 *
 * @param isFirst - whether no message before it in the same content holds a call: Gemini wants one signature for each content
 */
const partsOf = (message: ChatMessage, isFirst: boolean): readonly unknown[] => {
  const { thoughts, ofCalls, unbound } = reasoningOf(message);
  const texts = spokenTexts(message);
  const calls = message.tool_calls ?? [];
  const firstUnsigned = calls.findIndex(({ id }) => !ofCalls.has(id));
  const left = texts.length > 0 ? undefined : unbound;
  return [
    ...thoughts,
    ...texts.map((text, index) => ({
      text,
      thoughtSignature: index === texts.length - 1 ? unbound : undefined,
    })),
    ...calls.map((call, index) => ({
      functionCall: {
        name: call.function.name,
        args: call.function.arguments === '' ? null : toolArguments(call),
        id: issuedId(call.id, call.function.name),
      },
      thoughtSignature:
        ofCalls.get(call.id) ??
        (index === firstUnsigned ? left : undefined) ??
        (isFirst && index === 0 ? unknownSignature : undefined),
    })),
  ];
};

/** Tools may answer with any text; Gemini takes objects. */
const toolResponse = (text: string): unknown => (text === '' ? {} : (jsonObject(text) ?? { output: text }));

/** The functions of a conversation's calls by the calls' ids; of calls with one id the first counts. */
const functionNames = (messages: readonly ChatMessage[]): ReadonlyMap<string, string> =>
  new Map(
    messages
      .flatMap(({ tool_calls = [] }) => tool_calls.map((call) => [call.id, call.function.name] as const))
      .reverse(),
  );

const responsePart = (message: ChatMessage, names: ReadonlyMap<string, string>) => {
  const id = message.tool_call_id;
  if (id === undefined) throw statusException(400, `Tool messages require a [tool_call_id] for ${api}`);
  const name = names.get(id) ?? id;
  return {
    functionResponse: { name, id: issuedId(id, name), response: toolResponse(spokenTexts(message).join('')) },
  };
};

type Turn = { readonly role: 'user' | 'model'; readonly messages: ChatMessage[] };

/**
 * Messages that become one content: those of one role that follow each other, since Gemini 2.5 has no answer where two contents have
 * the same. What tools answered is the user's.
 */
const turnsOf = (messages: readonly ChatMessage[]): readonly Turn[] => {
  const turns: Turn[] = [];
  for (const message of messages) {
    const role = isTool(message) ? 'user' : roleOf(message);
    const last = turns.at(-1);
    if (last?.role === role) last.messages.push(message);
    else turns.push({ role, messages: [message] });
  }
  return turns;
};

const holdsCalls = ({ tool_calls = [] }: ChatMessage): boolean => tool_calls.length > 0;

/**
 * The conversation without its system messages.
 *
 * @throws InferenceError 400 for roles and content that Gemini cannot take here
 */
export const contentsOf = (messages: readonly ChatMessage[]) => {
  const names = functionNames(messages);
  return turnsOf(messages.filter((message) => !isSystem(message))).map(({ role, messages: spoken }) => {
    const firstCalls = spoken.findIndex(holdsCalls);
    return {
      role,
      parts: spoken.flatMap((message, index) =>
        isTool(message) ? [responsePart(message, names)] : partsOf(message, firstCalls === -1 || index <= firstCalls),
      ),
    };
  });
};
