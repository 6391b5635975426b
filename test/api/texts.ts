import fc from 'fast-check';
import { expect } from 'vitest';
import type { Chunk } from '../../lib/api/chunking.ts';

const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

/** The words of the whole text as `[start, end)`. */
export const wordsOf = (text: string): readonly Chunk[] =>
  [...segmenter.segment(text)].flatMap(({ index, segment, isWordLike }): Chunk[] =>
    isWordLike ? [[index, index + segment.length]] : [],
  );

/** Texts of words in several scripts and all that may stand between them. */
export const anyText = fc
  .array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.constantFrom('Tide', 'ebb', 'don’t', '3.14', 'été', '潮汐', 'ÅÄÖ', 'x1', '🌊', 'e\u0301a'),
      },
      {
        weight: 4,
        arbitrary: fc.constantFrom(' ', ' ', ', ', '. ', '! ', '… ', '\n', '\n\n', '-', '👩‍👩‍👧', '\u{1F1F3}\u{1F1F4}'),
      },
    ),
    { maxLength: 120 },
  )
  .map((pieces) => pieces.join(''));

/** Together the chunks cover the words, each one reaching further than the one before, and no character is cut in two. */
export const expectCover = (whole: string, chunks: readonly Chunk[]): void => {
  expect(chunks[0]?.[0]).toBe(0);
  expect(chunks.at(-1)?.[1]).toBeGreaterThanOrEqual(wordsOf(whole).at(-1)?.[1] ?? whole.length);
  chunks.forEach(([start, end], index) => {
    const [previousStart, previousEnd] = chunks[index - 1] ?? [0, 0];
    expect(start).toBeGreaterThanOrEqual(previousStart);
    expect(start).toBeLessThanOrEqual(previousEnd);
    expect(end).toBeGreaterThan(index === 0 ? -1 : previousEnd);
    expect(whole.slice(start, end).isWellFormed()).toBe(true);
  });
};
