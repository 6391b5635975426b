import { pipeline, Readable, type Transform } from 'node:stream';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { OutboundError } from './types.ts';

/** A content coding: how a whole body is decoded, and one that comes in pieces. */
type Coding = {
  readonly whole: (body: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;
  readonly stream: () => Transform;
};

// Pieces of a stream must not wait for the rest of a block.
const flushing = { flush: zlib.constants.Z_SYNC_FLUSH };

const gzip: Coding = { whole: promisify(zlib.gunzip), stream: () => zlib.createGunzip(flushing) };
const inflate = promisify(zlib.inflate);
const inflateRaw = promisify(zlib.inflateRaw);

const codings: ReadonlyMap<string, Coding> = new Map([
  ['gzip', gzip],
  ['x-gzip', gzip],
  [
    'deflate',
    {
      // Some servers leave the zlib header out, whose first byte has 8 in its low half.
      whole: (body, options) => (((body[0] ?? 0) & 0x0f) === 8 ? inflate : inflateRaw)(body, options),
      stream: () => zlib.createInflate(flushing),
    },
  ],
  [
    'br',
    {
      whole: promisify(zlib.brotliDecompress),
      stream: () => zlib.createBrotliDecompress({ flush: zlib.constants.BROTLI_OPERATION_FLUSH }),
    },
  ],
]);

/** The codings of a body, the one to undo first in front; unknown ones count as none, and what reads the body will say so. */
const codingsOf = (header: string | undefined): readonly Coding[] =>
  header === undefined
    ? []
    : header
        .split(',')
        .map((name) => codings.get(name.trim().toLowerCase()))
        .filter((coding) => coding !== undefined)
        .reverse();

const explain = (cause: unknown, host: string): OutboundError => {
  const isTooLarge = cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
  return new OutboundError(isTooLarge ? 'too_large' : 'connection', host, { cause });
};

/** Whether there is anything to decode; most answers are plain, and need no promise. */
export const isEncoded = (encoding: string | undefined): boolean => encoding !== undefined && encoding !== 'identity';

/**
 * Decodes a whole body (`content-encoding`: gzip, deflate, br).
 *
 * @param limit - bytes that it may have in the end, and in between
 * @throws OutboundError `too_large` above the limit, `connection` when the bytes are cut or damaged
 */
export const decodeWhole = async (
  body: Buffer,
  { encoding, limit, host }: { encoding: string | undefined; limit: number; host: string },
): Promise<Buffer> => {
  let decoded = body;
  try {
    for (const coding of codingsOf(encoding)) {
      if (decoded.length > 0) decoded = await coding.whole(decoded, { maxOutputLength: limit });
    }
  } catch (cause) {
    throw explain(cause, host);
  }
  return decoded;
};

/**
 * Decodes a body while it comes. What fails in `body` fails here as it is.
 *
 * @returns pieces; leaving them ends `body` too
 */
export const decodeStream = (
  body: AsyncIterableIterator<Uint8Array>,
  { encoding, host }: { encoding: string; host: string },
): AsyncIterableIterator<Uint8Array> => {
  const decoders = codingsOf(encoding).map((coding) => coding.stream());
  if (decoders.length === 0) return body;
  const decoded = decoders.reduce<Readable>(
    // The callback has nothing to add: the reader gets the error from the last stream.
    (source, decoder) => pipeline(source, decoder, () => {}),
    Readable.from(body, { objectMode: false }),
  );
  let isLeft = false;
  const pieces = (async function* () {
    try {
      yield* decoded;
    } catch (error) {
      if (!isLeft) throw error instanceof Error && 'errno' in error ? explain(error, host) : error;
    }
  })();
  return {
    next: () => pieces.next(),
    return: () => {
      isLeft = true;
      decoded.destroy(); // ends the wait for a piece that may never come
      return pieces.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
};
