import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

/** How the hub answers from now on. `cut` promises the whole file, sends half of it and hangs up. */
export type HubBehaviour = 'whole' | 'cut' | 'missing';

export type FakeHub = AsyncDisposable & {
  readonly endpoint: string;
  /** Paths asked for, in their order. */
  readonly requests: string[];
  readonly behave: (behaviour: HubBehaviour) => void;
  /** From now on answers wait until the function that it returns is called. */
  readonly hold: () => () => void;
};

/**
 * A model hub on loopback, with one repository at one revision: `/{repository}/resolve/{revision}/{file}`.
 *
 * @param folder - where its files lie
 */
export const startFakeHub = async (repository: string, revision: string, folder: string): Promise<FakeHub> => {
  const requests: string[] = [];
  const prefix = `/${repository}/resolve/${revision}/`;
  let behaviour: HubBehaviour = 'whole';
  let gate = Promise.resolve();

  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    await gate;
    const file = path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
    const content = file && (await readFile(join(folder, file)).catch(() => undefined));
    if (!content || behaviour === 'missing') {
      response.writeHead(404).end('Entry not found');
      return;
    }
    response.writeHead(200, { 'content-length': content.length });
    if (behaviour === 'whole') response.end(content);
    else response.write(content.subarray(0, content.length / 2), () => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;

  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    behave: (next) => {
      behaviour = next;
    },
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
