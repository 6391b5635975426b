import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filterPath } from '../../lib/api/filter-path.ts';

/** What the filter leaves of a value. */
const filtered = (value: unknown, text: string): unknown => JSON.parse(filterPath(JSON.stringify(value), text));

const answer = {
  endpoints: [
    {
      inference_id: 'a',
      service: 'openai',
      service_settings: { model_id: 'm', rate_limit: { requests_per_minute: 1 } },
    },
    { inference_id: 'b', service: 'cohere', service_settings: { model_id: 'n' } },
  ],
  total: 2,
};

describe('filter_path', () => {
  it.each([
    ['total', { total: 2 }],
    ['endpoints.inference_id', { endpoints: [{ inference_id: 'a' }, { inference_id: 'b' }] }],
    ['endpoints.*_id', { endpoints: [{ inference_id: 'a' }, { inference_id: 'b' }] }],
    [
      'endpoints.service_settings.rate_limit',
      { endpoints: [{ service_settings: { rate_limit: { requests_per_minute: 1 } } }] },
    ],
    ['**.model_id', { endpoints: [{ service_settings: { model_id: 'm' } }, { service_settings: { model_id: 'n' } }] }],
    [
      '**.requests_per_minute,total',
      { endpoints: [{ service_settings: { rate_limit: { requests_per_minute: 1 } } }], total: 2 },
    ],
    ['endpoints.service*', { endpoints: answer.endpoints.map(({ inference_id: _, ...rest }) => rest) }],
    ['-endpoints', { total: 2 }],
    [
      'endpoints,-endpoints.service_settings',
      {
        endpoints: [
          { inference_id: 'a', service: 'openai' },
          { inference_id: 'b', service: 'cohere' },
        ],
      },
    ],
    [
      '-**.model_id',
      {
        endpoints: [
          { inference_id: 'a', service: 'openai', service_settings: { rate_limit: { requests_per_minute: 1 } } },
          { inference_id: 'b', service: 'cohere' },
        ],
        total: 2,
      },
    ],
    ['nothing', {}],
    ['', answer],
    [' total , nothing ', { total: 2 }],
    ['e(+', {}],
    ['**', answer],
    ['-**', {}],
    // `**` is one key at least.
    ['**.total', {}],
    ['-**.total', answer],
    ['**.**.service', {}],
    [
      '**.**.model_id',
      { endpoints: [{ service_settings: { model_id: 'm' } }, { service_settings: { model_id: 'n' } }] },
    ],
    ['endpoints.', {}],
    ['endpoints..service', {}],
    ['.total', {}],
    [
      'endpoints.service_settings.**,-**.model_id',
      { endpoints: [{ service_settings: { rate_limit: { requests_per_minute: 1 } } }] },
    ],
  ])('%j', (text, expected) => {
    expect(filtered(answer, text)).toEqual(expected);
  });

  it.each([
    ['a\\.b', { 'a.b': 1 }],
    ['a\\.*', { 'a.b': 1 }],
    ['a.b', { a: { b: 2 } }],
    ['-a\\.b', { a: { b: 2 } }],
    ['**.b', { a: { b: 2 } }],
  ])('%s tells a dot in a name from one between names', (text, expected) => {
    expect(filtered({ 'a.b': 1, a: { b: 2 } }, text)).toEqual(expected);
  });

  it.each([
    ['service', [{ service: 'a' }, { service: 'b' }]],
    ['-service', [{ name: 'A' }, { name: 'B' }]],
    ['nothing', []],
  ])('%s looks into each element of a list', (text, expected) => {
    const list = [
      { service: 'a', name: 'A' },
      { service: 'b', name: 'B' },
    ];
    expect(filtered(list, text)).toEqual(expected);
  });

  it.each([
    ['{"a":[{"b":1.0,"c":2}]}', 'a.b', '{"a":[{"b":1.0}]}'],
    ['{"z":1,"2024":{"b":1E-7},"7":[0.50,"x"]}', '-z', '{"2024":{"b":1E-7},"7":[0.50,"x"]}'],
    ['{"e":{"tide":2.5,"2024":1.0,"1":0.5}}', 'e.*', '{"e":{"tide":2.5,"2024":1.0,"1":0.5}}'],
    ['{"a":{"__":1,"__":2,"b":3}}', 'a.__', '{"a":{"__":1,"__":2}}'],
    ['{"a":{"]\\"{":["[\\\\"],"b":"}"},"c":true}', '-c', '{"a":{"]\\"{":["[\\\\"],"b":"}"}}'],
    ['{"__proto__":{"a":1},"b":2}', '__proto__', '{"__proto__":{"a":1}}'],
    ['{"a":[],"b":{},"c":null}', '-c', '{"a":[],"b":{}}'],
    ['{"a":[],"b":{},"c":null}', 'a,b.x', '{"a":[]}'],
    // What a pattern goes into is empty in the end.
    ['{"a":[],"b":{},"c":null}', '-b.x', '{"a":[],"c":null}'],
    ['{"a":{"b":[{}]},"c":{"d":1}}', '-**.x', '{"c":{"d":1}}'],
    ['{".a":1,"b":{".c":2,"":3}}', '.a', '{".a":1}'],
    ['{".a":1,"b":{".c":2,"":3}}', 'b..c', '{"b":{".c":2}}'],
    ['{".a":1,"b":{".c":2,"":3}}', 'b.', '{"b":{"":3}}'],
  ])('keeps of %s by %s what is written, in its order', (json, text, expected) => {
    expect(filterPath(json, text)).toBe(expected);
  });

  it('answers many wildcards as soon as one', () => {
    const deep = { a: { b: { c: { d: { e: { f: { g: 1 } } } } } } };
    expect(filtered(deep, `${'**.'.repeat(6)}g`)).toEqual(deep);
    expect(filtered(deep, `${'**.'.repeat(1000)}g`)).toEqual({});
    expect(filtered(deep, `${'**.*.'.repeat(1000)}g`)).toEqual({});
    expect(filtered(deep, Array.from({ length: 300 }, () => '**.*.**').join(','))).toEqual(deep);
  });
});

