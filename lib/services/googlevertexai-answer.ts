import * as z from 'zod';
import type { ChatCompletion, ChatCompletionChunk } from '../api/chat-completion.ts';
import { type ChatUsage, someOf, toolCall } from './chat-answers.ts';
import { reasoningFormat } from './googlevertexai-contents.ts';

// Gemini's answers. A whole one and each event of a stream have the same shape.

const part = z.object({
  text: z.string().nullish(),
  functionCall: z.object({ name: z.string(), args: z.unknown().optional(), id: z.string().nullish() }).nullish(),
  thought: z.boolean().nullish(),
  thoughtSignature: z.string().nullish(),
});
type Part = z.output<typeof part>;

const candidate = z.object({
  content: z.object({ role: z.string().nullish(), parts: z.array(part).nullish() }).nullish(),
  finishReason: z.string().nullish(),
  index: z.int().nullish(),
});

const count = z.int().nullish();

export const geminiAnswer = z.object({
  candidates: z.array(candidate),
  usageMetadata: z.object({
    promptTokenCount: count,
    candidatesTokenCount: count,
    totalTokenCount: count,
    thoughtsTokenCount: count,
  }),
  modelVersion: z.string(),
  responseId: z.string(),
});
export type GeminiAnswer = z.output<typeof geminiAnswer>;

/** Thoughts are part of what the model wrote; missing counts are 0. */
export const usageOf = ({ usageMetadata: counts }: GeminiAnswer): ChatUsage | undefined => {
  const thoughts = counts.thoughtsTokenCount ?? undefined;
  if (Object.values(counts).every((value) => value === undefined || value === null)) return undefined;
  return {
    completion_tokens: (counts.candidatesTokenCount ?? 0) + (thoughts ?? 0),
    prompt_tokens: counts.promptTokenCount ?? 0,
    total_tokens: counts.totalTokenCount ?? 0,
    prompt_tokens_details: undefined,
    completion_tokens_details: thoughts === undefined ? undefined : { reasoning_tokens: thoughts },
  };
};

const joined = (texts: readonly (string | null | undefined)[]): string => texts.map((text) => text ?? '').join('');

const isCall = ({ functionCall }: Part): boolean => Boolean(functionCall);
const isThought = (one: Part): boolean => !isCall(one) && one.thought === true;
const isSpoken = (one: Part): boolean => !isCall(one) && one.thought !== true;

const partsOf = ({ content }: GeminiAnswer['candidates'][number]): readonly Part[] => content?.parts ?? [];

/** What each candidate says, without its thoughts. */
export const spokenTexts = ({ candidates }: GeminiAnswer): readonly string[] =>
  candidates.map((one) =>
    joined(
      partsOf(one)
        .filter(isSpoken)
        .map(({ text }) => text),
    ),
  );

type Message = ChatCompletion['choices'][number]['message'] & ChatCompletionChunk['choices'][number]['delta'];
type Choice = { readonly message: Message; readonly finish_reason: string | undefined; readonly index: number };

/**
 * Makes choices of the candidates of one answer, which may come in many events: calls and thoughts are counted over all of them.
 *
 * @param showThoughts - whether the caller wants to see what the model thought; signatures of calls are told anyway, since the
 *   model wants them back
 */
export const createChoices = (showThoughts: boolean) => {
  let calls = 0;
  let thoughts = 0;
  let inThought = false;

  const endThought = (): void => {
    if (inThought) thoughts += 1;
    inThought = false;
  };

  /** Pieces of one thought have one number; a signature ends it, and so does whatever else comes. */
  const thoughtDetail = (text: string | undefined, signature: string | undefined): unknown => {
    const detail = { type: 'reasoning.text', format: reasoningFormat, index: thoughts, text, signature };
    inThought = true;
    if (signature !== undefined) endThought();
    return detail;
  };

  const detailsOf = (one: Part): readonly unknown[] => {
    const signature = one.thoughtSignature ?? undefined;
    const text = one.text ?? undefined;
    if (one.functionCall) {
      endThought();
      const id = one.functionCall.id ?? one.functionCall.name;
      return signature === undefined ? [] : [{ type: 'reasoning.text', format: reasoningFormat, id, signature }];
    }
    if (!isThought(one)) {
      endThought();
      return showThoughts && signature !== undefined ? [thoughtDetail(undefined, signature)] : [];
    }
    return showThoughts && (text !== undefined || signature !== undefined) ? [thoughtDetail(text, signature)] : [];
  };

  const callOf = ({ functionCall: call }: Part) => {
    if (!call) return [];
    const hasArguments = call.args !== undefined && call.args !== null;
    const { name, id } = call;
    return [
      toolCall(calls++, { id: id ?? name, name, arguments: hasArguments ? JSON.stringify(call.args) : undefined }),
    ];
  };

  const choiceOf = (one: GeminiAnswer['candidates'][number]): Choice => {
    const parts = partsOf(one);
    const thought = showThoughts ? joined(parts.filter(isThought).map(({ text }) => text)) : '';
    return {
      message: {
        content: joined(parts.filter(isSpoken).map(({ text }) => text)) || undefined,
        refusal: undefined,
        role: parts.length > 0 ? (one.content?.role ?? undefined) : undefined,
        reasoning: thought || undefined,
        tool_calls: someOf(parts.flatMap(callOf)),
        reasoning_details: someOf(parts.flatMap(detailsOf)),
      },
      finish_reason: one.finishReason ?? undefined,
      index: one.index ?? 0,
    };
  };

  return ({ candidates }: GeminiAnswer): readonly Choice[] => candidates.map(choiceOf);
};
