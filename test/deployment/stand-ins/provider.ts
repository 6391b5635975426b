import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { vectorOf } from '../../helpers/openai-stand-in.ts';

const embeddingsRequest = z.object({ input: z.array(z.string()), dimensions: z.int().default(8) });
const chatRequest = z.object({
  model: z.string(),
  messages: z.array(z.object({ content: z.union([z.string(), z.array(z.object({ text: z.string() }))]) })),
  stream: z.boolean().default(false),
});

/** Told `step <ticket>: one two three`, it says a word, and the next one when `POST /control/step/<ticket>` comes. */
const inSteps = /^step ([\w-]+): (.*)$/;

/** The key of a provider's customer, as a PUT gives it; every other is refused. */
export const providerKey = 'sk-deployment';
export const rotatedKey = 'sk-rotated';

const json = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const embeddings = (body: unknown): object => {
  const { input, dimensions } = embeddingsRequest.parse(body);
  return {
    object: 'list',
    data: input.map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text, dimensions) })),
    usage: { prompt_tokens: input.length, total_tokens: input.length },
  };
};

const event = (model: string, choices: readonly object[]): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model, choices })}\n\n`;

/**
 * Speaks as much of OpenAI's API as the suite needs. Its model repeats the last message; told to `stay silent`, it never answers.
 */
export const createProvider = () => {
  const steps = new EventEmitter();

  const stream = async (response: ServerResponse, model: string, content: string): Promise<void> => {
    const [, ticket, said = content] = inSteps.exec(content) ?? [];
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const word of said.split(/(?<= )/)) {
      response.write(event(model, [{ index: 0, delta: { content: word } }]));
      if (ticket !== undefined) await once(steps, ticket);
    }
    response.write(event(model, [{ index: 0, delta: {}, finish_reason: 'stop' }]));
    response.end('data: [DONE]\n\n');
  };

  const converse = async (response: ServerResponse, body: unknown): Promise<void> => {
    const { model, messages, stream: asStream } = chatRequest.parse(body);
    const { content: parts = '' } = messages.at(-1) ?? {};
    const content = typeof parts === 'string' ? parts : parts.map(({ text }) => text).join('');
    if (content === 'stay silent') return;
    if (asStream) return stream(response, model, content);
    const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
    json(response, 200, { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model, choices });
  };

  return {
    answer: async ({ url, headers }: IncomingMessage, body: unknown, response: ServerResponse): Promise<void> => {
      const key = headers.authorization?.replace(/^Bearer /, '');
      if (key !== providerKey && key !== rotatedKey)
        return json(response, 401, { error: { message: 'no such key', type: 'invalid_request_error', code: null } });
      if (url === '/v1/embeddings') return json(response, 200, embeddings(body));
      if (url === '/v1/chat/completions') return converse(response, body);
      return json(response, 404, { error: { message: `no ${url}`, type: 'invalid_request_error', code: null } });
    },
    /** Whether a stream was waiting for it. */
    step: (ticket: string): boolean => steps.emit(ticket),
  };
};
