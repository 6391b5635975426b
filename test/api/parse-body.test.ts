import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { InferenceError } from '../../lib/api/errors.ts';
import { parseJson } from '../../lib/api/json.ts';
import { parseBody } from '../../lib/api/parse-body.ts';
import { list, named } from '../../lib/api/schema-steps.ts';
import { bodyOf, nearly } from './bodies.ts';
import { errorsOf } from './error-chain.ts';

const leg = named('Leg', { length: z.number(), hoof: z.boolean().optional() });

const animal = z.strictObject({
  name: z.string().min(1, 'a name has letters'),
  sound: z.enum(['moo', 'oink']).default('moo'),
  legs: list(leg).optional(),
  // Its parser has no name of its own.
  home: z
    .strictObject({ stall: z.union([z.string(), list(z.string())]) })
    .nullable()
    .optional(),
  // Takes any fields.
  notes: z.object({ colour: z.string().optional() }).optional(),
});

describe('parseBody', () => {
  it('gives what the schema makes of the body', () => {
    expect(parseBody(animal, 'Animal', bodyOf({ name: 'Rosa', home: null, notes: { age: 3 } }))).toEqual({
      name: 'Rosa',
      sound: 'moo',
      home: null,
      notes: {},
    });
  });

  it('says where a body that is no object begins', () => {
    expect(errorsOf(() => parseBody(animal, 'Animal', parseJson('\n  [1]')))).toEqual([
      ['x_content_parse_exception', '[2:3] [Animal] Expected START_OBJECT but was: START_ARRAY'],
    ]);
  });

  it.each([
    [{}, [['illegal_argument_exception', 'Required [name]']]],
    [{ name: 1 }, [['x_content_parse_exception', "[1:9] [Animal] name doesn't support values of type: VALUE_NUMBER"]]],
    [
      { name: '' },
      [
        ['x_content_parse_exception', '[1:9] [Animal] failed to parse field [name]'],
        ['illegal_argument_exception', 'a name has letters'],
      ],
    ],
    [{ nam: 'a' }, [['x_content_parse_exception', '[1:2] [Animal] unknown field [nam] did you mean [name]?']]],
    [
      { name: 'a', legs: [{ length: 1 }, { length: 1, hof: true }] },
      [
        ['x_content_parse_exception', '[1:52] [Animal] failed to parse field [legs]'],
        ['x_content_parse_exception', '[1:46] [Leg] unknown field [hof] did you mean [hoof]?'],
      ],
    ],
    [
      { name: 'a', legs: [{ hoof: true }] },
      [
        ['x_content_parse_exception', '[1:21] [Animal] failed to parse field [legs]'],
        ['illegal_argument_exception', 'Required [length]'],
      ],
    ],
    [
      { name: 'a', legs: [{ length: 1 }, 2] },
      [
        ['x_content_parse_exception', '[1:34] [Animal] failed to parse field [legs]'],
        ['x_content_parse_exception', '[1:34] [Leg] Expected START_OBJECT but was: VALUE_NUMBER'],
      ],
    ],
    [
      { name: 'a', home: { stall: ['b', null] } },
      [
        ['x_content_parse_exception', '[1:34] [Animal] failed to parse field [home]'],
        ['x_content_parse_exception', '[1:34] [home] failed to parse field [stall]'],
        ['x_content_parse_exception', 'Unsupported token [VALUE_NULL]'],
      ],
    ],
    [
      { name: 'a', home: { stall: true } },
      [
        ['x_content_parse_exception', '[1:29] [Animal] failed to parse field [home]'],
        ['x_content_parse_exception', "[1:29] [home] stall doesn't support values of type: VALUE_BOOLEAN"],
      ],
    ],
    [
      { name: 'a', legs: { length: 1 } },
      [['x_content_parse_exception', "[1:20] [Animal] legs doesn't support values of type: START_OBJECT"]],
    ],
  ])('explains what is wrong with %j', (body, errors) => {
    expect(errorsOf(() => parseBody(animal, 'Animal', bodyOf(body)))).toEqual(errors);
  });

  it.each([
    ['{"name":1,"nme":2}', "[1:9] [Animal] name doesn't support values of type: VALUE_NUMBER"],
    ['{"nme":2,"name":1}', '[1:2] [Animal] unknown field [nme] did you mean [name]?'],
    ['{"legs":1,\n "name":1}', "[1:9] [Animal] legs doesn't support values of type: VALUE_NUMBER"],
    ['{"home":{"stall":"a"},\n "legs":1}', "[2:9] [Animal] legs doesn't support values of type: VALUE_NUMBER"],
  ])('tells the first problem of %s, whatever the order of the schema', (text, reason) => {
    expect(errorsOf(() => parseBody(animal, 'Animal', parseJson(text)))).toEqual([
      ['x_content_parse_exception', reason],
    ]);
  });

  it.each([
    [{ length: null, hof: 1 }, "[1:20] [Leg] length doesn't support values of type: VALUE_NULL"],
    [{ hof: 1, length: 1 }, '[1:11] [Leg] unknown field [hof] did you mean [hoof]?'],
  ])('stops at the first of very many elements like %j', (element, reason) => {
    let read = 0;
    const counted = named('Leg', {
      length: z.unknown().transform((sent, context) => {
        read += 1;
        if (typeof sent !== 'number') context.addIssue({ code: 'invalid_type', expected: 'number', input: sent });
        return sent;
      }),
      hoof: z.boolean().optional(),
    });
    const body = bodyOf({ legs: Array.from({ length: 10_000 }, () => element) });
    const [, cause] = errorsOf(() => parseBody(z.strictObject({ legs: list(counted) }), 'Animal', body));
    expect(cause).toEqual(['x_content_parse_exception', reason]);
    expect(read).toBeLessThan(10);
  });

  it('reads a list once, whose last element is wrong', () => {
    let read = 0;
    const counted = z.string().transform((text) => {
      read += 1;
      return text;
    });
    const nested = z.strictObject({ a: named('Inner', { legs: z.union([list(counted), z.string()]) }) });
    const body = bodyOf({ a: { legs: [...Array(1000).fill('a'), 1] } });
    expect(errorsOf(() => parseBody(nested, 'Animal', body)).at(-1)).toEqual([
      'x_content_parse_exception',
      'Unsupported token [VALUE_NUMBER]',
    ]);
    expect(read).toBe(1000);
  });

  it('agrees with the schema, and blames the caller for what does not fit', () => {
    fc.assert(
      fc.property(nearly(['name', 'sound', 'legs', 'length', 'home', 'stall', 'notes'], ['moo']), (sent) => {
        const document = bodyOf(sent);
        const expected = animal.safeParse(document.value);
        if (expected.success) expect(parseBody(animal, 'Animal', document)).toEqual(expected.data);
        else expect(() => parseBody(animal, 'Animal', document)).toThrow(InferenceError);
      }),
      { numRuns: 1000 },
    );
  });
});
