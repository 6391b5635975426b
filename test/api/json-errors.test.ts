import { describe, expect, it } from 'vitest';
import { InferenceError } from '../../lib/api/errors.ts';
import { parseJson, parseJsonBytes } from '../../lib/api/json.ts';

const failure = (text: string): unknown => {
  try {
    return parseJson(text);
  } catch (error) {
    return error;
  }
};

/** The error and what caused it; `toEqual` alone would compare messages only. */
const chain = (error: unknown): unknown =>
  error instanceof InferenceError
    ? { status: error.status, type: error.type, reason: error.message, cause: chain(error.cause) }
    : error;

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('malformed JSON', () => {
  it.each([
    ['x', '1:1', 'Unexpected character "x": expected a value'],
    ['🎈', '1:1', 'Unexpected character "🎈": expected a value'],
    ['{"a":}', '1:6', 'Unexpected character "}": expected a value'],
    ['[1,]', '1:4', 'Unexpected character "]": expected a value'],
    ['[,1]', '1:2', 'Unexpected character ",": expected a value'],
    ["['a']", '1:2', 'Unexpected character "\'": expected a value'],
    ['[1 2]', '1:4', 'Unexpected character "2": expected "," or "]"'],
    ['[1}', '1:3', 'Unexpected character "}": expected "," or "]"'],
    ['{"a":1]', '1:7', 'Unexpected character "]": expected "," or "}"'],
    ['{"a":1 "b":2}', '1:8', 'Unexpected character "\\"": expected "," or "}"'],
    ['{a:1}', '1:2', 'Unexpected character "a": expected a key in double quotes'],
    ['{"a":1,}', '1:8', 'Unexpected character "}": expected a key in double quotes'],
    ['{"a" 1}', '1:6', 'Unexpected character "1": expected ":"'],
    ['{"a"}', '1:5', 'Unexpected character "}": expected ":"'],
    ['[\u00a01]', '1:2', 'Unexpected character "\u00a0": expected a value'],
    ['[1] [2]', '1:5', 'Unexpected character "[": expected nothing behind the value'],
    ['{}}', '1:3', 'Unexpected character "}": expected nothing behind the value'],
    ['1 \ufeff', '1:3', 'Unexpected character "\ufeff": expected nothing behind the value'],
    ['[tru]', '1:2', 'Unknown word: expected true'],
    ['[False]', '1:2', 'Unexpected character "F": expected a value'],
    ['[fale]', '1:2', 'Unknown word: expected false'],
    ['[nil]', '1:2', 'Unknown word: expected null'],
    ['[nullx]', '1:6', 'Unexpected character "x": expected "," or "]"'],
    ['[NaN]', '1:2', 'Unexpected character "N": expected a value'],
    ['[01]', '1:2', 'A number cannot begin with more than one zero'],
    ['[-01]', '1:3', 'A number cannot begin with more than one zero'],
    ['[-]', '1:3', 'Unexpected character "]": expected a digit'],
    ['[-Infinity]', '1:3', 'Unexpected character "I": expected a digit'],
    ['[1.]', '1:4', 'Unexpected character "]": expected a digit'],
    ['[.5]', '1:2', 'Unexpected character ".": expected a value'],
    ['[+1]', '1:2', 'Unexpected character "+": expected a value'],
    ['[1e]', '1:4', 'Unexpected character "]": expected a digit'],
    ['[1e+]', '1:5', 'Unexpected character "]": expected a digit'],
    ['[1.5.5]', '1:5', 'Unexpected character ".": expected "," or "]"'],
    ['[0x10]', '1:3', 'Unexpected character "x": expected "," or "]"'],
    ['["a\\x"]', '1:4', 'Unknown escape "\\\\x"'],
    ['["\\\\\\a"]', '1:5', 'Unknown escape "\\\\a"'],
    ['["a\\u12g4"]', '1:4', '\\u takes four hexadecimal digits'],
    ['["\\u12"]', '1:3', '\\u takes four hexadecimal digits'],
    ['["a\nb"]', '1:4', 'Control character "\\n" in a string must be escaped'],
    ['["\\n", "\t"]', '1:9', 'Control character "\\t" in a string must be escaped'],
    ['["\\"\u0000"]', '1:5', 'Control character "\\u0000" in a string must be escaped'],
    ['{"a\u001f":1}', '1:4', 'Control character "\\u001f" in a string must be escaped'],
    ['["a\\x', '1:4', 'Unknown escape "\\\\x"'],
  ])('%j is refused at [%s]: %s', (text, place, words) => {
    expect(chain(failure(text))).toEqual({
      status: 400,
      type: 'x_content_parse_exception',
      reason: `[${place}] ${words}`,
      cause: { status: 400, type: 'json_parse_exception', reason: words, cause: undefined },
    });
  });

  it.each([
    ['arrays', nested(1001), '1:1001'],
    ['objects', '{"a":'.repeat(1001), '1:5001'],
  ])('is also what nests more than 1,000 levels of %s', (_, text, place) => {
    expect(chain(failure(text))).toEqual({
      status: 400,
      type: 'x_content_parse_exception',
      reason: `[${place}] More than 1000 levels of nesting`,
      cause: {
        status: 400,
        type: 'json_parse_exception',
        reason: 'More than 1000 levels of nesting',
        cause: undefined,
      },
    });
  });

  it('takes 1,000 levels of nesting, one after the other as often as it likes', () => {
    const text = `[${Array.from({ length: 3 }, () => nested(999)).join(',')}]`;
    expect(JSON.stringify(parseJson(text).value)).toBe(text);
  });
});

