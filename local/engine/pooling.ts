import type { Pooling } from '../../lib/ml-node/manifest.ts';

/** What a model gave for a batch of rows: numbers of `rows × width` tokens, `size` each. */
export type TokenOutput = { readonly data: Float32Array; readonly width: number; readonly size: number };

/** One word of a sparse embedding. */
export type SparseValue = { readonly index: number; readonly value: number };

/**
 * The mean of each row's token vectors, padding left out.
 *
 * @param lengths - tokens of each row, without padding
 * @param normalize - whether to scale each vector to length 1
 */
const meanPool = (output: TokenOutput, lengths: readonly number[], normalize: boolean): Float32Array[] =>
  lengths.map((length, row) => {
    const sums = new Float64Array(output.size);
    for (let token = 0; token < length; token += 1) {
      const start = (row * output.width + token) * output.size;
      for (let index = 0; index < output.size; index += 1)
        sums[index] = (sums[index] ?? 0) + (output.data[start + index] ?? 0);
    }
    // The mean and the sum point the same way, so one division does both.
    const divisor = normalize ? Math.sqrt(sums.reduce((sum, value) => sum + value * value, 0)) : length;
    return Float32Array.from(sums, (sum) => sum / (divisor || 1));
  });

/** The vector of one token of each row. */
const tokenPool = (
  output: TokenOutput,
  lengths: readonly number[],
  normalize: boolean,
  tokenOf: (length: number) => number,
): Float32Array[] =>
  lengths.map((length, row) => {
    const start = (row * output.width + tokenOf(length)) * output.size;
    const vector = output.data.slice(start, start + output.size);
    if (!normalize) return vector;
    const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    return vector.map((value) => value / (norm || 1));
  });

type Pool = (output: TokenOutput, lengths: readonly number[], normalize: boolean) => Float32Array[];

/** Token vectors to one vector for each row: their mean, the first one, or the last one; padding left out. */
export const pools: Readonly<Record<Pooling, Pool>> = {
  mean: meanPool,
  cls: (output, lengths, normalize) => tokenPool(output, lengths, normalize, () => 0),
  'last-token': (output, lengths, normalize) => tokenPool(output, lengths, normalize, (length) => length - 1),
};

/**
 * SPLADE pooling: for each word the maximum of log(1 + max(0, logit)) over a row's tokens, special tokens included,
 * padding left out. Words of weight 0 are not given.
 *
 * @param lengths - tokens of each row, without padding
 */
export const sparsePool = (output: TokenOutput, lengths: readonly number[]): SparseValue[][] =>
  lengths.map((length, row) => {
    // The logarithm keeps the order, so it is taken once per word and not once per token.
    const most = new Float32Array(output.size);
    for (let token = 0; token < length; token += 1) {
      const start = (row * output.width + token) * output.size;
      for (let index = 0; index < output.size; index += 1) {
        const logit = output.data[start + index] ?? 0;
        if (logit > (most[index] ?? 0)) most[index] = logit;
      }
    }
    const values: SparseValue[] = [];
    for (const [index, logit] of most.entries()) {
      if (logit > 0) values.push({ index, value: Math.fround(Math.log1p(logit)) });
    }
    return values;
  });
