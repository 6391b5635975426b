import * as z from 'zod';
import { JsonDecimal } from '../api/json.ts';
import type { InferenceResult } from '../api/results.ts';
import { type ChatUsage, chatAnswer, someOf, toolCall } from './chat-answers.ts';
import { hiddenThought, signedThought } from './claude-reasoning.ts';

// Whole answers of Anthropic's Messages API, and what its streams share with them.

const javaTypes: Readonly<Record<string, string>> = { string: 'String', boolean: 'Boolean', object: 'HashMap' };

/** What Java calls the value of a field, as Elasticsearch's parser reads it. */
const javaType = (value: unknown): string | undefined => {
  if (Array.isArray(value)) return 'ArrayList';
  if (typeof value === 'number' || value instanceof JsonDecimal) return Number.isInteger(value) ? 'Integer' : 'Double';
  return javaTypes[typeof value];
};

const expectedTypes: Readonly<Record<string, string>> = {
  string: 'String',
  int: 'Integer',
  number: 'Integer',
  array: 'List',
  object: 'Map',
};

/**
 * What Elasticsearch says of the first field of an answer that is missing or of another type; to be read with `reportInput`. The field is
 * told by its own name alone, and one that is null is missing.
 */
export const explainField = ({ issues: [issue] }: z.ZodError): string => {
  const name = issue?.path.findLast((step) => typeof step === 'string') ?? '';
  const where = 'in Anthropic chat completions response';
  if (issue?.code !== 'invalid_type' || issue.input === undefined || issue.input === null)
    return `Failed to find required field [${name}] ${where}`;
  return `Field [${name}] ${where} is of unexpected type [${javaType(issue.input)}]. Expected type is [${expectedTypes[issue.expected]}].`;
};

const finishReasons: Readonly<Record<string, string>> = {
  max_tokens: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

/** Anthropic's `stop_reason` as OpenAI would name it; whatever is not known has simply stopped. */
export const finishReason = (stopReason: string): string =>
  (Object.hasOwn(finishReasons, stopReason) ? finishReasons[stopReason] : undefined) ?? 'stop';

const count = z
  .number()
  .nullish()
  .transform((tokens) => tokens ?? 0);

export const anthropicUsage = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
});

export type AnthropicUsage = z.output<typeof anthropicUsage>;

/** Tokens as the contract counts them: those from a cache, or written to one, are part of the prompt. */
export const chatUsage = (usage: AnthropicUsage): ChatUsage => {
  const { cache_read_input_tokens: read, cache_creation_input_tokens: written } = usage;
  const prompt = usage.input_tokens + read + written;
  return {
    completion_tokens: usage.output_tokens,
    prompt_tokens: prompt,
    total_tokens: prompt + usage.output_tokens,
    prompt_tokens_details:
      read + written > 0 ? { cached_tokens: read || undefined, cache_write_tokens: written || undefined } : undefined,
    completion_tokens_details: undefined,
  };
};

/** What says what it is. */
export const typed = z.object({ type: z.string() });

const readTypes: ReadonlySet<string> = new Set(['text', 'tool_use', 'thinking', 'redacted_thinking']);

/** Blocks of other types are passed over, whatever their fields hold. */
const withoutOthers = (sent: unknown): unknown => {
  const type = typed.safeParse(sent).data?.type;
  return type === undefined || readTypes.has(type) ? sent : { type };
};

/** What the blocks of content that are read may hold; `type` says what is there. */
const blockFields = typed.extend({
  text: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.unknown().optional(),
  thinking: z.string().optional(),
  signature: z.string().optional(),
  data: z.string().optional(),
});
const block = z.preprocess(withoutOthers, blockFields);

const completionAnswer = z.object({ content: z.array(block) });

const chatAnswerBody = z.object({
  id: z.string(),
  model: z.string(),
  content: z.array(block),
  stop_reason: z.string().nullish(),
  usage: anthropicUsage.optional(),
});

/** Reads an answer; one that does not fit is told of in Elasticsearch's words. */
const reading = <Body>(schema: z.ZodType<Body>, render: (body: Body) => InferenceResult): z.ZodType<InferenceResult> =>
  z.unknown().transform((body, context) => {
    const read = schema.safeParse(body, { reportInput: true });
    if (read.success) return render(read.data);
    context.addIssue({ code: 'custom', message: explainField(read.error) });
    return z.NEVER;
  });

const textsOf = (content: z.output<typeof completionAnswer>['content']): readonly string[] =>
  content.flatMap(({ type, text }) => (type === 'text' && text !== undefined ? [text] : []));

/** The blocks of text, one result each. */
export const readAnthropicCompletion = reading(completionAnswer, ({ content }) => ({
  kind: 'completion',
  results: textsOf(content),
}));

/** @param showReasoning - whether the caller wants to see what the model thought */
export const readAnthropicChat = (showReasoning: boolean): z.ZodType<InferenceResult> =>
  reading(chatAnswerBody, ({ id, model, content, stop_reason, usage }) => {
    const texts = textsOf(content);
    const calls = content.filter(({ type }) => type === 'tool_use');
    const thoughts = showReasoning ? content.filter(({ type }) => type.endsWith('thinking')) : [];
    return chatAnswer(
      { id, model },
      {
        content: texts.length > 0 ? texts.join('') : undefined,
        reasoning: someOf(thoughts.flatMap(({ thinking }) => thinking ?? []))?.join(''),
        tool_calls: someOf(
          calls.map(({ id: callId = '', name = '', input }, index) =>
            toolCall(index, { id: callId, name, arguments: JSON.stringify(input ?? {}) }),
          ),
        ),
        reasoning_details: someOf(
          thoughts.map(({ type, thinking = '', signature, data = '' }, index) =>
            type === 'thinking' ? signedThought(index, thinking, signature) : hiddenThought(index, data),
          ),
        ),
      },
      finishReason(stop_reason ?? ''),
      usage && chatUsage(usage),
    );
  });
