import type { PreTrainedTokenizer } from '@huggingface/transformers';
import { invalid } from './tei-error.ts';
import { cutText, fitPair } from './truncate.ts';

/** The tokens of one input, special tokens included. */
export type Row = {
  readonly ids: Int32Array;
  /** Where token type 1 begins: the second text of a pair; otherwise the end. */
  readonly secondAt: number;
};

export type Encoder = {
  /**
   * @param query - the first text of each pair; without it the texts stand alone
   * @throws TeiError 422 when one has too many tokens and `truncate` is false
   */
  readonly encode: (texts: readonly string[], query: string | undefined, truncate: boolean) => Row[];
};

/**
 * UTF-16 units of a text that the tokenizer sees at most: a token has at least about one, and beyond 109,000 tokens
 * the tokenizer overflows the stack.
 */
const mostCharacters = 100_000;

/** How much of a longer text is tried first: so many characters mostly have more tokens than the model takes. */
const prefixCharacters = 8_000;

/**
 * Turns texts into tokens and cuts them as Text Embeddings Inference does: first all tokens, then the cut, then the
 * special tokens around what stays. (The library's own truncation drops the closing one.)
 *
 * @param maxTokens - of a row, special tokens included
 */
export const createEncoder = (tokenizer: PreTrainedTokenizer, maxTokens: number): Encoder => {
  const tokenize = (text: string): number[] => {
    try {
      return tokenizer.encode(text, { add_special_tokens: false });
    } catch (error) {
      // Some characters become many: U+FDFA has four tokens.
      if (!(error instanceof RangeError) || text.length <= prefixCharacters) throw error;
      return tokenize(cutText(text, prefixCharacters));
    }
  };

  /** All tokens of a text or, where that is quicker, its first ones, more than `enough`. */
  const firstTokens = (text: string, enough: number): number[] => {
    const whole = cutText(text, mostCharacters);
    if (whole.length <= 2 * prefixCharacters) return tokenize(whole);
    // No token spans a space, so those before one do not depend on what follows. In a script without spaces the last
    // tokens before the cut may, those far from it do not.
    const space = whole.indexOf(' ', prefixCharacters);
    const atSpace = space >= 0 && space < 2 * prefixCharacters;
    const prefix = tokenize(atSpace ? whole.slice(0, space) : cutText(whole, prefixCharacters));
    return prefix.length > (atSpace ? enough : 2 * enough) ? prefix : tokenize(whole);
  };

  const { opening, middle, closing } = specialTokens(tokenizer);

  const refuse = (tokens: number) =>
    invalid(`Input validation error: \`inputs\` must have less than ${maxTokens} tokens. Given: ${tokens}`);

  const encodeOne = (text: string, truncate: boolean): Row => {
    const room = maxTokens - opening.length - closing.length;
    const ids = firstTokens(text, truncate ? room : Number.POSITIVE_INFINITY);
    if (ids.length > room && !truncate) throw refuse(ids.length + opening.length + closing.length);
    const row = Int32Array.from([...opening, ...ids.slice(0, room), ...closing]);
    return { ids: row, secondAt: row.length };
  };

  const encodePair = (query: readonly number[], text: string, truncate: boolean): Row => {
    const special = opening.length + middle.length + closing.length;
    const room = maxTokens - special;
    // Which of the two is longer decides the cut: a prefix of the text tells only where the query fits.
    const ids = firstTokens(text, truncate && query.length <= room ? room : Number.POSITIVE_INFINITY);
    const tokens = query.length + ids.length;
    if (tokens > room && !truncate) throw refuse(tokens + special);
    const [first, second] = fitPair(query.length, ids.length, room);
    const row = [...opening, ...query.slice(0, first), ...middle, ...ids.slice(0, second), ...closing];
    const secondAt = tokenizer.return_token_type_ids ? row.length - closing.length - second : row.length;
    return { ids: Int32Array.from(row), secondAt };
  };

  return {
    encode: (texts, query, truncate) => {
      if (query === undefined) return texts.map((text) => encodeOne(text, truncate));
      const queryIds = tokenize(cutText(query, mostCharacters));
      return texts.map((text) => encodePair(queryIds, text, truncate));
    },
  };
};

/** What the tokenizer puts around one text, and between the two of a pair: `[CLS]`, `[SEP]`, or `<s>`, `</s>`. */
const specialTokens = (tokenizer: PreTrainedTokenizer) => {
  const sample = tokenizer.encode('a', { add_special_tokens: false });
  const single = tokenizer.encode('a');
  const pair = tokenizer.encode('a', { text_pair: 'a' });
  const at = single.findIndex((_, start) => sample.every((id, offset) => single[start + offset] === id));
  const opening = single.slice(0, at);
  const closing = single.slice(at + sample.length);
  const middle = pair.slice(at + sample.length, pair.length - closing.length - sample.length);
  return { opening, middle, closing };
};
