import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { passOn } from '../../../local/stand-ins/sagemaker/elsewhere.ts';
import { createProvider } from './provider.ts';
import { startSageMaker } from './sagemaker.ts';

/** What a function sent, as far as the suite looks at it. */
export type Sent = {
  readonly path: string;
  readonly authorization: string | undefined;
  /** A number for each connection: a function's process keeps its own. */
  readonly connection: number;
};

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/**
 * The world outside of the deployment on one port: a provider at `/v1/…`, what of AWS an emulator lacks (SageMaker, its runtime,
 * Application Auto Scaling), and `/control/…`, by which the suite sees what came to the provider and lets streams go on.
 */
export const startStandIns = async ({ host, port }: { readonly host: string; readonly port: number }) => {
  const provider = createProvider();
  const sageMaker = await startSageMaker();
  const sent: Sent[] = [];
  const connections = new WeakMap<Socket, number>();
  let connected = 0;

  const control = ({ method, url = '' }: IncomingMessage, response: ServerResponse): void => {
    const ticket = /^\/control\/step\/([\w-]+)$/.exec(url)?.[1];
    if (method === 'POST' && ticket !== undefined) json(response, provider.step(ticket) ? 200 : 409, {});
    else if (method === 'GET' && url === '/control/sent') json(response, 200, sent.splice(0));
    else json(response, 404, {});
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { url = '', headers, socket } = request;
    const aws = sageMaker.baseFor(request);
    if (aws !== undefined) return passOn(request, response, aws);
    const body = await text(request);
    if (url.startsWith('/control/')) return control(request, response);
    sent.push({ path: url, authorization: headers.authorization, connection: connections.get(socket) ?? 0 });
    return provider.answer(request, JSON.parse(body), response);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      process.stderr.write(`stand-in, ${request.url}: ${error}\n`);
      json(response, 500, { error: { message: String(error), type: 'stand_in', code: null } });
    });
  });
  // Longer than the suite: a connection that ends is one that its process ended.
  server.keepAliveTimeout = 600_000;
  server.on('connection', (socket) => {
    connected += 1;
    connections.set(socket, connected);
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: async (): Promise<void> => {
      server.close();
      server.closeAllConnections();
      await sageMaker.close();
    },
  };
};
