import { expect, it } from 'vitest';
import { javaDouble, javaText } from '../../lib/api/java.ts';
import { parseJson } from '../../lib/api/json.ts';

it.each([
  ['256', '256'],
  ['256.0', '256.0'],
  ['1.50', '1.5'],
  ['1e3', '1000.0'],
  ['-0.0', '-0.0'],
  ['9999999.0', '9999999.0'],
  ['1e7', '1.0E7'],
  ['-12345678.5', '-1.23456785E7'],
  ['0.001', '0.001'],
  ['0.00012', '1.2E-4'],
  ['1e400', 'Infinity'],
  ['123456789012345678901', '123456789012345678901'],
  ['{"a":[1.0,"x",null,true],"b":{}}', '{a=[1.0, x, null, true], b={}}'],
  ['["","","a",[],[""],{"":""}]', '[, , a, [], [], {=}]'],
])('%s is printed as Java does: %s', (json, printed) => {
  expect(javaText(parseJson(json).value)).toBe(printed);
});

it('an integer is printed as a double where messages tell of doubles', () => {
  expect([0, 20, -5, 2e9].map(javaDouble)).toEqual(['0.0', '20.0', '-5.0', '2.0E9']);
});
