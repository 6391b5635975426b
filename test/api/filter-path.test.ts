import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filterPath } from '../../lib/api/filter-path.ts';
import { parseJson } from '../../lib/api/json.ts';

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
  ])('%j', (text, expected) => {
    expect(filterPath(answer, text)).toEqual(expected);
  });

  it.each([
    ['a\\.b', { 'a.b': 1 }],
    ['a\\.*', { 'a.b': 1 }],
    ['a.b', { a: { b: 2 } }],
    ['-a\\.b', { a: { b: 2 } }],
    ['**.b', { a: { b: 2 } }],
  ])('%s tells a dot in a name from one between names', (text, expected) => {
    expect(filterPath({ 'a.b': 1, a: { b: 2 } }, text)).toEqual(expected);
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
    expect(filterPath(list, text)).toEqual(expected);
  });

  it('keeps numbers as they were written', () => {
    const { value } = parseJson('{"a":[{"b":1.0,"c":2}]}');
    expect(JSON.stringify(filterPath(value, 'a.b'))).toBe('{"a":[{"b":1.0}]}');
  });

  it('never adds anything, whatever the pattern', () => {
    fc.assert(
      fc.property(fc.string(), fc.dictionary(fc.string({ minLength: 1 }), fc.integer()), (text, value) => {
        const filtered = filterPath(value, text);
        for (const [key, inner] of Object.entries(filtered as object)) expect(value[key]).toBe(inner);
      }),
    );
  });
});

it('takes a name with wildcards for the expression that it stands for', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(text, pattern, (name, wanted) => {
      // Two in a row stand for any depth.
      fc.pre(!wanted.startsWith('-') && !/^\*\*$/.test(wanted));
      const matches = new RegExp(`^${wanted.replaceAll('*', '.*')}$`).test(name);
      expect(filterPath({ [name]: 1 }, wanted)).toEqual(matches ? { [name]: 1 } : {});
    }),
  );
});
