import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chatCompletion } from '../../lib/api/chat-completion.ts';
import { parseMaps } from '../../lib/api/json-maps.ts';
import { renderResult, resultText } from '../../lib/api/render-result.ts';
import type { DenseKey, InferenceResult } from '../../lib/api/results.ts';

const finite = { noNaN: true, noDefaultInfinity: true } as const;
const float = fc.float(finite);
/** Doubles too, which come out as the nearest float32. */
const number = fc.oneof(float, fc.double({ ...finite, min: -1e30, max: 1e30 }));
const words = fc.string({
  unit: fc.constantFrom('a', '"', '\\', '\n', '\u2028', 'é', '語', '🌊', '\0', '__proto__'),
  maxLength: 4000,
});
const token = fc.string({ unit: fc.constantFrom('t', '#', '_', '"', '\\', 'é', '語'), minLength: 1 });

/** Digits are as few as tell one float32 from the others: read back, they have to be rounded again. */
const read = (result: InferenceResult): unknown =>
  JSON.parse(Buffer.from(renderResult(result)).toString('utf8'), (_, value) =>
    typeof value === 'number' ? Math.fround(value) : value,
  );

it.each<DenseKey>(['text_embedding', 'embeddings'])(
  'writes %s as the float32 numbers nearest to those given',
  (key) => {
    fc.assert(
      fc.property(fc.array(fc.array(number)), fc.boolean(), (vectors, packed) => {
        const rows = vectors.map((vector) => ({ embedding: packed ? new Float32Array(vector) : vector }));
        const expected = vectors.map((vector) => ({ embedding: vector.map(Math.fround) }));
        expect(read({ kind: 'dense', key, rows })).toEqual({ [key]: expected });
      }),
    );
  },
);

it.each<DenseKey>(['text_embedding_bytes', 'text_embedding_bits', 'embeddings_bytes', 'embeddings_bits'])(
  'writes %s as integers',
  (key) => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: -128, max: 127 }))), (vectors) => {
        const rows = vectors.map((vector) => ({ embedding: new Int8Array(vector) }));
        const expected = JSON.stringify({ [key]: vectors.map((embedding) => ({ embedding })) });
        expect(resultText({ kind: 'dense', key, rows })).toBe(expected);
      }),
    );
  },
);

/** Maps as lists of their pairs, numbers rounded. */
const listed = (value: unknown): unknown => {
  if (value instanceof Map) return [...value].map(([key, member]) => [key, listed(member)]);
  if (Array.isArray(value)) return value.map(listed);
  return typeof value === 'number' ? Math.fround(value) : value;
};

it('writes weights of tokens in their order', () => {
  const row = fc.record({
    is_truncated: fc.boolean(),
    embedding: fc.uniqueArray(fc.tuple(token, number), { selector: ([name]) => name }),
  });
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const expected = rows.map(({ is_truncated, embedding }) => [
        ['is_truncated', is_truncated],
        ['embedding', listed(embedding)],
      ]);
      // Not by `JSON.parse`: that of Node 24 takes a key `"` for `\` once it has read an object with `\` in that place.
      const written = parseMaps(resultText({ kind: 'sparse', rows }));
      expect(listed(written)).toEqual([['sparse_embedding', expected]]);
    }),
  );
});

it('writes a ranking, with texts where there are some', () => {
  const document = fc.record(
    { index: fc.nat({ max: 9999 }), relevance_score: number, text: words },
    { requiredKeys: ['index', 'relevance_score'] },
  );
  fc.assert(
    fc.property(fc.array(document), (documents) => {
      const expected = documents.map((one) => ({ ...one, relevance_score: Math.fround(one.relevance_score) }));
      expect(read({ kind: 'rerank', documents })).toEqual({ rerank: expected });
    }),
  );
});

it('writes completions and chats', () => {
  fc.assert(
    fc.property(fc.array(words), (results) => {
      expect(read({ kind: 'completion', results })).toEqual({ completion: results.map((result) => ({ result })) });
      const choices = results.map((content, index) => ({ message: { content, role: 'assistant' }, index }));
      const chat = { id: 'c', choices, model: '', object: 'chat.completion' };
      expect(read({ kind: 'chat', completion: chatCompletion.parse(chat) })).toEqual(chat);
    }),
  );
});

it.each<[InferenceResult, string]>([
  [
    { kind: 'dense', key: 'text_embedding', rows: [{ embedding: [0.1, 1, -0, 0.00077057, 1e10] }] },
    '{"text_embedding":[{"embedding":[0.1,1.0,-0.0,7.7057E-4,1.0E10]}]}',
  ],
  [{ kind: 'dense', key: 'embeddings', rows: [] }, '{"embeddings":[]}'],
  [
    {
      kind: 'sparse',
      rows: [
        {
          is_truncated: true,
          embedding: [
            ['b', 2],
            ['2021', 1],
            ['a', 0.5],
          ],
        },
        { is_truncated: false, embedding: [] },
      ],
    },
    '{"sparse_embedding":[{"is_truncated":true,"embedding":{"b":2.0,"2021":1.0,"a":0.5}},{"is_truncated":false,"embedding":{}}]}',
  ],
  [
    {
      kind: 'rerank',
      documents: [
        { index: 1, relevance_score: -7.25, text: '' },
        { index: 0, relevance_score: -8 },
      ],
    },
    '{"rerank":[{"index":1,"relevance_score":-7.25,"text":""},{"index":0,"relevance_score":-8.0}]}',
  ],
])('writes %o as Elasticsearch does', (result, expected) => {
  expect(resultText(result)).toBe(expected);
});
