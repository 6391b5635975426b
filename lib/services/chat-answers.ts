import type { ChatCompletion, ChatCompletionChunk } from '../api/chat-completion.ts';
import type { InferenceResult, StreamEvent } from '../api/results.ts';

// Chat answers of services whose own are not in OpenAI's shape. What is undefined is not written.

type Delta = ChatCompletionChunk['choices'][number]['delta'];
/** What one chunk adds. */
export type ChatDelta = Partial<Delta>;
type Message = ChatCompletion['choices'][number]['message'];
type ToolCall = NonNullable<Delta['tool_calls']>[number];

/** Tokens of one answer. */
export type ChatUsage = NonNullable<ChatCompletion['usage']>;

/** Which answer the chunks belong to. */
export type Answering = { readonly id: string; readonly model: string };

/** The keys in the order of the contract. */
const nothing = {
  content: undefined,
  refusal: undefined,
  role: undefined,
  reasoning: undefined,
  tool_calls: undefined,
  reasoning_details: undefined,
};

/** One chunk with one choice. */
export const chatChunk = ({ id, model }: Answering, delta: ChatDelta, finishReason?: string): StreamEvent => ({
  kind: 'chat',
  chunk: {
    id,
    choices: [{ delta: { ...nothing, ...delta }, finish_reason: finishReason, index: 0 }],
    model,
    object: 'chat.completion.chunk',
    usage: undefined,
  },
});

/** The last chunk: no choice, but the tokens used. */
export const usageChunk = ({ id, model }: Answering, usage: ChatUsage): StreamEvent => ({
  kind: 'chat',
  chunk: { id, choices: [], model, object: 'chat.completion.chunk', usage },
});

/** A whole answer with one choice. */
export const chatAnswer = (
  { id, model }: Answering,
  message: Partial<Message>,
  finishReason: string | undefined,
  usage: ChatUsage | undefined,
): InferenceResult => ({
  kind: 'chat',
  completion: {
    id,
    choices: [{ message: { ...nothing, role: 'assistant', ...message }, finish_reason: finishReason, index: 0 }],
    model,
    object: 'chat.completion',
    usage,
  },
});

type StartedCall = { readonly id: string; readonly name: string; readonly arguments?: string | undefined };

/** A tool call, or its beginning. @param index - counts the calls of one answer from 0 */
export const toolCall = (index: number, { id, name, arguments: sent }: StartedCall): ToolCall & { index: number } => ({
  index,
  id,
  function: { arguments: sent, name },
  type: 'function',
});

/** A further piece of the arguments of a call that has begun. */
export const argumentsPart = (index: number, part: string): ToolCall => ({
  index,
  id: undefined,
  function: { arguments: part, name: undefined },
  type: undefined,
});

/** A list that is not written when it is empty. */
export const someOf = <Item>(list: readonly Item[]): Item[] | undefined => (list.length > 0 ? [...list] : undefined);

/** Numbers the blocks of an answer, apart from its other blocks: the first one is 0. */
export const createNumbering = () => {
  const numbers = new Map<number, number>();
  return {
    /** @param block - the position of the block among all */
    numberOf: (block: number): number | undefined => numbers.get(block),
    number: (block: number): number => {
      const number = numbers.get(block) ?? numbers.size;
      numbers.set(block, number);
      return number;
    },
  };
};
