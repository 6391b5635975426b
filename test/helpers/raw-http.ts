import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * Sends bytes as they are and collects what comes back until the other side closes; whoever wants that must ask for
 * `connection: close`.
 *
 * @param parts - written one after the other, each once the one before has left
 * @throws the socket's error, such as ECONNRESET
 */
export const exchange = async (url: string, ...parts: readonly (string | Buffer)[]): Promise<string> => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const received: Buffer[] = [];
  socket.on('data', (piece) => received.push(piece));
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  for (const part of parts) if (!socket.write(part)) await Promise.race([once(socket, 'drain'), closed]);
  await closed;
  return Buffer.concat(received).toString('utf8');
};
