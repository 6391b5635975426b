import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Log } from '../../lib/log.ts';
import type { Engine } from './engine.ts';
import { limits } from './limits.ts';
import { type Route, routes } from './routes.ts';
import { bodyTooLarge, notFound, TeiError } from './tei-error.ts';

/**
 * Serves the engine over HTTP: `/health`, and below each model's percent-encoded id the routes of Text Embeddings
 * Inference.
 */
export const createEngineServer = (engine: Engine, log: Log): Server =>
  createServer((request, response) => {
    const left = new AbortController();
    response.on('close', () => left.abort());
    const [pathname = '/'] = (request.url ?? '/').split('?');
    if (pathname === '/health') {
      send(response, 200, undefined);
      return;
    }
    const found = findRoute(pathname);
    answer(engine, found, request, left.signal).then(
      (json) => send(response, 200, json),
      (error: unknown) => {
        if (!left.signal.aborted) sendError(response, error, found.route?.refusal ?? ownRefusal, log);
      },
    );
  });

type Found = { readonly pathname: string; readonly model: string; readonly route: Route | undefined };

/** `/<model>/<route>`; a route may have two parts, as `v1/embeddings`. */
const findRoute = (pathname: string): Found => {
  const parts = pathname.slice(1).split('/');
  for (const size of [2, 1]) {
    const name = parts.slice(-size).join('/');
    if (parts.length <= size || !Object.hasOwn(routes, name)) continue;
    return { pathname, model: parts.slice(0, -size).join('/'), route: routes[name] };
  }
  return { pathname, model: '', route: undefined };
};

const answer = async (
  engine: Engine,
  { pathname, model, route }: Found,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<unknown> => {
  if (route === undefined) throw notFound(`There is no route ${pathname}`);
  if (request.method !== route.method) throw new TeiError(405, undefined, `${pathname} takes ${route.method}`);
  return route.answer(engine, { model: decodeModel(model), body: await readBody(request), signal });
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

const ownRefusal = ({ message, type }: TeiError): object => ({ error: message, error_type: type });

const sendError = (response: ServerResponse, error: unknown, refusal: (error: TeiError) => object, log: Log): void => {
  if (!(error instanceof TeiError)) {
    log.error('The engine failed', { error });
    const hidden = new TeiError(500, 'Backend', 'Internal error; the log has its cause');
    send(response, hidden.status, refusal(hidden));
  } else if (error.type === undefined) {
    response.writeHead(error.status, { 'content-type': 'text/plain' }).end(error.message);
  } else send(response, error.status, refusal(error));
};
