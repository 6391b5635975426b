import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonToken, locate, parseJson } from '../../lib/api/json.ts';

const text = `{
  "input": ["one", "two \\"2\\"", 3],
  "task_settings": { "top_n": 2.5, "1": null,\r\n\t"a\\u0062": { } },
  "stream" : true, "none":[]
}`;
const document = parseJson(text);

describe('in a document', () => {
  it.each<[readonly PropertyKey[], string, string, JsonToken]>([
    [[], '1:1', '1:1', 'START_OBJECT'],
    [['input'], '2:3', '2:12', 'START_ARRAY'],
    [['input', 0], '2:13', '2:13', 'VALUE_STRING'],
    [['input', 1], '2:20', '2:20', 'VALUE_STRING'],
    [['input', 2], '2:33', '2:33', 'VALUE_NUMBER'],
    [['task_settings'], '3:3', '3:20', 'START_OBJECT'],
    [['task_settings', 'top_n'], '3:22', '3:31', 'VALUE_NUMBER'],
    [['task_settings', '1'], '3:36', '3:41', 'VALUE_NULL'],
    [['task_settings', 1], '3:36', '3:41', 'VALUE_NULL'],
    [['task_settings', 'ab'], '4:2', '4:13', 'START_OBJECT'],
    [['stream'], '5:3', '5:14', 'VALUE_BOOLEAN'],
    [['none'], '5:20', '5:27', 'START_ARRAY'],
  ])('the key of %j stands at %s, its value at %s', (path, key, value, token) => {
    const [keyPlace, valuePlace] = [locate(document, path, 'key'), locate(document, path, 'value')];
    expect([`${keyPlace.line}:${keyPlace.column}`, keyPlace.token]).toEqual([key, token]);
    expect([`${valuePlace.line}:${valuePlace.column}`, valuePlace.token]).toEqual([value, token]);
  });

  it.each<[string, readonly PropertyKey[], readonly PropertyKey[]]>([
    ['a key that is missing', ['task_settings', 'missing'], ['task_settings']],
    ['a key in a missing object', ['missing', 'a', 'b'], []],
    ['an index beyond the end', ['input', 3], ['input']],
    ['an index into nothing', ['none', 0], ['none']],
    ['a name in an array', ['input', '0'], ['input']],
    ['a key of a string', ['input', 0, 'length'], ['input', 0]],
    ['a symbol', ['task_settings', Symbol('top_n')], ['task_settings']],
  ])('%s is where its deepest parent is', (_, path, parent) => {
    expect(locate(document, path, 'key')).toEqual(locate(document, parent, 'value'));
    expect(locate(document, path, 'value')).toEqual(locate(document, parent, 'value'));
  });
});

it('counts offsets and columns without the byte order mark', () => {
  expect(locate(parseJson('\ufeff {"a":"b"}'), ['a'], 'value')).toEqual({
    line: 1,
    column: 7,
    offset: 6,
    token: 'VALUE_STRING',
  });
});

it('finds the value that parseJson has read, at any depth', () => {
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
  const step = fc.oneof(fc.string(), fc.nat(3));
  const nest = (value: unknown, key: string | number): unknown =>
    typeof key === 'number' ? [...Array.from({ length: key }, () => ({ a: [0] })), value] : { other: {}, [key]: value };
  fc.assert(
    fc.property(leaf, fc.array(step), fc.constantFrom(0, 2), (value, path, space) => {
      const root = path.reduceRight(nest, value);
      const json = parseJson(JSON.stringify(root, null, space));
      const { offset } = locate(json, path, 'value');
      expect(json.text.slice(offset)).toSatisfy((rest: string) => rest.startsWith(JSON.stringify(value)));
    }),
  );
});