describe('JSON that is cut short', () => {
  it.each([
    ['', '1:1', 'a value'],
    ['\ufeff', '1:1', 'a value'],
    [' \n ', '2:2', 'a value'],
    ['[', '1:2', 'a value'],
    ['[1', '1:3', '"," or "]"'],
    ['[1,', '1:4', 'a value'],
    ['{', '1:2', 'a key in double quotes'],
    ['{"a', '1:4', 'the end of a string'],
    ['{"a"', '1:5', '":"'],
    ['{"a":', '1:6', 'a value'],
    ['{"a":1', '1:7', '"," or "}"'],
    ['{"a":1,', '1:8', 'a key in double quotes'],
    ['"', '1:2', 'the end of a string'],
    ['"a\\', '1:4', 'the end of a string'],
    ['"a\\"', '1:5', 'the end of a string'],
    ['"\\u', '1:4', 'the end of a string'],
    ['"\\u12f', '1:7', 'the end of a string'],
    ['tr', '1:3', 'true'],
    ['[fals', '1:6', 'false'],
    ['[n', '1:3', 'null'],
    ['-', '1:2', 'a digit'],
    ['1.', '1:3', 'a digit'],
    ['1e', '1:3', 'a digit'],
    ['1e-', '1:4', 'a digit'],
  ])('%j is refused at [%s], where %s is expected', (text, place, expected) => {
    const words = `Unexpected end-of-input: expected ${expected}`;
    expect(chain(failure(text))).toEqual({
      status: 400,
      type: 'x_content_e_o_f_exception',
      reason: `[${place}] ${words}`,
      cause: { status: 400, type: 'json_e_o_f_exception', reason: words, cause: undefined },
    });
  });
});

describe('a key that stands twice in an object', () => {
  it.each([
    ['{"a":1,"a":1}', '1:8', 'a'],
    ['{"a":{"b":1},\n  "c":[{"d":1, "e":2, "d":3}]}', '2:23', 'd'],
    ['{"":1,"":1}', '1:7', ''],
    ['{"1":1,"1":1}', '1:8', '1'],
    ['{"a":1,"\\u0061":1}', '1:8', 'a'],
  ])('%j is refused at [%s]', (text, place, key) => {
    const words = `Duplicate field '${key}'`;
    expect(chain(failure(text))).toEqual({
      status: 400,
      type: 'x_content_parse_exception',
      reason: `[${place}] ${words}`,
      cause: { status: 400, type: 'json_parse_exception', reason: words, cause: undefined },
    });
  });

  it('may stand in several objects', () => {
    expect(parseJson('[{"a":1},{"a":{"a":2}}]').value).toEqual([{ a: 1 }, { a: { a: 2 } }]);
  });
});

it.each([
  ['LF', '{\n  "a": 1,\n  x'],
  ['CR LF', '{\r\n  "a": 1,\r\n  x'],
  ['CR', '{\r  "a": 1,\r  x'],
  ['LF, behind a byte order mark', '\ufeff{\n  "a": 1,\n  x'],
])('counts lines and columns from 1, with lines that end in %s', (_, text) => {
  expect(() => parseJson(text)).toThrow('[3:3] Unexpected character "x"');
});

describe('bytes', () => {
  const bytes = (...parts: readonly (string | readonly number[])[]) =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

  it.each([
    ['text', bytes('{"a":"ä🎈\ufffd"}'), { a: 'ä🎈\ufffd' }],
    ['text behind a byte order mark', bytes('\ufeff[1]'), [1]],
  ])('of %s are read', (_, sent, value) => {
    expect(parseJsonBytes(sent).value).toEqual(value);
  });

  it.each([
    ['a byte that begins nothing', bytes('["', [0xff], '"]'), '1:3'],
    ['a character that is cut off', bytes('["a', [0xc3]), '1:4'],
    ['half of a surrogate pair', bytes('[\n"', [0xed, 0xa0, 0xbd], '"]'), '2:2'],
    ['a long form of a short character', bytes('"', [0xc0, 0x80], '"'), '1:2'],
    ['a replacement character, then a wrong byte', bytes('"\ufffd🎈\ufffd', [0x80], '\ufffd"'), '1:6'],
  ])('with %s are refused', (_, sent, place) => {
    const words = 'Invalid UTF-8';
    const thrown = (() => {
      try {
        return parseJsonBytes(sent);
      } catch (error) {
        return error;
      }
    })();
    expect(chain(thrown)).toEqual({
      status: 400,
      type: 'x_content_parse_exception',
      reason: `[${place}] ${words}`,
      cause: { status: 400, type: 'json_parse_exception', reason: words, cause: undefined },
    });
  });
});
