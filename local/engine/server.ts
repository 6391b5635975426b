import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Log } from '../../lib/log.ts';
import type { Engine } from './engine.ts';
import { limits } from './limits.ts';
import { routes } from './routes.ts';
import { bodyTooLarge, notFound, TeiError } from './tei-error.ts';

/**
 * Serves the engine over HTTP: `/health`, and below each model's percent-encoded id the routes of Text Embeddings
 * Inference.
 */
export const createEngineServer = (engine: Engine, log: Log): Server =>
  createServer((request, response) => {
    const left = new AbortController();
    response.on('close', () => left.abort());
    answer(engine, request, left.signal).then(
      (json) => send(response, 200, json),
      (error: unknown) => {
        if (!left.signal.aborted) sendError(response, error, log);
      },
    );
  });

const answer = async (engine: Engine, request: IncomingMessage, signal: AbortSignal): Promise<unknown> => {
  const [pathname = '/'] = (request.url ?? '/').split('?');
  if (pathname === '/health') return undefined;
  const slash = pathname.lastIndexOf('/');
  const name = pathname.slice(slash + 1);
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
  if (route === undefined || slash < 1) throw notFound(`There is no route ${pathname}`);
  if (request.method !== route.method) throw new TeiError(405, undefined, `${pathname} takes ${route.method}`);
  const model = decodeModel(pathname.slice(1, slash));
  return route.answer(engine, { model, body: await readBody(request), signal });
};

const decodeModel = (encoded: string): string => {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw notFound(`There is no model [${encoded}]`);
  }
};

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    // What is too much is read all the same: who is still sending would not see the answer.
    if (bytes <= limits.bodyBytes) chunks.push(chunk);
  }
  if (bytes > limits.bodyBytes) throw bodyTooLarge();
  return Buffer.concat(chunks).toString('utf8');
};

const send = (response: ServerResponse, status: number, json: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(json === undefined ? undefined : JSON.stringify(json));
};

const sendError = (response: ServerResponse, error: unknown, log: Log): void => {
  if (!(error instanceof TeiError)) {
    log.error('The engine failed', { error });
    send(response, 500, { error: 'Internal error; the log has its cause', error_type: 'Backend' });
  } else if (error.type === undefined) {
    response.writeHead(error.status, { 'content-type': 'text/plain' }).end(error.message);
  } else send(response, error.status, { error: error.message, error_type: error.type });
};
