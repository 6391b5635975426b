import { statusException } from '../api/errors.ts';
import { JsonDecimal, type JsonValue, parseJson } from '../api/json.ts';

const parse = (text: string): JsonValue | undefined => {
  try {
    return parseJson(text).value;
  } catch {
    return undefined;
  }
};

/** The object that a JSON text stands for; undefined for any other text. Numbers keep their digits. */
export const jsonObject = (text: string): JsonValue | undefined => {
  const value = parse(text);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && !(value instanceof JsonDecimal) ? value : undefined;
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
