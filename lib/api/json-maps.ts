import { unexpectedJson } from './json-errors.ts';
import { JsonLexer } from './json-lexer.ts';
import { moreElements, moreMembers, openArray, openObject, readKey, readValue } from './json-parser.ts';
import { JsonDecimal } from './json-value.ts';

const openBracket = 0x5b;
const openBrace = 0x7b;

const readMap = (lexer: JsonLexer): ReadonlyMap<string, unknown> => {
  const members = new Map<string, unknown>();
  for (let another = openObject(lexer); another; another = moreMembers(lexer)) {
    const key = readKey(lexer);
    members.set(key, read(lexer));
  }
  return members;
};

const readList = (lexer: JsonLexer): readonly unknown[] => {
  const list: unknown[] = [];
  for (let another = openArray(lexer); another; another = moreElements(lexer)) list.push(read(lexer));
  return list;
};

const read = (lexer: JsonLexer): unknown => {
  const code = lexer.peek();
  if (code === openBrace) return readMap(lexer);
  if (code === openBracket) return readList(lexer);
  const value = readValue(lexer, 0);
  return value instanceof JsonDecimal ? value.toNumber() : value;
};

/**
 * Parses JSON as `JSON.parse` does, but for its objects, which become maps: their keys keep the order of the text, where an object would
 * put those in front that look like numbers.
 *
 * @throws InferenceError 400 when it is malformed, RangeError when it is nested some thousand levels deep
 */
export const parseMaps = (text: string): unknown => {
  const lexer = new JsonLexer(text);
  const value = read(lexer);
  if (!Number.isNaN(lexer.peek())) throw unexpectedJson(text, lexer.position, 'nothing behind the value');
  return value;
};
