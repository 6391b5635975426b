import { type Decoder, type Fail, isBlank, maxFrameLength, type Piece, textReader } from './framing-piece.ts';

/** One frame per line that is not blank; the last may lack its line end. */
export const ndjson = (fail: Fail): Decoder => {
  const read = textReader();
  let held: string[] = [];
  let length = 0;

  const hold = (text: string) => {
    length += text.length;
    if (length > maxFrameLength) throw fail('too_large');
    held.push(text);
  };

  function* finishLine(): Iterable<Piece> {
    const data = held.join('').replace(/\r$/, '');
    held = [];
    length = 0;
    if (!isBlank(data)) yield { data };
  }

  return {
    *push({ data }) {
      const [first = '', ...others] = read(data).split('\n');
      hold(first);
      for (const text of others) {
        yield* finishLine();
        hold(text);
      }
    },
    *end() {
      hold(read());
      yield* finishLine();
    },
  };
};
