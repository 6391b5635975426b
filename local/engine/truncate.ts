/**
 * Cuts a text by characters, never inside a surrogate pair.
 *
 * @param most - UTF-16 units that may stay
 */
export const cutText = (text: string, most: number): string => {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  const opensPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, opensPair ? most - 1 : most);
};

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
