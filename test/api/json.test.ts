import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { InferenceError } from '../../lib/api/errors.ts';
import { JsonDecimal, type JsonValue, parseJson } from '../../lib/api/json.ts';

/** What `JSON.parse` would have made of it. */
const withNumbers = (value: JsonValue): unknown => {
  if (value instanceof JsonDecimal) return value.toNumber();
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withNumbers(child)]));
};

describe('values', () => {
  it.each<[string, JsonValue]>([
    ['null', null],
    ['true', true],
    ['false', false],
    ['""', ''],
    ['"a"', 'a'],
    ['"日本語 🎈"', '日本語 🎈'],
    [String.raw`"\"\\\/\b\f\n\r\t\u00e9\uD83C\udf88"`, '"\\/\b\f\n\r\té🎈'],
    [String.raw`"\\"`, '\\'],
    [String.raw`"\\\""`, '\\"'],
    [String.raw`"\ud83c"`, '\ud83c'],
    [String.raw`["\\","a","\"","b"]`, ['\\', 'a', '"', 'b']],
    ['[]', []],
    ['{}', {}],
    [' \t\r\n[ 1 , [ ] , { } ]\n', [1, [], {}]],
    ['{ "a" : { "b" : [ null ] } , "" : "c" }', { a: { b: [null] }, '': 'c' }],
    ['\ufeff{"a":1}', { a: 1 }],
    ['"\ufeff\u007f\u2028"', '\ufeff\u007f\u2028'],
  ])('reads %j', (text, value) => {
    expect(parseJson(text).value).toEqual(value);
  });

  it('keeps the text without its byte order mark', () => {
    expect(parseJson('\ufeff 1').text).toBe(' 1');
  });

  it('agrees with JSON.parse on whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, depthSize: 'medium' }), fc.constantFrom(0, 2, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        expect(withNumbers(parseJson(text).value)).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe('numbers', () => {
  it.each([
    ['0', 0],
    ['7', 7],
    ['-12', -12],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
  ])('reads the safe integer %s as a number', (text, value) => {
    expect(parseJson(text).value).toBe(value);
  });

  it.each([
    ['256.0', 256],
    ['0.5', 0.5],
    ['-0', -0],
    ['-0.0', -0],
    ['1e3', 1000],
    ['1E+3', 1000],
    ['25e-1', 2.5],
    ['9007199254740992', 9007199254740992],
    ['-9007199254740993', -9007199254740992],
    ['123456789012345678901234567890', 1.2345678901234568e29],
    ['1e999', Number.POSITIVE_INFINITY],
  ])('reads %s as a decimal that keeps its text', (text, number) => {
    const { value } = parseJson(text);
    expect(value).toEqual(new JsonDecimal(text));
    expect(value instanceof JsonDecimal && value.toNumber()).toBe(number);
    expect(String(value)).toBe(text);
  });

  it('writes every number again as it was written', () => {
    const digits = fc.stringMatching(/^[0-9]{1,30}$/);
    const number = fc
      .tuple(
        fc.constantFrom('', '-'),
        fc.stringMatching(/^(0|[1-9][0-9]{0,30})$/),
        fc.option(digits),
        fc.option(fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), digits)),
      )
      .map(([sign, whole, fraction, exponent]) =>
        [sign, whole, fraction === null ? '' : `.${fraction}`, ...(exponent ?? [])].join(''),
      );
    const { text } = fc.letrec<{ text: string; array: string; object: string }>((tie) => ({
      text: fc.oneof({ maxDepth: 4 }, number, tie('array'), tie('object')),
      array: fc.array(tie('text'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
      object: fc
        .array(tie('text'), { maxLength: 4 })
        .map((items) => `{${items.map((item, index) => `"k${index}":${item}`).join(',')}}`),
    }));
    fc.assert(
      fc.property(text, (json) => {
        expect(JSON.stringify(parseJson(json).value)).toBe(json);
      }),
    );
  });
});

describe('keys that objects inherit', () => {
  const text = '{"__proto__":{"admin":true},"constructor":1,"toString":"a","hasOwnProperty":null}';

  it('are plain data', () => {
    const { value } = parseJson(text);
    expect(JSON.stringify(value)).toBe(text);
    expect(Object.keys(value ?? {})).toEqual(['__proto__', 'constructor', 'toString', 'hasOwnProperty']);
    expect(value).not.toHaveProperty('admin');
    expect({}).not.toHaveProperty('admin');
  });

  it.each(['__proto__', 'constructor'])('%s may not stand twice either', (key) => {
    expect(() => parseJson(`{"${key}":1,"${key}":2}`)).toThrow(`Duplicate field '${key}'`);
  });
});

describe('with zod', () => {
  it('objects and records pass', () => {
    const schema = z.object({ record: z.record(z.string(), z.int()), temperature: z.instanceof(JsonDecimal) });
    const { value } = parseJson('{"record":{"a":1,"constructor":2},"temperature":0.5}');
    expect(schema.parse(value)).toEqual({ record: { a: 1, constructor: 2 }, temperature: new JsonDecimal('0.5') });
  });

  it('a decimal is no integer and no record', () => {
    const { value } = parseJson('256.0');
    expect(z.int().safeParse(value).success).toBe(false);
    expect(z.record(z.string(), z.unknown()).safeParse(value).success).toBe(false);
  });
});

describe('any text', () => {
  const fragments = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '"b":',
    '\\',
    '\\u00',
    '\n',
    ' ',
    '1',
    '-',
    '.5',
    'e1',
    '0',
    'true',
    'nul',
    '\ufeff',
  ];
  /** JSON with a piece cut out and another put in. */
  const damaged = fc
    .tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.nat(3), fc.constantFrom('', ...fragments))
    .map(([json, place, length, piece]) => {
      const start = place % (json.length + 1);
      return json.slice(0, start) + piece + json.slice(start + length);
    });
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...fragments), { maxLength: 12 }).map((pieces) => pieces.join('')),
    damaged,
  );

  /** The parser's answer, or the reason of its refusal. */
  const outcome = (text: string): { value: JsonValue } | { refusal: string } => {
    try {
      return { value: parseJson(text).value };
    } catch (error) {
      if (!(error instanceof InferenceError)) throw error;
      return { refusal: error.message };
    }
  };

  it('is JSON or not as JSON.parse has it, duplicate keys and the byte order mark apart', () => {
    const expected = (text: string) => {
      try {
        return { value: JSON.parse(text.replace(/^\ufeff/, '')) as unknown };
      } catch {
        return { refusal: expect.stringMatching(/^\[\d+:\d+\] /) as unknown };
      }
    };
    fc.assert(
      fc.property(texts, (text) => {
        const got = outcome(text);
        if ('refusal' in got) fc.pre(!got.refusal.includes('Duplicate field'));
        expect('value' in got ? { value: withNumbers(got.value) } : got).toEqual(expected(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('that stops within an object or array is cut short, wherever it stops', () => {
    const whole = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()));
    fc.assert(
      fc.property(whole, fc.nat(), (value, place) => {
        const text = JSON.stringify(value);
        const start = text.slice(0, place % text.length);
        expect(outcome(start)).toEqual({
          refusal: expect.stringMatching(`^\\[1:${start.length + 1}\\] Unexpected end-of-input: expected `) as unknown,
        });
      }),
      { numRuns: 1000 },
    );
  });
});
