import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeBody } from '../lib/http/stream.ts';
import type { HttpAnswer } from '../lib/http/types.ts';

/** Writes a whole answer, with its length; a stream's headers go out at once, before its first event. */
export const writeAnswer = async (
  { statusCode, headers, body }: HttpAnswer,
  response: ServerResponse,
  left: AbortSignal,
): Promise<void> => {
  response.statusCode = statusCode;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (typeof body === 'string' || body instanceof Uint8Array) {
    response.setHeader('content-length', Buffer.byteLength(body));
    response.end(response.req.method === 'HEAD' ? undefined : body);
    return;
  }
  response.flushHeaders();
  await writeBody(body, response, left);
  response.end();
};

/** How long a caller may go on sending what nobody reads, in milliseconds. */
const patience = 2_000;

/**
 * Answers a request of which not all was read, and closes its connection. A connection that closes while the caller still sends is
 * reset, and the answer lost: so the rest is taken and thrown away, for a while.
 */
export const refuseRest = async (answer: HttpAnswer, request: IncomingMessage, response: ServerResponse) => {
  const { statusCode, headers, body } = answer;
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) throw new Error('A refusal is no stream');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.shouldKeepAlive = false;
  response.writeHead(statusCode).write(body);
  request.resume();
  const read = new Promise((resolve) => request.once('close', resolve));
  await Promise.race([read, sleep(patience, undefined, { ref: false })]);
  response.end();
};
