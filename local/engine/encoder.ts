import type { PreTrainedTokenizer } from '@huggingface/transformers';
import { invalid } from './tei-error.ts';
import { type Cut, cutText, cutTokens, fitPair } from './truncate.ts';

/** The tokens of one input, special tokens included. */
export type Row = {
  readonly ids: Int32Array;
  /** Where token type 1 begins: the second text of a pair; otherwise the end. */
  readonly secondAt: number;
};

/** A text, or the ids of its tokens, special ones where they are wanted. */
export type Input = string | readonly number[];

export type Encoder = {
  /**
   * @param query - the first text of each pair; without it the inputs stand alone
   * @throws TeiError 422 when one has too many tokens and may not be cut
   */
  readonly encode: (inputs: readonly Input[], query: string | undefined, cut: Cut) => Row[];
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
  const tokenize = (text: string, cut: Cut): number[] => {
    try {
      return tokenizer.encode(text, { add_special_tokens: false });
    } catch (error) {
      // Some characters become many: U+FDFA has four tokens.
      if (!(error instanceof RangeError) || text.length <= prefixCharacters) throw error;
      return tokenize(cutText(text, prefixCharacters, cut), cut);
    }
  };

  /** The beginning of a long text, or its end for the cut `Left`; `whole` when it begins or ends with a word of the text. */
  const piece = (text: string, cut: Cut): { readonly part: string; readonly whole: boolean } => {
    const far = text.length - prefixCharacters;
    const space = cut === 'Left' ? text.lastIndexOf(' ', far) : text.indexOf(' ', prefixCharacters);
    const near = cut === 'Left' ? space > far - prefixCharacters : space < 2 * prefixCharacters;
    if (space < 0 || !near) return { part: cutText(text, prefixCharacters, cut), whole: false };
    return { part: cut === 'Left' ? text.slice(space + 1) : text.slice(0, space), whole: true };
  };

  /** All tokens of a text or, where that is quicker, those at the end that stays, more than `enough`. */
  const someTokens = (text: string, enough: number, cut: Cut): number[] => {
    const taken = cutText(text, mostCharacters, cut);
    if (cut === 'none' || taken.length <= 2 * prefixCharacters) return tokenize(taken, cut);
    // No token spans a space, so those on one side of it do not depend on the other. In a script without spaces the tokens
    // next to the cut may, those far from it do not.
    const { part, whole } = piece(taken, cut);
    const some = tokenize(part, cut);
    return some.length > (whole ? enough : 2 * enough) ? some : tokenize(taken, cut);
  };

  const { opening, middle, closing } = specialTokens(tokenizer);

  const refuse = (tokens: number) =>
    invalid(`Input validation error: \`inputs\` must have less than ${maxTokens} tokens. Given: ${tokens}`);

  /** As Text Embeddings Inference takes ids: it decodes them and tokenizes the text, and adds no special tokens. */
  const encodeIds = (given: readonly number[], cut: Cut): Row => {
    const text = tokenizer.decode([...given], { skip_special_tokens: false, clean_up_tokenization_spaces: false });
    const ids = someTokens(text, maxTokens, cut);
    if (ids.length > maxTokens && cut === 'none') throw refuse(ids.length);
    const row = Int32Array.from(cutTokens(ids, maxTokens, cut));
    return { ids: row, secondAt: row.length };
  };

  const encodeOne = (text: string, cut: Cut): Row => {
    const room = maxTokens - opening.length - closing.length;
    const ids = someTokens(text, room, cut);
    if (ids.length > room && cut === 'none') throw refuse(ids.length + opening.length + closing.length);
    const row = Int32Array.from([...opening, ...cutTokens(ids, room, cut), ...closing]);
    return { ids: row, secondAt: row.length };
  };

  const encodePair = (query: readonly number[], text: string, cut: Cut): Row => {
    const special = opening.length + middle.length + closing.length;
    const room = maxTokens - special;
    // Which of the two is longer decides the cut: a prefix of the text tells only where the query fits.
    const ids = someTokens(text, query.length <= room ? room : Number.POSITIVE_INFINITY, cut);
    const tokens = query.length + ids.length;
    if (tokens > room && cut === 'none') throw refuse(tokens + special);
    const [first, second] = fitPair(query.length, ids.length, room);
    const row = [...opening, ...cutTokens(query, first, cut), ...middle, ...cutTokens(ids, second, cut), ...closing];
    const secondAt = tokenizer.return_token_type_ids ? row.length - closing.length - second : row.length;
    return { ids: Int32Array.from(row), secondAt };
  };

  return {
    encode: (inputs, query, cut) => {
      const queryIds = query === undefined ? undefined : tokenize(cutText(query, mostCharacters, cut), cut);
      return inputs.map((input) => {
        if (typeof input !== 'string') return encodeIds(input, cut);
        return queryIds === undefined ? encodeOne(input, cut) : encodePair(queryIds, input, cut);
      });
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
