import type { IncomingMessage } from 'node:http';

/** One byte more than the edge takes: with it the edge sees that a body is too large, and the rest need not be read. */
const enough = 5 * 1024 * 1024 + 1;

export type ReceivedBody = {
  readonly bytes: Buffer;
  /** Whether there was more than that. */
  readonly cut: boolean;
};

const none: ReceivedBody = { bytes: Buffer.alloc(0), cut: false };

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

/**
 * Reads a body up to the size at which the edge refuses it.
 *
 * @returns undefined when the caller left before its body was complete
 */
export const receiveBody = (request: IncomingMessage): Promise<ReceivedBody | undefined> | ReceivedBody => {
  if (!hasBody(request)) return none;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length < enough) return;
      request.off('data', take).pause();
      resolve({ bytes: Buffer.concat(chunks, enough), cut: true });
    };
    request.on('data', take);
    request.once('end', () => {
      const [only] = chunks;
      resolve({ bytes: chunks.length === 1 && only ? only : Buffer.concat(chunks, length), cut: false });
    });
    // After the end this does nothing.
    request.once('close', () => resolve(undefined));
  });
};
