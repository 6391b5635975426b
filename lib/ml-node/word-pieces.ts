/** How a WordPiece tokenizer of BERT's kind cuts text, as the file of Hugging Face's tokenizers says it. */
export type WordPieceRules = {
  /** Every piece; those inside a word begin with `prefix`. */
  readonly vocabulary: ReadonlySet<string>;
  readonly prefix: string;
  /** Characters; a longer word is one unknown token. */
  readonly longestWord: number;
  /** Tokens that text may hold as they are written, `[SEP]`. */
  readonly written: readonly string[];
};

/** Nothing is left of these: the characters of other planes of Unicode than text, but for the three that are blanks. */
const invisible = /(?![\t\n\r])\p{C}|\ufffd/gu;
const accents = /\p{Mn}/gu;

/** ASCII's punctuation is all that is neither letter nor digit. */
const punctuation = '\\p{P}!-/:-@\\[-`{-~';
/** Han, whose characters are a word each. */
const han =
  '\\u4e00-\\u9fff\\u3400-\\u4dbf\\uf900-\\ufaff\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2b73f}\\u{2b740}-\\u{2b81f}\\u{2b920}-\\u{2ceaf}\\u{2f800}-\\u{2fa1f}';
const single = new RegExp(`[${punctuation}${han}]`, 'u');
const words = new RegExp(`[${punctuation}${han}]|[^\\s${punctuation}${han}]+`, 'gu');

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Uncased, and without accents. */
const normalized = (text: string): string =>
  text.replace(invisible, '').normalize('NFD').replace(accents, '').toLowerCase();

/** All that some piece begins with: a search for the longest piece ends where there is none. */
const beginningsOf = (vocabulary: ReadonlySet<string>): ReadonlySet<string> => {
  const beginnings = new Set<string>();
  for (const piece of vocabulary) for (let end = 1; end <= piece.length; end += 1) beginnings.add(piece.slice(0, end));
  return beginnings;
};

/**
 * Counts the tokens of a text, special ones around it left out.
 *
 * In the time of the text's length whatever it is made of, since callers choose it: megabytes of one word, or of none.
 *
 * @returns a function of the text and a number at which the counting may end: then it gives some number above that
 * @see https://github.com/huggingface/tokenizers `BertNormalizer`, `BertPreTokenizer`, `WordPiece`, which the node runs
 */
export const createTokenCounter = ({ vocabulary, prefix, longestWord, written }: WordPieceRules) => {
  const asWritten = new RegExp(written.map(escaped).join('|') || '(?!)', 'g');

  const beginnings = beginningsOf(vocabulary);

  /** Where the longest piece ends that begins at `start`; `start` itself where there is none. */
  const pieceEnd = (word: string, start: number): number => {
    const before = start > 0 ? prefix : '';
    let found = start;
    for (let end = start + 1; end <= word.length; end += 1) {
      const piece = before + word.slice(start, end);
      if (!beginnings.has(piece)) break;
      if (vocabulary.has(piece)) found = end;
    }
    return found;
  };

  const piecesOf = (word: string): number => {
    if (word.length > longestWord && Array.from(word).length > longestWord) return 1;
    let count = 0;
    for (let start = 0; start < word.length; count += 1) {
      const end = pieceEnd(word, start);
      // A word of which one part is unknown is unknown as a whole.
      if (end === start) return 1;
      start = end;
    }
    return count;
  };

  return (text: string, most: number): number => {
    let count = text.match(asWritten)?.length ?? 0;
    if (count > most) return count;
    for (const part of text.split(asWritten)) {
      for (const [word] of normalized(part).matchAll(words)) {
        count += single.test(word) ? 1 : piecesOf(word);
        if (count > most) return count;
      }
    }
    return count;
  };
};
