import { jsonBody, jsonFrames } from './framing-json.ts';
import { ndjson } from './framing-ndjson.ts';
import { type Decoder, type Fail, type Piece, textOf } from './framing-piece.ts';
import { sse } from './framing-sse.ts';
import { type Frame, type Framing, OutboundError } from './types.ts';

/** Where a framing stands among the others. */
type Place = { readonly outermost: boolean; readonly innermost: boolean; readonly fail: Fail };

const openers = {
  sse: ({ fail }) => sse(fail),
  ndjson: ({ fail }) => ndjson(fail),
  json: ({ outermost, fail }) => (outermost ? jsonBody(fail) : jsonFrames),
  'aws-eventstream': async ({ innermost, fail }) => {
    const { eventStream } = await import('./framing-eventstream.ts'); // loaded here: only AWS speaks it
    return eventStream({ partsOnly: !innermost, fail });
  },
} satisfies Record<Framing, (place: Place) => Decoder | Promise<Decoder>>;

/** Lets `inner` read what `outer` cuts out, across its frames. */
const nest = (outer: Decoder, inner: Decoder): Decoder => {
  function* within(pieces: Iterable<Piece>): Iterable<Piece> {
    for (const piece of pieces) {
      if (piece.failure) yield piece;
      else yield* inner.push(piece);
    }
  }
  return {
    push: (piece) => within(outer.push(piece)),
    *end() {
      yield* within(outer.end());
      yield* inner.end();
    },
  };
};

const frameOf = ({ event, data }: Piece): Frame => {
  const text = textOf(data);
  return event === undefined ? { data: text } : { event, data: text };
};

/**
 * Cuts a body into frames, each as soon as its last byte is there. Nothing more is read before the caller asks for the next frame;
 * leaving the iteration leaves the body's.
 *
 * @param framings - outermost first, at least one
 * @param host - where the body comes from, for errors
 * @throws OutboundError `connection` when an event stream is damaged or ends inside a message, `too_large` for a frame above
 * 16 MiB; errors of the body as they are
 */
export async function* frames(
  body: AsyncIterable<Uint8Array>,
  framings: readonly Framing[],
  host = '',
): AsyncGenerator<Frame, void, undefined> {
  const fail: Fail = (kind, cause) => new OutboundError(kind, host, { cause });
  const decoders = await Promise.all(
    framings.map((framing, at) =>
      openers[framing]({ outermost: at === 0, innermost: at === framings.length - 1, fail }),
    ),
  );
  const decoder = decoders.reduce(nest);
  for await (const data of body) {
    for (const piece of decoder.push({ data })) yield frameOf(piece);
  }
  for (const piece of decoder.end()) yield frameOf(piece);
}
