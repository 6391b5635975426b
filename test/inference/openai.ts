import * as z from 'zod';
import type { Script, Scripted } from '../helpers/scripted-http.ts';
import type { Answer, createWholeService } from '../helpers/whole-service.ts';

// A service that speaks OpenAI's dialect and answers everything, and endpoints that call it.

export type Whole = ReturnType<typeof createWholeService>;

/** The secret of every endpoint of these tests. */
export const apiKey = 'sk-the-secret-of-the-endpoint';

const asked = z.object({ input: z.array(z.string()).optional(), stream: z.boolean().optional() });

const chunk = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c1', choices: [{ delta, finish_reason, index: 0 }], model: 'gpt', object: 'chat.completion.chunk' })}\n\n`;

/** A streamed answer that says `Hello there`. */
export const streamText = `${chunk({ role: 'assistant', content: 'Hello' })}${chunk({ content: ' there' })}${chunk({}, 'stop')}data: [DONE]\n\n`;

const message = { role: 'assistant', content: 'Hello there' };
const completion = { id: 'c1', choices: [{ message, finish_reason: 'stop', index: 0 }], model: 'gpt' };

/** Vectors of two numbers, the first is the length of the text. */
const vectors = (input: readonly string[]) => ({ data: input.map((text) => ({ embedding: [text.length, 0.5] })) });

/** Answers as OpenAI does, to whatever is asked. */
export const openai: Script = ({ url, body }): Scripted => {
  const { input = [], stream = false } = asked.parse(JSON.parse(body));
  if (url.endsWith('/embeddings')) return { body: vectors(input) };
  return stream ? { headers: { 'content-type': 'text/event-stream' }, body: streamText } : { body: completion };
};

/** Refuses as OpenAI does. */
export const refusal = (status: number, message: string): Scripted => ({
  status,
  body: { error: { message, type: 'invalid_request_error', code: 'a_code', param: null } },
});

type Settings = Readonly<Record<string, unknown>>;

export const endpointBody = (settings: Settings = {}, others: Settings = {}) => ({
  service: 'openai',
  service_settings: { model_id: 'a-model', api_key: apiKey, ...settings },
  ...others,
});

/** Creates an endpoint of the service. */
export const putEndpoint = async (
  whole: Whole,
  taskType: string,
  id: string,
  body: object = endpointBody(),
): Promise<Answer> => {
  const answer = await whole.request({ method: 'PUT', path: `/_inference/${taskType}/${id}`, body });
  if (answer.status !== 200) throw new Error(`PUT answered ${answer.text}`);
  return answer;
};

/** A good body for each task type. */
export const goodBody = {
  text_embedding: { input: ['a', 'bb'] },
  sparse_embedding: { input: ['a'] },
  embedding: { input: ['a'] },
  rerank: { input: ['a', 'b'], query: 'q' },
  completion: { input: 'a' },
  chat_completion: { messages: [{ role: 'user', content: 'a' }] },
} as const;
