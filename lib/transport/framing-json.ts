import { type Decoder, type Fail, isBlank, maxFrameLength, type Piece, textOf, textReader } from './framing-piece.ts';

function* document(text: string, event?: string): Iterable<Piece> {
  if (!isBlank(text)) yield event === undefined ? { data: text } : { event, data: text };
}

/** The whole body is one document. */
export const jsonBody = (fail: Fail): Decoder => {
  const read = textReader();
  const held: string[] = [];
  let length = 0;
  return {
    push: ({ data }) => {
      length += data.length;
      if (length > maxFrameLength) throw fail('too_large');
      held.push(read(data));
      return [];
    },
    end: () => document(held.join('') + read()),
  };
};

/** Each frame of the framing outside is one document; it keeps that frame's event. */
export const jsonFrames: Decoder = {
  push: ({ data, event }) => document(textOf(data), event),
  end: () => [],
};