/** A leaf of an answer: the keys that lead to it, lists passed over, and the path to it with the places in lists. */
type Leaf = { readonly names: readonly string[]; readonly path: string; readonly text: string };

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

const leavesOf = (value: unknown, names: readonly string[] = [], path = ''): Leaf[] => {
  if (typeof value !== 'object' || value === null || isEmpty(value))
    return [{ names, path, text: JSON.stringify(value) }];
  return Object.entries(value).flatMap(([key, inner]) =>
    Array.isArray(value) ? leavesOf(inner, names, `${path}[]`) : leavesOf(inner, [...names, key], `${path}.${key}`),
  );
};

/** What a pattern leads to: an expression over keys that each begin with a slash. */
const expression = (parts: readonly string[], end: string): RegExp =>
  new RegExp(
    `^${parts.map((part) => (part === '**' ? '(?:/[^/]*)+?' : `/${part.replaceAll('*', '[^/]*')}`)).join('')}${end}`,
  );

const pathOf = (names: readonly string[]): string => names.map((name) => `/${name}`).join('');

/** Whether a pattern leads to a key on the way. */
const leadsTo = (pattern: string, names: readonly string[]): boolean =>
  expression(pattern.split('.'), '(?:/|$)').test(pathOf(names));

/** Whether it goes on behind the last key. */
const goesOn = (pattern: string, names: readonly string[]): boolean =>
  pattern.split('.').some((_, count, parts) => expression(parts.slice(0, count), '$').test(pathOf(names)));

const key = fc.constantFrom('a', 'b', 'ab', '7', '2024');
const pattern = fc
  .array(fc.constantFrom('a', 'b', '*b', 'a*', '*', '**', '7', '2*4'), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('.'));
const patterns = fc.array(pattern, { maxLength: 3 });
const { answer: anyAnswer } = fc.letrec((tie) => ({
  answer: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(1, 0.5, null, 'x', '"]}'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
}));

it('keeps of any answer the leaves that its patterns lead to, as they are and in their order', () => {
  fc.assert(
    fc.property(anyAnswer, patterns, patterns, (value, includes, excludes) => {
      const isKept = ({ names, text: leaf }: Leaf): boolean =>
        (includes.length === 0 || includes.some((included) => leadsTo(included, names))) &&
        !excludes.some((excluded) => leadsTo(excluded, names)) &&
        !(['{}', '[]'].includes(leaf) && excludes.some((excluded) => goesOn(excluded, names)));
      const text = [...includes, ...excludes.map((excluded) => `-${excluded}`)].join(',');
      const left = leavesOf(filtered(value, text));
      const expected = leavesOf(value).filter(isKept);
      expect(left.map(({ path, text: leaf }) => `${path} ${leaf}`)).toEqual(
        expected.length > 0 ? expected.map(({ path, text: leaf }) => `${path} ${leaf}`) : [' {}'],
      );
    }),
    { numRuns: 2000 },
  );
});

it('leaves every answer whole, to the byte, when all is wanted', () => {
  const members = fc.array(fc.tuple(fc.oneof(fc.string(), key), fc.jsonValue()), { minLength: 1 });
  fc.assert(
    fc.property(members, fc.constantFrom('*', '**', '', '-nothing.here'), (entries, text) => {
      // Written by hand: an object would put number-like keys first, and keep one of two that are the same.
      const json = `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
      fc.pre(!entries.some(([name]) => name === 'nothing'));
      expect(filterPath(json, text)).toBe(json);
    }),
  );
});

it('keeps the order of keys whatever is left out', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.oneof(fc.nat().map(String), fc.stringMatching(/^[a-z]+$/)), { minLength: 1 }),
      (names) => {
        const weights = (kept: readonly string[]) => `{"e":{${kept.map((name) => `"${name}":1.0`).join(',')}}}`;
        const kept = names.filter((_, position) => position % 2 === 0);
        expect(filterPath(weights(names), kept.map((name) => `e.${name}`).join(','))).toBe(weights(kept));
      },
    ),
  );
});

it('takes a name with wildcards for the expression that it stands for', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(text, pattern, (name, wanted) => {
      // Two in a row stand for any depth.
      fc.pre(!wanted.startsWith('-') && !/^\*\*$/.test(wanted));
      const matches = new RegExp(`^${wanted.replaceAll('*', '.*')}$`).test(name);
      expect(filtered({ [name]: 1 }, wanted)).toEqual(matches ? { [name]: 1 } : {});
    }),
  );
});
