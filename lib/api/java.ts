import { JsonDecimal } from './json-value.ts';

/**
 * A JSON value as Java prints it inside Elasticsearch's messages: `{foo=bar, list=[1, 2]}`, no quotes.
 *
 * @see the contract, §4.1: "`{map}` is Java's rendering"
 */
export const javaText = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(javaText).join(', ')}]`;
  if (typeof value === 'object' && value !== null && !(value instanceof JsonDecimal))
    return javaMap(Object.entries(value));
  return String(value);
};

/** The same for entries that are not an object yet. */
export const javaMap = (entries: Iterable<readonly [string, unknown]>): string =>
  `{${[...entries].map(([key, value]) => `${key}=${javaText(value)}`).join(', ')}}`;

/** Java's `Double.toString` for the limits in messages: `2000` → `2000.0`. */
export const javaDouble = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value));
