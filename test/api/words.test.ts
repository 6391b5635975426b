import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countWords, countWordsOfEach, isWordless, wordEnds } from '../../lib/api/words.ts';

const segmenter = new Intl.Segmenter('und', { granularity: 'word' });
const found = (text: string): number => [...segmenter.segment(text)].filter(({ isWordLike }) => isWordLike).length;

const unit = fc.constantFrom(
  ...'aZ09éɏß .!?\n\r\t_\'",:;-/@[`{~$%+。、！？漢ไทяא٣͵ـʹ\u00ad\u0301\u200d\u2028\ud800🇩😀カか한'.split(''),
);
const text = fc.oneof(
  fc.string({ unit }),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'ab9 .,;:!?"()é\'א\n') }),
);

it.each([
  ['', 0],
  ['Tide, ebb; flow!', 3],
  ['3.14 don’t', 2],
  ['🌊 👩‍👩‍👧 …', 0],
  ['潮汐', 1],
])('counts the words of "%s"', (whole, expected) => {
  expect(countWords(whole)).toBe(expected);
});

describe('words are those that the segmenter finds', () => {
  it('however plain a text is', () => {
    fc.assert(
      fc.property(text, (sent) => {
        expect(countWords(sent)).toBe(found(sent));
      }),
      { numRuns: 3000 },
    );
  });

  it('with any two characters that need the least bytes', () => {
    const characters = Array.from({ length: 0x800 }, (_, code) => String.fromCharCode(code));
    characters.push(...'가각힣한。、！？漢');
    const around = ['a', '1', 'א', '.', "'", ' ', '_', '。'];
    const wrong = characters.flatMap((one) =>
      [one, one + one, ...around.flatMap((other) => [other + one, one + other, other + one + other])].filter(
        (sent) => countWords(sent) !== found(sent),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('where a character is no text for Unicode', () => {
    const characters = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCharCode(code));
    const noText = characters.filter((character) => isWordless(character));
    expect(noText.length).toBeGreaterThan(8000);
    expect(noText.filter((character) => found(character) > 0)).toEqual([]);
    expect(found(noText.join(''))).toBe(0);
  });

  it('in texts as large as a request may be', () => {
    const length = 2 ** 24;
    expect(countWords('a '.repeat(length / 2))).toBe(length / 2);
    for (const [one, expected] of [
      ['a', 1],
      ['.', 0],
    ] as const) {
      expect(countWords(one.repeat(length))).toBe(expected);
      // Behind a word that only a segmenter tells.
      expect(countWords(`x_y ${one.repeat(length)}`)).toBe(1 + expected);
    }
  });

  it('on either side of many marks', () => {
    const marks = fc.tuple(fc.constantFrom(...' .\n\'"-。_:'.split('')), fc.integer({ min: 98, max: 102 }));
    fc.assert(
      fc.property(text, marks, fc.constantFrom('', '.', "'", '\u0301'), text, (before, [mark, count], other, after) => {
        const sent = before + mark.repeat(count) + other + after;
        const ends = [...segmenter.segment(sent)].flatMap(({ index, segment, isWordLike }) =>
          isWordLike ? [index + segment.length] : [],
        );
        expect(wordEnds(sent)).toEqual(ends);
      }),
      { numRuns: 2000 },
    );
  });

  it('in each of many texts', () => {
    fc.assert(
      fc.property(fc.array(text), (texts) => {
        expect(countWordsOfEach(texts)).toEqual(texts.map(found));
      }),
      { numRuns: 1000 },
    );
  });
});
