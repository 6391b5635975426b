import type { ChatRequest } from '../api/chat-request.ts';

// Bodies of requests in OpenAI's dialect of completions. What is undefined is not sent.

const nonEmpty = <Item>(list: readonly Item[] | undefined) => (list && list.length > 0 ? list : undefined);

/** A completion: one text as the one message of a user. */
export const completionBody = ({ input }: { readonly input: readonly string[] }, model?: string) => ({
  messages: [{ content: input[0], role: 'user' }],
  model,
  n: 1,
});

/**
 * A chat request in OpenAI's names, but for streaming and what only some services know.
 *
 * @param model - the endpoint's; the request's own counts before it
 */
export const chatBody = ({ chat }: { readonly chat?: ChatRequest }, model?: string) => ({
  messages: chat?.messages,
  stop: nonEmpty(chat?.stop),
  temperature: chat?.temperature,
  tool_choice: chat?.tool_choice,
  tools: nonEmpty(chat?.tools),
  top_p: chat?.top_p,
  max_completion_tokens: chat?.max_completion_tokens,
  model: chat?.model ?? model,
  n: 1,
});

/** The same for services that know the limit by its older name alone. */
export const chatBodyWithMaxTokens = (call: { readonly chat?: ChatRequest }, model?: string) => {
  const { max_completion_tokens: max_tokens, ...body } = chatBody(call, model);
  return { ...body, max_tokens };
};

/** Whether to stream, and then with a last chunk that tells the tokens used. */
export const streamFlags = (stream: boolean) => ({
  stream,
  ...(stream && { stream_options: { include_usage: true } }),
});
