import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkText } from '../../lib/api/chunk-text.ts';
import { chunkBySeparators } from '../../lib/api/chunking-recursive.ts';
import { readChunkingSettings } from '../../lib/api/chunking-settings.ts';
import { separatorGroups } from '../../lib/api/separator-groups.ts';
import { countWords } from '../../lib/api/words.ts';
import { errorsOf } from './error-chain.ts';
import { anyText, expectCover } from './texts.ts';

const pieces = (whole: string, size: number, separators: readonly string[]): readonly string[] =>
  chunkBySeparators(whole, size, separators).map(([start, end]) => whole.slice(start, end));

const { plaintext, markdown } = separatorGroups;

describe('chunks at separators', () => {
  it.each<[string, string, number, readonly string[], readonly string[]]>([
    ['one for a text that fits', 'a\n\nb', 2, plaintext, ['a\n\nb']],
    ['one for the empty text', '', 2, plaintext, ['']],
    ['paragraphs, each with the break before it', 'a b\n\nc d\n\ne f', 2, plaintext, ['a b', '\n\nc d', '\n\ne f']],
    ['neighbours together while they fit', 'a\n\nb\n\nc\n\nd e', 3, plaintext, ['a\n\nb\n\nc', '\n\nd e']],
    ['lines where a paragraph is too long', 'a\nb c\nd\n\ne', 2, plaintext, ['a', '\nb c', '\nd', '\n\ne']],
    ['sentences where a line is too long', 'A b. C d.\nE', 3, plaintext, ['A b. ', 'C d.', '\nE']],
    ['words where a sentence is too long', 'a b c d e', 3, plaintext, ['a b c', ' c d e']],
    ['without an empty one in front', '\n\nA b\nC d', 2, plaintext, ['\n\nA b', '\nC d']],
    ['not inside a character', 'a🌊b', 1, ['\\-|\\udf0a'], ['a', '🌊b']],
    ['not at three line breaks, where a sentence ends', 'a b\n\n\nc d', 3, plaintext, ['a b\n\n\n', 'c d']],
    ['sections, then parts of them', 'a\n# b c\n## d e\n# f', 3, markdown, ['a', '\n# b c', '\n## d e', '\n# f']],
    ['headings that are underlined', 'a b\n\nc\n---\nd e', 3, markdown, ['a b\n', '\nc\n---\nd e']],
    ['at the beginnings of lines', 'a b\nc d', 2, ['^'], ['a b\n', 'c d']],
    ['before each match of an expression without width', 'a b 1 c d 2 e', 3, ['(?=\\d)'], ['a b ', '1 c d ', '2 e']],
  ])('are %s', (_, whole, size, separators, expected) => {
    expect(pieces(whole, size, separators)).toEqual(expected);
  });

  const separators = fc.array(
    fc.constantFrom(...plaintext, ...markdown, '\\.', ' ', '', '(?=.)', 'b+', '\\-', '[🌊]', '\\ud83c', '\\b'),
    { minLength: 1, maxLength: 4 },
  );

  it('cover the text, are never longer than they may be, and cut no character in two', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 20 }), separators, (whole, size, expressions) => {
        const chunks = chunkBySeparators(whole, size, expressions);
        expectCover(whole, chunks);
        expect(chunks.at(-1)?.[1]).toBe(whole.length);
        for (const [start, end] of chunks) expect(countWords(whole.slice(start, end))).toBeLessThanOrEqual(size);
      }),
    );
  });

  it('begin with a separator, but for the first one, where it cuts small enough', () => {
    const paragraph = fc
      .integer({ min: 1, max: 5 })
      .map((words) => Array.from({ length: words }, () => 'Ebb').join(' '));
    fc.assert(
      fc.property(fc.array(paragraph, { minLength: 1 }), fc.integer({ min: 5, max: 12 }), (paragraphs, size) => {
        const whole = paragraphs.join('\n\n');
        const chunks = pieces(whole, size, plaintext);
        expect(chunks.join('')).toBe(whole);
        expect(chunks.slice(1).every((chunk) => chunk.startsWith('\n\n'))).toBe(true);
        // No two neighbours would fit into one.
        chunks.slice(1).forEach((chunk, index) => {
          const [first = ''] = chunk.trimStart().split('\n\n');
          expect(countWords(chunks[index] ?? '') + countWords(first)).toBeGreaterThan(size);
        });
      }),
    );
  });

  it.each([
    ['takes without end', '(b+)+$', 'Chunk separator regex [(b+)+$] has exceeded the character read limit'],
    ['is none', '(', 'Chunk separator regex [(] is no regular expression'],
  ])('are refused at an expression that %s', (_, separator, reason) => {
    const whole = `${'b'.repeat(60)}! c`;
    expect(errorsOf(() => chunkBySeparators(whole, 1, [separator]))).toEqual([['illegal_argument_exception', reason]]);
    // The next text is cut as ever.
    expect(pieces('a\n\nb', 1, plaintext)).toEqual(['a', '\n\nb']);
  });
});

it.each([
  ['none', { strategy: 'none' }, ['A b c d e f g h i j k. L\n\nm.']],
  ['word', { strategy: 'word', max_chunk_size: 10, overlap: 1 }, ['A b c d e f g h i j', ' j k. L\n\nm.']],
  ['sentence', { strategy: 'sentence', max_chunk_size: 20, sentence_overlap: 0 }, ['A b c d e f g h i j k. L\n\nm.']],
  ['recursive', { strategy: 'recursive', max_chunk_size: 12 }, ['A b c d e f g h i j k. L', '\n\nm.']],
])('a text is chunked by the strategy %s', (_, settings, expected) => {
  const whole = 'A b c d e f g h i j k. L\n\nm.';
  const chunks = chunkText(whole, readChunkingSettings(settings));
  expect(Array.from(chunks, ([start, end]) => whole.slice(start, end))).toEqual(expected);
});
