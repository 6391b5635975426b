import { describe, expect, it } from 'vitest';
import { pools, sparsePool } from '../../../local/engine/pooling.ts';

/** Two rows of two tokens with two numbers each; the last token of the second row is padding. */
const output = { data: Float32Array.of(1, 2, 5, -6, 3, 4, 99, 99), width: 2, size: 2 };

describe('mean pooling', () => {
  it('averages the tokens of each row without the padding', () => {
    expect(pools.mean(output, [2, 1], false)).toEqual([Float32Array.of(3, -2), Float32Array.of(3, 4)]);
  });

  it('scales each vector to length 1', () => {
    expect(pools.mean(output, [2, 1], true)[1]).toEqual(Float32Array.of(0.6, 0.8));
  });

  it('leaves a vector of zeros as it is', () => {
    expect(pools.mean({ data: Float32Array.of(0, 0), width: 1, size: 2 }, [1], true)).toEqual([Float32Array.of(0, 0)]);
  });
});

describe('SPLADE pooling', () => {
  it('gives the logarithm of the highest positive logit of each word, and no word without one', () => {
    const logits = { data: Float32Array.of(-1, 1, 0, -2, 3, -5, 7, 99, 99, 99, 99, 99), width: 2, size: 3 };
    expect(sparsePool(logits, [2, 1])).toEqual([
      [{ index: 1, value: Math.fround(Math.log(4)) }],
      [
        { index: 0, value: Math.fround(Math.log(8)) },
        { index: 1, value: Math.fround(Math.log(100)) },
        { index: 2, value: Math.fround(Math.log(100)) },
      ],
    ]);
  });
});
