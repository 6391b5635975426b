import { type Chunk, chunkBySentences } from './chunking.ts';
import { separatorMatches } from './separator-matches.ts';
import { countWords } from './words.ts';

type Piece = { readonly start: number; readonly end: number; readonly words: number };

/** The pieces of a range: each but the first begins with a separator. */
const cutBefore = (text: string, { start, end }: Piece, separator: string): readonly Piece[] => {
  const matches = separatorMatches(text.slice(start, end), separator).map((index) => start + index);
  const cuts = [start, ...matches.filter((index) => index > start && index < end), end];
  return cuts.slice(1).map((to, index) => {
    const from = cuts[index] ?? start;
    return { start: from, end: to, words: countWords(text.slice(from, to)) };
  });
};

/** Neighbours together, as long as they fit into one chunk. */
const merge = (pieces: readonly Piece[], size: number): readonly Piece[] => {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (last && last.words + piece.words <= size)
      merged[merged.length - 1] = { start: last.start, end: piece.end, words: last.words + piece.words };
    else merged.push(piece);
  }
  return merged;
};

/**
 * Splits `text` where separators stand (strategy `recursive`): at the first one, then what is still too long at the next one, and so
 * on. What no separator cuts small enough is cut by sentences.
 *
 * @param size - words per chunk
 * @param separators - regular expressions, coarsest first
 * @returns chunks that together cover `text`; one for a text that fits
 * @throws InferenceError 400 `illegal_argument_exception` for a separator that cannot be read, or that takes without end
 * @see Elasticsearch, `chunking_settings` with strategy `recursive`
 */
export const chunkBySeparators = (text: string, size: number, separators: readonly string[]): readonly Chunk[] => {
  const cut = (piece: Piece, level: number): readonly Chunk[] => {
    const { start, end, words } = piece;
    if (words <= size) return [[start, end]];
    const separator = separators[level];
    if (separator !== undefined)
      return merge(cutBefore(text, piece, separator), size).flatMap((part) => cut(part, level + 1));
    return Array.from(chunkBySentences(text.slice(start, end), size, 0), ([from, to]) => [start + from, start + to]);
  };
  return cut({ start: 0, end: text.length, words: countWords(text) }, 0);
};
