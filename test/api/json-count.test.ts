import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countValues } from '../../lib/api/json-count.ts';

const valuesIn = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce((sum: number, inside) => sum + valuesIn(inside), 1)
    : 1;

it('counts values at any depth', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 1), (value, space) => {
      expect(countValues(JSON.stringify(value, null, space), Number.POSITIVE_INFINITY)).toBe(valuesIn(value));
    }),
  );
});

it('counts no further than it is asked to', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat(20), (value, most) => {
      expect(countValues(JSON.stringify(value), most) > most).toBe(valuesIn(value) > most);
    }),
  );
});

it.each(['', 'no JSON', '"', '[1, "', '{"a":"\u0000"}', '}]', '[', ',,'])('counts something of %j', (text) => {
  expect(countValues(text, 10)).toBeGreaterThan(0);
});
