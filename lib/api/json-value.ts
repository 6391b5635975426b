declare global {
  interface JSON {
    /** ECMAScript's JSON.parse source text access, which TypeScript does not declare yet. */
    rawJSON(text: string): unknown;
  }
}

/** A number that is no safe integer, as it was written: `256.0` is no integer, and large ids keep their digits. */
export class JsonDecimal {
  readonly text: string;

  /** @param text - a JSON number */
  constructor(text: string) {
    this.text = text;
  }

  /** The nearest double; an infinity beyond its range. */
  toNumber(): number {
    return Number(this.text);
  }

  toString(): string {
    return this.text;
  }

  /** `JSON.stringify` writes it again digit for digit. */
  toJSON(): unknown {
    return JSON.rawJSON(this.text);
  }
}

/** JSON as a caller wrote it; a `number` is always a safe integer. */
export type JsonValue =
  | null
  | boolean
  | number
  | JsonDecimal
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A parsed body, with the text that `locate` needs after an error: without a byte order mark. */
export type JsonDocument = { readonly value: JsonValue; readonly text: string };

/** Sets a field of any name. */
export const setField = <T>(object: Record<string, T>, name: string, value: T): void => {
  // Assigned, it would set the prototype.
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  else object[name] = value;
};

/** Some fields of an object, in this order. */
export const picked = <T>(
  object: Readonly<Record<string, T>>,
  names: readonly string[],
): Readonly<Record<string, T>> => {
  const some: Record<string, T> = {};
  // The names are those of fields, which the compiler cannot know.
  for (const name of names) setField(some, name, object[name] as T);
  return some;
};
