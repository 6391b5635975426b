import type { InferenceResult } from '../api/results.ts';

/** Characters of one token, as Elasticsearch estimates them. */
const charactersPerToken = 3;

/** The first `length` UTF-16 units, one less where a surrogate pair would be cut. */
const cutTo = (text: string, length: number): string => {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? length - 1 : length);
};

/** Cuts to about so many tokens. */
export const cutToTokens = (text: string, tokens: number): string => cutTo(text, tokens * charactersPerToken);

/** Cuts to the first half. */
export const cutToHalf = (text: string): string => cutTo(text, Math.floor(text.length / 2));

/** Sparse results say of each text whether it was cut, also when it was us who cut it. */
export const markCut = (
  result: InferenceResult,
  texts: readonly string[],
  sent: readonly string[],
): InferenceResult => {
  if (result.kind !== 'sparse') return result;
  return {
    ...result,
    rows: result.rows.map((row, position) =>
      texts[position] === sent[position] ? row : { ...row, is_truncated: true },
    ),
  };
};
