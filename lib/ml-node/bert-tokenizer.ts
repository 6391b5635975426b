import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { createTokenCounter } from './word-pieces.ts';

/** What is read of a `tokenizer.json`: that of an uncased BERT, and no other. */
const tokenizerFile = z.looseObject({
  normalizer: z.looseObject({
    type: z.literal('BertNormalizer'),
    clean_text: z.literal(true),
    handle_chinese_chars: z.literal(true),
    strip_accents: z.literal(true).nullable(),
    lowercase: z.literal(true),
  }),
  pre_tokenizer: z.looseObject({ type: z.literal('BertPreTokenizer') }),
  model: z.looseObject({
    type: z.literal('WordPiece'),
    continuing_subword_prefix: z.string(),
    max_input_chars_per_word: z.int(),
    vocab: z.record(z.string(), z.int()),
  }),
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string(), special: z.boolean() })),
});

/** The vocabulary of a sparse model: the node answers token ids, and never says whether it cut a text. */
export type SparseTokenizer = {
  /** @returns undefined for special tokens, which carry no meaning, and for ids outside the vocabulary */
  readonly token: (id: number) => string | undefined;
  /**
   * Whether a text has more tokens than the model reads, special tokens included.
   *
   * @param limit - those that it reads, where that is not the tokenizer's own
   */
  readonly isTruncated: (text: string, limit?: number) => boolean;
};

/** One in front of each text and one behind it. */
const specialTokens = 2;

/**
 * Reads a BERT tokenizer from its file.
 *
 * @param path - a `tokenizer.json` of Hugging Face's tokenizers
 * @param ownLimit - tokens that the model reads, special ones included
 * @throws ZodError for a tokenizer of another kind
 */
export const readBertTokenizer = async (path: string, ownLimit: number): Promise<SparseTokenizer> => {
  const { model, added_tokens: added } = tokenizerFile.parse(JSON.parse(await readFile(path, 'utf8')));
  const special = new Set(added.flatMap(({ id, special }) => (special ? [id] : [])));
  const tokens: (string | undefined)[] = [];
  for (const [token, id] of Object.entries(model.vocab)) if (!special.has(id)) tokens[id] = token;
  const count = createTokenCounter({
    vocabulary: new Set(Object.keys(model.vocab)),
    prefix: model.continuing_subword_prefix,
    longestWord: model.max_input_chars_per_word,
    written: added.map(({ content }) => content),
  });
  return {
    token: (id) => tokens[id],
    isTruncated: (text, limit = ownLimit) => {
      const most = limit - specialTokens;
      // One character is three tokens at most: a syllable of Korean.
      return text.length * 3 > most && count(text, most) > most;
    },
  };
};
