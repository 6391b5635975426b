import * as z from 'zod';

// Chat answers in Elasticsearch's shape (contract §11.3), which is OpenAI's with fewer keys. Keys come out in this order; what is
// null or absent is left out of the answer; other keys are dropped.

/** Absent and null are the same: the key is left out. */
const absent = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().transform((value) => value ?? undefined);

const textOr = (fallback: string) =>
  z
    .string()
    .nullish()
    .transform((value) => value ?? fallback);

/** A list; an empty one is left out as well. */
const someOf = <Schema extends z.ZodType>(schema: Schema) =>
  absent(z.array(schema)).transform((list) => (list && list.length > 0 ? list : undefined));

const usage = z.object({
  completion_tokens: z.number(),
  prompt_tokens: z.number(),
  total_tokens: z.number(),
  prompt_tokens_details: absent(
    z.object({ cached_tokens: absent(z.number()), cache_write_tokens: absent(z.number()) }),
  ).transform(leaveOutEmpty),
  completion_tokens_details: absent(z.object({ reasoning_tokens: absent(z.number()) })).transform(leaveOutEmpty),
});

function leaveOutEmpty<Details extends object>(details: Details | undefined): Details | undefined {
  return details && Object.values(details).some((value) => value !== undefined) ? details : undefined;
}

const toolCall = z.object({
  index: absent(z.int()),
  id: absent(z.string()),
  function: absent(z.object({ arguments: absent(z.string()), name: absent(z.string()) })),
  type: absent(z.string()),
});

/** A piece of what the model thought, in the shape in which a caller may hand it back: there no field may be null. */
const reasoningDetail: z.ZodType<unknown> = z.object({
  type: z.string(),
  format: absent(z.string()),
  id: absent(z.string()),
  index: absent(z.int()),
  data: absent(z.string()),
  summary: absent(z.string()),
  text: absent(z.string()),
  signature: absent(z.string()),
});

const message = z.object({
  content: absent(z.string()),
  refusal: absent(z.string()),
  role: absent(z.string()),
  reasoning: absent(z.string()),
  tool_calls: someOf(toolCall),
  reasoning_details: someOf(reasoningDetail),
});

/** A tool call of a stream says to which call its part belongs. */
const streamedMessage = message.refine(
  ({ tool_calls }) => tool_calls?.every(({ index }) => index !== undefined) ?? true,
  'a tool call has no index',
);

export const chatCompletionChunk = z.object({
  id: z.string(),
  choices: z.array(z.object({ delta: streamedMessage, finish_reason: absent(z.string()), index: z.int() })),
  model: textOr(''),
  object: textOr(''),
  usage: absent(usage),
});

export type ChatCompletionChunk = z.output<typeof chatCompletionChunk>;

type ToolCall = z.output<typeof toolCall>;

/** Calls of a whole answer: numbered by position when none has an index; some with and some without cannot be read. */
const numberToolCalls = (calls: readonly ToolCall[] | undefined, context: z.RefinementCtx): ToolCall[] | undefined => {
  if (!calls) return undefined;
  const numbered = calls.filter(({ index }) => index !== undefined).length;
  if (numbered > 0 && numbered < calls.length) {
    context.addIssue({ code: 'custom', message: 'some tool calls have an index and some have none' });
    return z.NEVER;
  }
  return calls.map(({ index, ...call }, position) => ({ index: index ?? position, ...call }));
};

const wholeMessage = message.transform((whole, context) => ({
  ...whole,
  tool_calls: numberToolCalls(whole.tool_calls, context),
}));

export const chatCompletion = z.object({
  id: z.string(),
  choices: z.array(z.object({ message: wholeMessage, finish_reason: absent(z.string()), index: z.int() })),
  model: textOr(''),
  object: textOr('chat.completion'),
  usage: absent(usage),
});

export type ChatCompletion = z.output<typeof chatCompletion>;
