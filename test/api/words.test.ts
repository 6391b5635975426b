import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countWords, countWordsOfEach } from '../../lib/api/words.ts';

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

  it('in texts as large as a request may be', () => {
    for (const [one, expected] of [
      ['a', 1],
      ['.', 0],
      ['a ', 2 ** 22],
    ] as const)
      expect(countWords(one.repeat(2 ** 22))).toBe(expected);
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
