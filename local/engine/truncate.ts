/** Which end of a text with too many tokens goes; `none`: such a text is refused. */
export type Cut = 'Right' | 'Left' | 'none';

const isBetween = (unit: number, first: number, last: number): boolean => unit >= first && unit <= last;

/**
 * Cuts a text by characters, never inside a surrogate pair.
 *
 * @param most - UTF-16 units that may stay
 * @param cut - `Left` keeps the end of the text, all others its beginning
 */
export const cutText = (text: string, most: number, cut: Cut = 'Right'): string => {
  if (text.length <= most) return text;
  const start = text.length - most;
  if (cut === 'Left') return text.slice(isBetween(text.charCodeAt(start), 0xdc00, 0xdfff) ? start + 1 : start);
  return text.slice(0, isBetween(text.charCodeAt(most - 1), 0xd800, 0xdbff) ? most - 1 : most);
};

/** The `most` tokens that a cut leaves. */
export const cutTokens = (ids: readonly number[], most: number, cut: Cut): readonly number[] =>
  cut === 'Left' ? ids.slice(Math.max(0, ids.length - most)) : ids.slice(0, most);

/**
 * How many tokens of a pair stay: longest first, as the tokenizers of Text Embeddings Inference cut.
 *
 * @param room - tokens for both, special tokens not counted
 */
export const fitPair = (first: number, second: number, room: number): readonly [number, number] => {
  if (first + second <= room) return [first, second];
  const shorter = Math.min(first, second);
  const half = Math.floor(room / 2);
  // The longer one gives way until both are equally long; of an odd number it has the one more.
  const kept: readonly [number, number] = shorter <= half ? [shorter, room - shorter] : [half, room - half];
  return first > second ? [kept[1], kept[0]] : kept;
};
