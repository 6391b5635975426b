import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { FunctionName } from '../lib/http/routes.ts';
import type { Respond } from '../lib/http/serve.ts';
import type { Log } from '../lib/log.ts';
import { chooseFunction } from './function-choice.ts';
import { createEvent } from './gateway-event.ts';
import { receiveBody } from './request-body.ts';
import { StartError } from './start-error.ts';
import { refuseRest, writeAnswer } from './write-answer.ts';

/** The inner functions of all Lambda functions. */
export type Functions = Readonly<Record<FunctionName, Respond>>;

export type Gateway = {
  /**
   * @param port - 0 takes a free one
   * @returns where it listens: `http://127.0.0.1:9200`
   * @throws StartError when it cannot listen there
   */
  readonly listen: (host: string, port: number) => Promise<string>;
  /** Takes no more connections, and ends those there are when their answers are complete, or after 1.5 seconds. */
  readonly stop: () => Promise<void>;
};

/** Longer than clients and proxies keep an idle connection, so that it is not closed under their next request; in milliseconds. */
const keepAliveTimeout = 65_000;

/** Milliseconds that answers under way have when the server stops. */
const grace = 1_500;

const serveRequest = async (
  request: IncomingMessage,
  response: ServerResponse,
  functions: Functions,
  left: AbortSignal,
): Promise<void> => {
  const received = await receiveBody(request);
  if (!received) return;
  const event = createEvent(request, received.bytes);
  const respond = functions[chooseFunction(event.httpMethod, event.path)];
  const answer = await respond(event, left);
  await (received.cut ? refuseRest(answer, request, response) : writeAnswer(answer, response, left));
};

const listenError = (host: string, port: number, { code, message }: NodeJS.ErrnoException): StartError =>
  new StartError(
    code === 'EADDRINUSE'
      ? `Port ${port} of ${host} is in use; stop what listens there, or set PORT to another one`
      : `The server cannot listen on port ${port} of HOST ${host}: ${message}`,
  );

/** The gateway in front of the functions: HTTP in, API Gateway's event to the function that its tree chooses. */
export const createGateway = (functions: Functions, log: Log): Gateway => {
  let stopping = false;
  const server = createServer({ keepAliveTimeout }, (request, response) => {
    const left = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished) left.abort();
      if (stopping) server.closeIdleConnections();
    });
    // A caller that leaves while its answer is written is no failure, and nobody is there to be told.
    response.on('error', () => {});
    serveRequest(request, response, functions, left.signal).catch((error: unknown) => {
      if (!left.signal.aborted) log.error('The answer could not be written', { error });
      response.destroy();
    });
  });
  return {
    listen: async (host, port) => {
      server.listen(port, host);
      await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
        throw listenError(host, port, error);
      });
      const address = server.address();
      const taken = typeof address === 'object' && address ? address.port : port;
      return `http://${host.includes(':') ? `[${host}]` : host}:${taken}`;
    },
    stop: async () => {
      stopping = true;
      const closed = new Promise((resolve) => server.close(resolve));
      const late = setTimeout(() => server.closeAllConnections(), grace);
      await closed;
      clearTimeout(late);
    },
  };
};
