import { lineAndColumn } from './json-errors.ts';
import { JsonLexer } from './json-lexer.ts';
import { moreElements, moreMembers, openArray, openObject, readKey, readValue } from './json-parser.ts';
import type { JsonDocument } from './json-value.ts';

/** Elasticsearch's name for what a value is. */
export type JsonToken =
  | 'VALUE_STRING'
  | 'VALUE_NUMBER'
  | 'VALUE_BOOLEAN'
  | 'VALUE_NULL'
  | 'START_OBJECT'
  | 'START_ARRAY';

/** Where a value or its key begins: `line` and `column` from 1, `offset` in the document's text. `token` is the value's. */
export type JsonLocation = {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  readonly token: JsonToken;
};

/** Offsets in the text; an element of an array, and the whole document, have no key but themselves. */
type Place = { readonly key: number; readonly value: number };

const tokens: Readonly<Record<string, JsonToken>> = {
  '"': 'VALUE_STRING',
  '{': 'START_OBJECT',
  '[': 'START_ARRAY',
  t: 'VALUE_BOOLEAN',
  f: 'VALUE_BOOLEAN',
  n: 'VALUE_NULL',
};

const tokenAt = (text: string, offset: number): JsonToken => tokens[text.charAt(offset)] ?? 'VALUE_NUMBER';

const nextOffset = (lexer: JsonLexer): number => {
  lexer.peek();
  return lexer.position;
};

const findMember = (lexer: JsonLexer, name: PropertyKey): Place | undefined => {
  for (let another = openObject(lexer); another; another = moreMembers(lexer)) {
    const key = nextOffset(lexer);
    if (readKey(lexer) === name) return { key, value: nextOffset(lexer) };
    readValue(lexer, 0);
  }
  return undefined;
};

const findElement = (lexer: JsonLexer, index: PropertyKey): Place | undefined => {
  let count = 0;
  for (let another = openArray(lexer); another; another = moreElements(lexer)) {
    const value = nextOffset(lexer);
    if (count++ === index) return { key: value, value };
    readValue(lexer, 0);
  }
  return undefined;
};

/** Where the child of the value at `offset` stands, if there is one. */
const findChild = (lexer: JsonLexer, offset: number, step: PropertyKey): Place | undefined => {
  lexer.position = offset;
  const token = tokenAt(lexer.text, offset);
  if (token === 'START_OBJECT') return findMember(lexer, typeof step === 'number' ? String(step) : step);
  return token === 'START_ARRAY' ? findElement(lexer, step) : undefined;
};

/**
 * Finds where a value of a document, or its key, stands: for the message of an error. It reads the text again, so that `parseJson` need
 * not remember places.
 *
 * @param path - keys and indices from the root, as zod's issues have them; where it leads nowhere, its last existing value counts
 * @param what - `key`: where the key's opening quote stands; `value`: where the value begins
 */
export const locate = (document: JsonDocument, path: readonly PropertyKey[], what: 'key' | 'value'): JsonLocation => {
  const { text } = document;
  const lexer = new JsonLexer(text);
  const root = nextOffset(lexer);
  let place: Place = { key: root, value: root };
  let missing = false;
  for (const step of path) {
    const child = findChild(lexer, place.value, step);
    missing = child === undefined;
    if (child === undefined) break;
    place = child;
  }
  const offset = what === 'key' && !missing ? place.key : place.value;
  return { ...lineAndColumn(text, offset), offset, token: tokenAt(text, place.value) };
};
