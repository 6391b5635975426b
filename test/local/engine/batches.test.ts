import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupInputs, planBatches } from '../../../local/engine/batches.ts';

describe('planning batches', () => {
  it('puts rows of like length together, short ones first', () => {
    expect(planBatches([10, 2, 9, 3], 20)).toEqual([
      [1, 3],
      [2, 0],
    ]);
  });

  it('runs each row once, and pads no batch beyond the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 600 })), (lengths) => {
        const batches = planBatches(lengths, 512);
        expect(batches.flat().toSorted((a, b) => a - b)).toEqual(lengths.map((_, position) => position));
        for (const batch of batches) {
          const longest = Math.max(...batch.map((position) => lengths[position] ?? 0));
          if (batch.length > 1) expect(batch.length * longest).toBeLessThanOrEqual(512);
        }
      }),
    );
  });
});

describe('grouping texts', () => {
  it('keeps their order and the limit', () => {
    expect(groupInputs(['aa', 'b', 'cccc', 'd', ''], 3)).toEqual([['aa', 'b'], ['cccc'], ['d', '']]);
  });
});
