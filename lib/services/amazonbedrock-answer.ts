import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { JsonDecimal } from '../api/json.ts';
import type { InferenceResult } from '../api/results.ts';
import { type Answering, type ChatUsage, chatAnswer, someOf, toolCall } from './chat-answers.ts';
import { hiddenThought, signedThought } from './claude-reasoning.ts';

// Whole answers of Bedrock's Converse, and what its streams share with them.

/** Bedrock gives no ids. */
export const answeringFrom = (model: string): Answering => ({ id: `unified-${randomUUID()}`, model });

const finishReasons: Readonly<Record<string, string>> = {
  tool_use: 'tool_calls',
  max_tokens: 'length',
  content_filtered: 'content_filter',
  guardrail_intervened: 'content_filter',
};

/** Bedrock's `stopReason` as OpenAI would name it; whatever is not known has simply stopped. */
export const finishReason = (stopReason: string | undefined): string =>
  (stopReason !== undefined && Object.hasOwn(finishReasons, stopReason) ? finishReasons[stopReason] : undefined) ??
  'stop';

/** Null says nothing: so AWS's SDK reads it, behind which Elasticsearch stands. */
export const said = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

/** A count, which may be written `3.0`: answers of chats are read digit for digit. */
const count = z.preprocess((value) => (value instanceof JsonDecimal ? value.toNumber() : value), z.number());
const tokens = said(count);
const tokensOrNone = tokens.transform((count) => count ?? 0);

export const converseUsage = z.object({
  inputTokens: tokensOrNone,
  outputTokens: tokensOrNone,
  totalTokens: tokensOrNone,
  cacheReadInputTokens: tokens,
  cacheWriteInputTokens: tokens,
});

/** Tokens as the contract counts them: those from a cache, or written to one, are part of the prompt. */
export const chatUsage = (usage: z.output<typeof converseUsage>): ChatUsage => {
  const { cacheReadInputTokens: read, cacheWriteInputTokens: written } = usage;
  return {
    completion_tokens: usage.outputTokens,
    prompt_tokens: usage.inputTokens + (read ?? 0) + (written ?? 0),
    total_tokens: usage.totalTokens,
    prompt_tokens_details:
      read === undefined && written === undefined ? undefined : { cached_tokens: read, cache_write_tokens: written },
    completion_tokens_details: undefined,
  };
};

/** What Claude's blocks of reasoning hold; other models give text alone. */
export const reasoningContent = z.object({
  text: said(z.string()),
  signature: said(z.string()),
  redactedContent: said(z.string()),
});

const block = z.object({
  text: said(z.string()),
  toolUse: said(z.object({ toolUseId: z.string(), name: z.string(), input: z.unknown().optional() })),
  reasoningContent: said(
    z.object({
      reasoningText: said(reasoningContent.pick({ text: true, signature: true })),
      redactedContent: said(z.string()),
    }),
  ),
});

const converseAnswer = z.object({
  output: z.object({ message: z.object({ content: z.array(block) }) }),
  stopReason: said(z.string()),
  usage: said(converseUsage),
});

type Content = z.output<typeof converseAnswer>['output']['message']['content'];

const textsOf = (content: Content): readonly string[] => content.flatMap(({ text }) => text ?? []);

/** The blocks of text, one result each. */
export const readConverseCompletion: z.ZodType<InferenceResult> = converseAnswer.transform(({ output }) => ({
  kind: 'completion',
  results: textsOf(output.message.content),
}));

const thoughtDetails = (content: Content) =>
  content
    .flatMap(({ reasoningContent: reasoning }) => reasoning ?? [])
    .filter(({ reasoningText, redactedContent }) => reasoningText !== undefined || redactedContent !== undefined)
    .map(({ reasoningText, redactedContent = '' }, index) =>
      reasoningText
        ? signedThought(index, reasoningText.text ?? '', reasoningText.signature)
        : hiddenThought(index, redactedContent),
    );

/** @param byClaude - whether reasoning comes with what Claude needs to have it back */
export const readConverseChat = (model: string, byClaude: boolean): z.ZodType<InferenceResult> =>
  converseAnswer.transform(({ output, stopReason, usage }): InferenceResult => {
    const { content } = output.message;
    const texts = textsOf(content);
    const calls = content.flatMap(({ toolUse }) => toolUse ?? []);
    return chatAnswer(
      answeringFrom(model),
      {
        content: texts.length > 0 ? texts.join('') : undefined,
        reasoning: someOf(content.flatMap(({ reasoningContent: it }) => it?.reasoningText?.text ?? []))?.join(''),
        tool_calls: someOf(
          calls.map(({ toolUseId: id, name, input }, index) =>
            toolCall(index, { id, name, arguments: JSON.stringify(input ?? {}) }),
          ),
        ),
        reasoning_details: byClaude ? someOf(thoughtDetails(content)) : undefined,
      },
      finishReason(stopReason),
      usage && chatUsage(usage),
    );
  });
