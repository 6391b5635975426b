import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';

/** What the fake service does with a request. */
export type Script =
  | {
      readonly type: 'answer';
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string | string[]>>;
      readonly body: string | Uint8Array;
    }
  /** Sends status, headers and pieces, each with a pause in milliseconds before it, then does what `ending` says. */
  | {
      readonly type: 'stream';
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string | string[]>>;
      readonly pieces: readonly (string | Uint8Array)[];
      readonly pause?: number;
      readonly ending: 'end' | 'cut' | 'hang';
    }
  /** Takes the request and says nothing. */
  | { readonly type: 'hang' }
  /** Resets the connection instead of an answer. */
  | { readonly type: 'reset' };

export type ReceivedRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** A connection that the service has seen; `closed` resolves when it is gone. */
export type SeenConnection = { readonly closed: Promise<unknown> };

export type FakeService = AsyncDisposable & {
  readonly origin: string;
  /** Host and port. */
  readonly host: string;
  readonly requests: readonly ReceivedRequest[];
  readonly connections: readonly SeenConnection[];
  /** Bytes of answers that the connections have taken so far. */
  readonly bytesSent: () => number;
  /** Resolves when the service has that many requests. */
  readonly received: (count: number) => Promise<void>;
};

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const stream = async (response: ServerResponse, script: Extract<Script, { type: 'stream' }>): Promise<void> => {
  response.writeHead(script.status ?? 200, script.headers);
  response.flushHeaders();
  for (const piece of script.pieces) {
    if (script.pause !== undefined) await wait(script.pause);
    if (response.destroyed) return;
    await new Promise((resolve) => response.write(piece, resolve)); // until the connection has taken it
  }
  if (script.ending === 'end') response.end();
  if (script.ending === 'cut') response.destroy();
};

const play = async (response: ServerResponse, script: Script): Promise<void> => {
  switch (script.type) {
    case 'answer':
      response.writeHead(script.status ?? 200, { 'content-length': Buffer.byteLength(script.body), ...script.headers });
      response.end(script.body);
      return;
    case 'stream':
      return stream(response, script);
    case 'hang':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
  }
};

/**
 * A service on the loopback interface that answers as the test says.
 *
 * @param choose - the script for a request; `index` counts them from 0
 */
export const startFakeService = async (
  choose: Script | ((request: ReceivedRequest, index: number) => Script),
): Promise<FakeService> => {
  const requests: ReceivedRequest[] = [];
  const connections: SeenConnection[] = [];
  const sockets: Socket[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];

  const server = createServer(async (incoming, response) => {
    const { method = '', url: path = '', headers } = incoming;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const request = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
    requests.push(request);
    for (const { count, resolve } of waiting) if (requests.length >= count) resolve();
    await play(response, typeof choose === 'function' ? choose(request, requests.length - 1) : choose);
  });
  server.on('connection', (socket) => {
    sockets.push(socket);
    connections.push({ closed: new Promise((resolve) => socket.once('close', resolve)) });
    socket.on('error', () => {}); // a client that leaves is what many tests are about
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The address of a server that listens on a port is an object.
  const { port } = server.address() as AddressInfo;

  return {
    origin: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    requests,
    connections,
    bytesSent: () => sockets.reduce((sum, socket) => sum + socket.bytesWritten, 0),
    received: (count) =>
      new Promise((resolve) => {
        if (requests.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};

/** An origin that refuses connections: its port has just been free. */
export const refusingOrigin = async (): Promise<string> => {
  const service = await startFakeService({ type: 'hang' });
  await service[Symbol.asyncDispose]();
  return service.origin;
};

/** Takes connections and never says a word, not even in TLS. */
export const startSilentServer = async (): Promise<
  AsyncDisposable & { readonly host: string; readonly connected: Promise<unknown> }
> => {
  const server = createTcpServer();
  const connected = new Promise<Socket>((resolve) => server.once('connection', resolve));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The address of a server that listens on a port is an object.
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    connected,
    [Symbol.asyncDispose]: async () => {
      (await connected).destroy();
      server.close();
    },
  };
};
