import { once } from 'node:events';
import type { Server } from 'node:http';
import type { StandIn } from './stand-in.ts';

/** Lets a server listen on a free loopback port. */
export const listenOnLoopback = async (server: Server): Promise<StandIn> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('The stand-in has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
};
