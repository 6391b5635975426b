import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';

const embeddingsRequest = z.object({
  model: z.string(),
  input: z.union([z.string().transform((one) => [one]), z.array(z.string())]),
  dimensions: z.int().default(8),
});
const message = z.object({ content: z.union([z.string(), z.array(z.object({ text: z.string() }))]) });
const chatRequest = z.object({
  model: z.string(),
  messages: z.array(message),
  stream: z.boolean().default(false),
});

/** A vector that depends on the text alone, of numbers that every float format holds exactly. */
export const vectorOf = (input: string, dimensions = 8): number[] => {
  const digest = createHash('sha256').update(input).digest();
  return Array.from({ length: dimensions }, (_, index) => ((digest[index % digest.length] ?? 0) - 128) / 128);
};

const base64Vector = (input: string, dimensions: number): string =>
  Buffer.from(new Float32Array(vectorOf(input, dimensions)).buffer).toString('base64');

/** What it was sent, in order. */
export type SentRequest = {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
};

const embeddings = (body: unknown) => {
  const { model, input, dimensions } = embeddingsRequest.parse(body);
  return {
    object: 'list',
    model,
    data: input.map((one, index) => ({ object: 'embedding', index, embedding: base64Vector(one, dimensions) })),
    usage: { prompt_tokens: input.length, total_tokens: input.length },
  };
};

const contentOf = ({ content }: z.output<typeof message>): string =>
  typeof content === 'string' ? content : content.map((part) => part.text).join('');

const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

const completion = (model: string, content: string) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_790_000_000,
  model,
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  usage,
});

const chunk = (model: string, choices: readonly object[], more: object = {}) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_790_000_000, model, choices, ...more })}\n\n`;

const delta = (model: string, content: string) => chunk(model, [{ index: 0, delta: { content } }]);

const headOfStream = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
};

/** The words of what was said, one event each. */
const stream = (response: ServerResponse, model: string, content: string): void => {
  headOfStream(response);
  for (const word of content.split(/(?<= )/)) response.write(delta(model, word));
  response.write(chunk(model, [{ index: 0, delta: {}, finish_reason: 'stop' }]));
  response.write(chunk(model, [], { usage }));
  response.end('data: [DONE]\n\n');
};

const json = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const refuse = (response: ServerResponse, status: number): void =>
  json(response, status, { error: { message: `no: ${status}`, type: 'stand_in', code: null, param: null } });

const converse = (response: ServerResponse, { model, stream: asStream, ...rest }: z.output<typeof chatRequest>) => {
  const content = rest.messages.map(contentOf).at(-1) ?? '';
  const whole = () => json(response, 200, completion(model, content));
  switch (content) {
    case 'stay silent':
      return undefined;
    case 'begin and stay silent':
      return headOfStream(response);
    case 'think first':
      return setTimeout(whole, 300);
    default:
      return asStream ? stream(response, model, content) : whole();
  }
};

const answer = (request: IncomingMessage, response: ServerResponse, body: unknown): void => {
  const { model } = z.object({ model: z.string() }).parse(body);
  const status = model.match(/^status-(\d{3})$/)?.[1];
  if (status !== undefined) refuse(response, Number(status));
  else if (request.url?.endsWith('/embeddings')) json(response, 200, embeddings(body));
  else converse(response, chatRequest.parse(body));
};

/**
 * Speaks as much of OpenAI's API as the tests need, on the loopback interface: vectors made of the text, completions that repeat the
 * last message, whole or word by word. The model `status-429` is refused so. Told to `stay silent` it does not answer, to `begin and
 * stay silent` it sends headers alone, to `think first` it takes 0.3 seconds.
 */
export const startOpenAi = async () => {
  const sent: SentRequest[] = [];
  let departures = 0;
  const server = createServer(async (request, response) => {
    const body: unknown = JSON.parse(await text(request));
    sent.push({ path: request.url ?? '', headers: request.headers, body });
    response.on('close', () => {
      if (!response.writableFinished) departures += 1;
    });
    answer(request, response, body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    /** For `INLET_EGRESS`: everything that goes out comes here. */
    egress: JSON.stringify({ '*': `http://127.0.0.1:${port}/{host}` }),
    sent,
    /** How many callers closed their connection before their answer was complete. */
    departures: () => departures,
    close: async (): Promise<void> => {
      server.close();
      server.closeAllConnections();
    },
  };
};

export type OpenAiStandIn = Awaited<ReturnType<typeof startOpenAi>>;
