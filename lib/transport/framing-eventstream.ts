import { EventStreamCodec } from '@smithy/eventstream-codec';
import { type Decoder, type Fail, maxFrameLength, type Piece } from './framing-piece.ts';

const lengthBytes = 4; // each message begins with its own length, big-endian
const leastMessage = 16;

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
  (text) => Buffer.from(text, 'utf8'),
);

/** Cuts bytes into whole messages of an event stream. */
const createSplitter = (fail: Fail) => {
  let held: Uint8Array[] = [];
  let size = 0;
  let needed = lengthBytes;
  return {
    *push(bytes: Uint8Array): Iterable<Buffer> {
      held.push(bytes);
      size += bytes.length;
      if (size < needed) return; // joined only when a message is whole: a large one may come in many chunks
      let rest = Buffer.concat(held);
      while (rest.length >= lengthBytes) {
        needed = rest.readUInt32BE(0);
        if (needed < leastMessage) throw fail('connection');
        if (needed > maxFrameLength) throw fail('too_large');
        if (rest.length < needed) break;
        yield rest.subarray(0, needed);
        rest = rest.subarray(needed);
        needed = lengthBytes;
      }
      held = [rest];
      size = rest.length;
    },
    isWhole: () => size === 0,
  };
};

/** `:message-type` and what goes with it, or an error of the stream itself, which has no payload. */
const read = (message: Uint8Array): Piece => {
  const { headers, body } = codec.decode(message);
  const header = (name: string) => {
    const value = headers[name]?.value;
    return typeof value === 'string' ? value : '';
  };
  switch (header(':message-type')) {
    case 'exception':
      return { event: header(':exception-type'), data: body, failure: true };
    case 'error':
      return {
        event: header(':error-code'),
        data: JSON.stringify({ message: header(':error-message') }), // as exceptions say it
        failure: true,
      };
    default:
      return { event: header(':event-type'), data: body };
  }
};

/**
 * AWS event streams: an event's payload under its `:event-type`, an exception's under its `:exception-type`, an error's code and
 * `{"message"}`.
 *
 * @param partsOnly - of the events only SageMaker's `PayloadPart`, whose payload is a piece of another body: a framing inside reads it
 * @see Smithy specification, "Amazon Event Stream"
 */
export const eventStream = ({ partsOnly, fail }: { partsOnly: boolean; fail: Fail }): Decoder => {
  const splitter = createSplitter(fail);
  const decode = (message: Uint8Array): Piece => {
    try {
      return read(message);
    } catch (cause) {
      throw fail('connection', cause); // a checksum or a header that is wrong
    }
  };
  return {
    *push({ data }) {
      for (const message of splitter.push(typeof data === 'string' ? Buffer.from(data) : data)) {
        const piece = decode(message);
        if (!partsOnly || piece.failure || piece.event === 'PayloadPart') yield piece;
      }
    },
    end: () => {
      if (!splitter.isWhole()) throw fail('connection');
      return [];
    },
  };
};
