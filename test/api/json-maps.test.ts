import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMaps } from '../../lib/api/json-maps.ts';

const withObjects = (value: unknown): unknown => {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [key, withObjects(inner)]));
  return Array.isArray(value) ? value.map(withObjects) : value;
};

describe('JSON with maps for objects', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, depthSize: 'medium' }), fc.constantFrom(0, 2, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        expect(withObjects(parseMaps(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('keeps the order of all keys, and of two that are the same the last', () => {
    const key = fc.oneof(fc.nat().map(String), fc.string());
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.double({ noNaN: true, noDefaultInfinity: true }))), (entries) => {
        const members = entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
        // JSON has no -0 where JavaScript writes it.
        const numbers = entries.map(([name, value]): [string, number] => [name, value + 0]);
        expect([...Object(parseMaps(`{${members.join(',')}}`))]).toEqual([...new Map(numbers)]);
      }),
    );
  });

  it.each(['', '{', '{"a":1', '{"a":}', '{} {}', '[1,]', 'nul', '<html>'])('%j is none', (text) => {
    expect(() => parseMaps(text)).toThrow();
  });
});
