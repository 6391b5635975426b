import { readFile } from 'node:fs/promises';
import { Tokenizer } from '@huggingface/tokenizers';
import * as z from 'zod';

/** What is read of a `tokenizer.json` with a WordPiece vocabulary. */
const tokenizerFile = z.looseObject({
  model: z.looseObject({ vocab: z.record(z.string(), z.int()) }),
  added_tokens: z.array(z.looseObject({ id: z.int(), special: z.boolean() })),
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

/** A prefix long enough that ordinary text of this length is over the limit: long texts need not be read to their end. */
const prefixLength = 16_384;

/**
 * Reads a BERT tokenizer from its file.
 *
 * @param path - a `tokenizer.json` of Hugging Face's tokenizers
 * @param ownLimit - tokens that the model reads, special ones included
 */
export const readBertTokenizer = async (path: string, ownLimit: number): Promise<SparseTokenizer> => {
  const file = tokenizerFile.parse(JSON.parse(await readFile(path, 'utf8')));
  const special = new Set(file.added_tokens.flatMap(({ id, special }) => (special ? [id] : [])));
  const tokens: (string | undefined)[] = [];
  for (const [token, id] of Object.entries(file.model.vocab)) if (!special.has(id)) tokens[id] = token;
  const tokenizer = new Tokenizer(file, {});
  const isOver = (text: string, limit: number): boolean => tokenizer.encode(text).ids.length > limit;
  return {
    token: (id) => tokens[id],
    isTruncated: (text, limit = ownLimit) => {
      // A character is at most one token, and two special ones stand around the text.
      if (text.length + 2 <= limit) return false;
      if (text.length <= prefixLength) return isOver(text, limit);
      return isOver(text.slice(0, prefixLength), limit) || isOver(text, limit);
    },
  };
};
