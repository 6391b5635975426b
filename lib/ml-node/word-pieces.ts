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

/** Uncased, and without accents. Each character by itself, so that a sigma is the same wherever it stands. */
const normalized = (text: string): string =>
  text.replace(invisible, '').normalize('NFD').replace(accents, '').replaceAll('Σ', 'σ').toLowerCase();

/** UTF-16 units of a text that are read at a time: expressions keep something for each character of a word. */
const sliceSize = 16_384;
/** A character that is normalized whatever stands before it. */
const starter = /[^\p{M}]/gu;
/** What ends a word, also what does so once it is normalized: `≠` becomes `=`. */
const wordEnd = new RegExp(`[\\s${punctuation}${han}≠≮≯\\u1fef]`, 'gu');

/** Where the pattern is found next; the end of the text where it is not. */
const nextOf = (pattern: RegExp, text: string, from: number): number => {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
};

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

  /** A longer word need not be read to its end. */
  const enough = 2 * (longestWord + 1);

  const tokensOf = (text: string, most: number): number => {
    let count = 0;
    /** The word at the end of a slice: it may go on. */
    let open = '';
    for (let start = 0; start < text.length; ) {
      const end = nextOf(starter, text, start + sliceSize);
      const read = open + normalized(text.slice(start, end));
      open = '';
      for (const { 0: word, index } of read.matchAll(words)) {
        if (single.test(word)) count += 1;
        else if (index + word.length < read.length) count += piecesOf(word);
        else open = word.slice(0, enough);
        if (count > most) return count;
      }
      start = open.length < enough ? end : nextOf(wordEnd, text, end);
    }
    return count + piecesOf(open);
  };

  return (text: string, most: number): number => {
    let count = text.match(asWritten)?.length ?? 0;
    for (const part of text.split(asWritten)) {
      if (count > most) break;
      count += tokensOf(part, most - count);
    }
    return count;
  };
};
