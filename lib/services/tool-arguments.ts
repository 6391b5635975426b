import { statusException } from '../api/errors.ts';
import { type JsonValue, parseJson } from '../api/json.ts';

/** Characters of a text of which no request holds so many that their errors take time. */
const long = 10_000;

/** Told at a glance of a hundred thousand texts: an error for each would take seconds. */
const looksLikeObject = (text: string): boolean => /^\s*\{/.test(text) && (text.length > long || isJson(text));

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** The object that a JSON text stands for; undefined for any other text. Numbers keep their digits. */
export const jsonObject = (text: string): JsonValue | undefined => {
  if (!looksLikeObject(text)) return undefined;
  try {
    return parseJson(text).value;
  } catch {
    // Deeper than we read, or with a key that stands twice.
    return undefined;
  }
};

/**
 * The arguments of a tool call as a JSON object, for services that take no text. Numbers keep their digits.
 *
 * @param call - blank arguments are none
 * @throws InferenceError 400 for text that is no JSON object
 */
export const toolArguments = (call: {
  readonly id: string;
  readonly function: { readonly arguments: string };
}): JsonValue => {
  const text = call.function.arguments.trim();
  const value = text === '' || text === 'null' ? {} : jsonObject(text);
  if (value !== undefined) return value;
  throw statusException(400, `Field [arguments] of tool call [${call.id}] is not a JSON object`);
};
