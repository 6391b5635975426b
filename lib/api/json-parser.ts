import { duplicateKey, malformedJson, unexpectedJson } from './json-errors.ts';
import type { JsonLexer } from './json-lexer.ts';
import { type JsonValue, setField } from './json-value.ts';

/** Elasticsearch's own limit. */
const maxDepth = 1000;

const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const letterF = 0x66;
const letterN = 0x6e;
const letterT = 0x74;
const openBrace = 0x7b;
const closeBrace = 0x7d;

const open = (lexer: JsonLexer, close: number): boolean => {
  lexer.skip();
  if (lexer.peek() !== close) return true;
  lexer.skip();
  return false;
};

const more = (lexer: JsonLexer, close: number): boolean => {
  const code = lexer.peek();
  if (code !== comma && code !== close) {
    throw unexpectedJson(lexer.text, lexer.position, `"," or "${String.fromCharCode(close)}"`);
  }
  lexer.skip();
  return code === comma;
};

/** Passes the opening bracket of an array. Returns whether it has an element. */
export const openArray = (lexer: JsonLexer): boolean => open(lexer, closeBracket);
/** Passes what stands behind an element. Returns whether another one follows. */
export const moreElements = (lexer: JsonLexer): boolean => more(lexer, closeBracket);
/** Passes the opening brace of an object. Returns whether it has a member. */
export const openObject = (lexer: JsonLexer): boolean => open(lexer, closeBrace);
/** Passes what stands behind a member. Returns whether another one follows. */
export const moreMembers = (lexer: JsonLexer): boolean => more(lexer, closeBrace);

/** Reads a key and the colon behind it. */
export const readKey = (lexer: JsonLexer): string => {
  if (lexer.peek() !== quote) throw unexpectedJson(lexer.text, lexer.position, 'a key in double quotes');
  const key = lexer.string();
  if (lexer.peek() !== colon) throw unexpectedJson(lexer.text, lexer.position, '":"');
  lexer.skip();
  return key;
};

const readObject = (lexer: JsonLexer, depth: number): JsonValue => {
  const object: Record<string, JsonValue> = {};
  for (let another = openObject(lexer); another; another = moreMembers(lexer)) {
    lexer.peek();
    const start = lexer.position;
    const key = readKey(lexer);
    if (Object.hasOwn(object, key)) throw duplicateKey(lexer.text, start, key);
    setField(object, key, readValue(lexer, depth));
  }
  return object;
};

const readArray = (lexer: JsonLexer, depth: number): JsonValue => {
  const array: JsonValue[] = [];
  for (let another = openArray(lexer); another; another = moreElements(lexer)) array.push(readValue(lexer, depth));
  return array;
};

/**
 * Reads one value, with the white space in front of it.
 *
 * @param depth - levels of nesting around it
 * @throws InferenceError 400 `x_content_parse_exception` or `x_content_e_o_f_exception`; 413 where the lexer counts too many values
 */
export const readValue = (lexer: JsonLexer, depth: number): JsonValue => {
  lexer.countValue();
  const code = lexer.peek();
  if (depth === maxDepth && (code === openBrace || code === openBracket)) {
    throw malformedJson(lexer.text, lexer.position, `More than ${maxDepth} levels of nesting`);
  }
  switch (code) {
    case quote:
      return lexer.string();
    case openBrace:
      return readObject(lexer, depth + 1);
    case openBracket:
      return readArray(lexer, depth + 1);
    case letterT:
      return lexer.word('true', true);
    case letterF:
      return lexer.word('false', false);
    case letterN:
      return lexer.word('null', null);
  }
  if (code === minus || (code >= zero && code <= nine)) return lexer.number();
  throw unexpectedJson(lexer.text, lexer.position, 'a value');
};
