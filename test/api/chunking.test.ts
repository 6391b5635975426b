import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Chunk, chunkBySentences, chunkByWords } from '../../lib/api/chunking.ts';
import { anyText, expectCover, wordsOf } from './texts.ts';

/** How many of `words` end in the chunk, which begins behind another word or in front of this one. */
const wordsIn = (words: readonly Chunk[], [start, end]: Chunk): number =>
  words.filter(([wordStart, wordEnd]) => wordStart >= start && wordEnd <= end).length;

describe('chunks of words', () => {
  it.each<[string, string, number, number, readonly string[]]>([
    ['one for a text that fits', 'a b c', 3, 1, ['a b c']],
    ['one for the empty text', '', 3, 1, ['']],
    ['one for a text without words', ' … ', 3, 1, [' … ']],
    [
      'with what is between words in the next one, and without what follows the last word of a full one',
      'a, b. c; d!',
      2,
      0,
      ['a, b', '. c; d'],
    ],
    ['that share words', 'a b c d e f g', 4, 2, ['a b c d', ' c d e f', ' e f g']],
    ['that share one word of three', 'a b c d e f', 3, 1, ['a b c', ' c d e', ' e f']],
    ['of one word each', 'a b c', 1, 0, ['a', ' b', ' c']],
  ])('are %s', (_, whole, size, overlap, expected) => {
    expect(chunkByWords(whole, size, overlap).map(([start, end]) => whole.slice(start, end))).toEqual(expected);
  });

  const sizes = fc
    .integer({ min: 1, max: 12 })
    .chain((size) => fc.tuple(fc.constant(size), fc.nat({ max: Math.floor(size / 2) })));

  it('cover the text, are full but for the last, and share as many words as they should', () => {
    fc.assert(
      fc.property(anyText, sizes, (whole, [size, overlap]) => {
        const chunks = chunkByWords(whole, size, overlap);
        expectCover(whole, chunks);
        const words = wordsOf(whole);
        const last = chunks.length - 1;
        expect(wordsIn(words, chunks[last] ?? [0, 0])).toBeLessThanOrEqual(size);
        for (const [index, chunk] of chunks.slice(0, last).entries()) {
          const [nextStart] = chunks[index + 1] ?? [0];
          expect(wordsIn(words, chunk)).toBe(size);
          expect(wordsIn(words, [nextStart, chunk[1]])).toBe(overlap);
        }
      }),
    );
  });
});

describe('chunks of sentences', () => {
  it.each<[string, string, number, 0 | 1, readonly string[]]>([
    ['one for a text that fits', 'A b. C d.', 4, 1, ['A b. C d.']],
    ['one for the empty text', '', 4, 1, ['']],
    ['one for a text without words', '… !', 4, 1, ['… !']],
    ['whole sentences', 'A b. C d. E f.', 4, 0, ['A b. C d. ', 'E f.']],
    ['with the sentence before', 'A b. C d. E f.', 4, 1, ['A b. C d. ', 'C d. E f.']],
    [
      'with the end of a sentence that is too long to repeat, cut again where even that does not fit',
      'A b c. D e f.',
      4,
      1,
      ['A b c. ', ' b c. D e', ' e f.'],
    ],
    ['cut where a sentence is too long', 'A b c d e f. G.', 4, 0, ['A b c d', ' d e f. G.']],
  ])('are %s', (_, whole, size, overlap, expected) => {
    expect(Array.from(chunkBySentences(whole, size, overlap), ([start, end]) => whole.slice(start, end))).toEqual(
      expected,
    );
  });

  it('cover the text and are never longer than they may be', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 25 }), fc.constantFrom<0 | 1>(0, 1), (whole, size, overlap) => {
        const chunks = [...chunkBySentences(whole, size, overlap)];
        expectCover(whole, chunks);
        expect(chunks.at(-1)?.[1]).toBe(whole.length);
        const words = wordsOf(whole);
        for (const chunk of chunks) expect(wordsIn(words, chunk)).toBeLessThanOrEqual(size);
      }),
    );
  });

  it('are the same however many empty lines lie between', () => {
    const size = fc.integer({ min: 1, max: 25 });
    fc.assert(
      fc.property(anyText, anyText, size, fc.constantFrom<0 | 1>(0, 1), (before, after, most, overlap) => {
        const chunksAround = (lines: number) => {
          const whole = `${before}${'\n'.repeat(lines)}${after}`;
          return Array.from(chunkBySentences(whole, most, overlap), ([start, end]) =>
            whole.slice(start, end).replace(/\n{40,}/g, '…'),
          );
        };
        expect(chunksAround(250)).toEqual(chunksAround(50));
      }),
    );
  });

  it('begin and end with sentences where each of them fits', () => {
    const sentence = fc
      .integer({ min: 1, max: 5 })
      .map((words) => `${Array.from({ length: words }, () => 'Ebb').join(' ')}. `);
    fc.assert(
      fc.property(
        fc.array(sentence, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 10, max: 20 }),
        (sentences, size) => {
          const whole = sentences.join('');
          const without = Array.from(chunkBySentences(whole, size, 0), ([start, end]) => whole.slice(start, end));
          expect(without.join('')).toBe(whole);
          expect(without.every((chunk) => chunk.endsWith('. '))).toBe(true);
          const repeated = Array.from(chunkBySentences(whole, size, 1), ([start, end]) => whole.slice(start, end));
          repeated.slice(1).forEach((chunk, index) => {
            const before = repeated[index] ?? '';
            const last = before.slice(before.lastIndexOf('. ', before.length - 3) + 1).trimStart();
            expect(chunk.startsWith(last)).toBe(true);
          });
        },
      ),
    );
  });
});
