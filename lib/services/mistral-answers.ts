import * as z from 'zod';

// Where Mistral's answers differ from OpenAI's: contents of reasoning models are lists of parts, and parts of tool calls may not say
// to which call they belong.

/** Thinking is left out: only what the model says counts as its content. */
const content = z
  .union([
    z.string(),
    z
      .array(z.looseObject({ type: z.string(), text: z.string().optional() }))
      .transform((parts) => parts.flatMap(({ type, text }) => (type === 'text' && text !== undefined ? [text] : [])))
      .transform((texts) => (texts.length > 0 ? texts.join('') : undefined)),
  ])
  .nullish();

const spoken = z.looseObject({ content });
const answer = z.looseObject({
  choices: z.array(z.looseObject({ message: spoken.optional(), delta: spoken.optional() })),
});

/** Brings an answer, whole or one frame of it, into OpenAI's shape; what is no answer stays as it is. */
export const toOpenAi = (data: unknown): unknown => {
  const read = answer.safeParse(data);
  return read.success ? read.data : data;
};

const part = z.looseObject({ index: z.int().nullish(), id: z.string().nullish() });
const chunk = z.looseObject({
  choices: z.array(z.looseObject({ delta: z.looseObject({ tool_calls: z.array(part).nullish() }) })),
});

/**
 * The same for the frames of one stream, in their order. Tool calls without an index get one: that of the call with the same id, or
 * the next.
 */
export const toOpenAiStream = (): ((data: unknown) => unknown) => {
  const calls: string[] = [];
  const numbered = (toolCall: z.output<typeof part>, position: number) => {
    if (typeof toolCall.index === 'number') return toolCall;
    const call = toolCall.id ?? `#${position}`;
    if (!calls.includes(call)) calls.push(call);
    return { ...toolCall, index: calls.indexOf(call) };
  };
  return (data) => {
    const read = chunk.safeParse(toOpenAi(data));
    if (!read.success) return toOpenAi(data);
    return {
      ...read.data,
      choices: read.data.choices.map(({ delta, ...choice }) => ({
        ...choice,
        delta: { ...delta, tool_calls: delta.tool_calls?.map(numbered) },
      })),
    };
  };
};
