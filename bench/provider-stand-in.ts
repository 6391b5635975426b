/*
 * A provider that answers at once, in a process of its own: OpenAI's chat, whole and streamed, and embeddings. Prints where it listens.
 * All answers are made beforehand, so that it costs as little as a server can.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

const chat = Buffer.from(
  JSON.stringify({
    ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'm' },
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'A short answer of about ten words or so, as models give.' },
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
  }),
);

const vectorOf = (seed: number) => Array.from({ length: 1536 }, (_, i) => Math.fround(Math.sin(seed + i) / 40));
const usage = { prompt_tokens: 1, total_tokens: 1 };
const listOf = (count: number) =>
  Buffer.from(
    JSON.stringify({
      object: 'list',
      data: Array.from({ length: count }, (_, index) => ({ object: 'embedding', index, embedding: vectorOf(index) })),
      model: 'm',
      usage,
    }),
  );
const embeddings = new Map([1, 64].map((count) => [count, listOf(count)]));

const chunk = (delta: object) =>
  `data: ${JSON.stringify({
    ...{ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' },
    choices: [{ index: 0, delta, finish_reason: null }],
  })}\n\n`;
const events = [
  chunk({ role: 'assistant', content: '' }),
  ...Array.from({ length: 20 }, () => chunk({ content: ' ok' })),
];
/** Milliseconds from one event to the next. */
const pace = 5;

const stream = (response: ServerResponse) => {
  response.setHeader('content-type', 'text/event-stream');
  let next = 0;
  const write = () => {
    response.write(events[next++]);
    if (next < events.length) return;
    clearInterval(timer);
    response.end('data: [DONE]\n\n');
  };
  const timer = setInterval(write, pace);
  response.once('close', () => clearInterval(timer));
  write();
};

const send = (response: ServerResponse, body: Buffer) => {
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', body.length);
  response.end(body);
};

const server = createServer(async (request, response) => {
  const body = JSON.parse(await text(request));
  if (request.url?.endsWith('/embeddings'))
    send(response, embeddings.get(body.input.length) ?? listOf(body.input.length));
  else if (body.stream) stream(response);
  else send(response, chat);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
process.stdout.write(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}\n`);
