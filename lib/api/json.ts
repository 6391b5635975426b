import { isUtf8 } from 'node:buffer';
import { brokenUtf8, unexpectedJson } from './json-errors.ts';
import { JsonLexer } from './json-lexer.ts';
import { readValue } from './json-parser.ts';
import type { JsonDocument } from './json-value.ts';

export { type JsonLocation, type JsonToken, locate } from './json-location.ts';
export { JsonDecimal, type JsonDocument, type JsonValue, picked } from './json-value.ts';

/**
 * How many values a body may hold, at whatever depth. Bytes alone bound no time and no memory: a text of 16 MiB is read in milliseconds,
 * as many bytes of empty objects take seconds and hundreds of megabytes.
 */
export const mostValues = 100_000;

/**
 * Parses a caller's body, as strictly as Elasticsearch: numbers keep their text, a key stands once in its object.
 *
 * @param text - one JSON value, nested at most 1,000 levels deep; a byte order mark in front of it is passed over
 * @param most - how many values it may hold, at whatever depth; as many as it likes unless given
 * @throws InferenceError 400 `x_content_parse_exception` (cause `json_parse_exception`) when it is malformed, and
 *   `x_content_e_o_f_exception` (cause `json_e_o_f_exception`) when it ends too early; 413 `content_too_long_exception` when it holds more values
 */
export const parseJson = (text: string, most?: number): JsonDocument => {
  const lexer = new JsonLexer(text.startsWith('\ufeff') ? text.slice(1) : text, most);
  const value = readValue(lexer, 0);
  if (!Number.isNaN(lexer.peek())) throw unexpectedJson(lexer.text, lexer.position, 'nothing behind the value');
  return { value, text: lexer.text };
};

/**
 * The same for bytes, which must be UTF-8.
 *
 * @throws InferenceError 400 `x_content_parse_exception` also for what is no UTF-8
 */
export const parseJsonBytes = (bytes: Buffer, most?: number): JsonDocument => {
  if (!isUtf8(bytes)) throw brokenUtf8(bytes);
  return parseJson(bytes.toString('utf8'), most);
};
