import { createParser } from 'eventsource-parser';
import { type Decoder, type Fail, isBlank, maxFrameLength, type Piece, textReader } from './framing-piece.ts';

/**
 * Server-sent events. Events without data are left out; one at the end of the body counts though no blank line follows it, since
 * services end so.
 *
 * @see WHATWG HTML, server-sent events, "Interpreting an event stream"
 */
export const sse = (fail: Fail): Decoder => {
  const read = textReader({ ignoreBOM: true }); // the parser takes one away itself
  let found: Piece[] = [];
  let overflowed = false;
  const parser = createParser({
    maxBufferSize: maxFrameLength,
    onEvent: ({ event, data }) => {
      if (!isBlank(data)) found.push(event === undefined ? { data } : { event, data });
    },
    onError: ({ type }) => {
      overflowed ||= type === 'max-buffer-size-exceeded';
    },
  });

  function* feed(text: string): Iterable<Piece> {
    found = [];
    parser.feed(text);
    yield* found;
    if (overflowed) throw fail('too_large');
  }

  return {
    push: ({ data }) => feed(read(data)),
    // Two line ends: the first may complete a line, or a CRLF whose CR came last.
    end: () => feed(`${read()}\n\n`),
  };
};
