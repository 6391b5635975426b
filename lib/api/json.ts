import { isUtf8 } from 'node:buffer';
import { brokenUtf8, unexpectedJson } from './json-errors.ts';
import { JsonLexer } from './json-lexer.ts';
import { readValue } from './json-parser.ts';
import type { JsonDocument } from './json-value.ts';

export { type JsonLocation, type JsonToken, locate } from './json-location.ts';
export { JsonDecimal, type JsonDocument, type JsonValue, picked } from './json-value.ts';

/**
 * Parses a caller's body, as strictly as Elasticsearch: numbers keep their text, a key stands once in its object.
 *
 * @param text - one JSON value, nested at most 1,000 levels deep; a byte order mark in front of it is passed over
 * @throws InferenceError 400 `x_content_parse_exception` (cause `json_parse_exception`) when it is malformed, and
 *   `x_content_e_o_f_exception` (cause `json_e_o_f_exception`) when it ends too early
 */
export const parseJson = (text: string): JsonDocument => {
  const lexer = new JsonLexer(text.startsWith('\ufeff') ? text.slice(1) : text);
  const value = readValue(lexer, 0);
  if (!Number.isNaN(lexer.peek())) throw unexpectedJson(lexer.text, lexer.position, 'nothing behind the value');
  return { value, text: lexer.text };
};

/**
 * The same for bytes, which must be UTF-8.
 *
 * @throws InferenceError 400 `x_content_parse_exception` also for what is no UTF-8
 */
export const parseJsonBytes = (bytes: Buffer): JsonDocument => {
  if (!isUtf8(bytes)) throw brokenUtf8(bytes);
  return parseJson(bytes.toString('utf8'));
};
