import { JsonDecimal } from './json-value.ts';

/**
 * A JSON value as Java prints it inside Elasticsearch's messages: `{foo=bar, list=[1, 2]}`, no quotes.
 *
 * @see the contract, §4.1: "`{map}` is Java's rendering"
 */
export const javaText = (value: unknown): string => {
  if (Array.isArray(value)) return `[${joined(value, javaText)}]`;
  if (value instanceof JsonDecimal) return javaDecimal(value);
  if (typeof value === 'object' && value !== null) {
    const object = value as Readonly<Record<string, unknown>>; // what is left of JSON
    return `{${joined(Object.keys(object), (key) => `${key}=${javaText(object[key])}`)}}`;
  }
  return String(value);
};

/** The same for entries that are not an object yet. */
export const javaMap = (entries: readonly (readonly [string, unknown])[]): string =>
  `{${joined(entries, ([key, value]) => `${key}=${javaText(value)}`)}}`;

/** Elements that are joined at once: of millions, neither all texts nor a rope of them lies in memory. */
const block = 1024;

const joined = <T>(elements: readonly T[], textOf: (element: T) => string): string => {
  if (elements.length === 0) return '';
  if (elements.length <= block) return elements.map(textOf).join(', ');
  const blocks: string[] = [];
  for (let start = 0; start < elements.length; start += block)
    blocks.push(
      elements
        .slice(start, start + block)
        .map(textOf)
        .join(', '),
    );
  return blocks.join(', ');
};

/** Java's `Double.toString`: `2000` → `2000.0`; from 10⁷ on and below 10⁻³ with an exponent, `1.5E7`. */
export const javaDouble = (value: number): string => {
  const size = Math.abs(value);
  if (size !== 0 && Number.isFinite(value) && (size >= 1e7 || size < 1e-3)) {
    const [digits = '', exponent = ''] = value.toExponential().split('e');
    return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent.replace('+', '')}`;
  }
  if (Object.is(value, -0)) return '-0.0';
  return Number.isInteger(value) ? `${value}.0` : String(value);
};

/** Integers keep their digits however large they are; Java reads all else as a double. */
const javaDecimal = (value: JsonDecimal): string =>
  /^-?\d+$/.test(value.text) ? value.text : javaDouble(value.toNumber());
