import { brokenString, brokenWord, malformedJson, tooManyValues, unexpectedJson } from './json-errors.ts';
import { JsonDecimal } from './json-value.ts';

const quote = 0x22;
const plus = 0x2b;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;
const capitalE = 0x45;
const backslash = 0x5c;
const smallE = 0x65;

const controlCharacter = /[\u0000-\u001f]/g;

/**
 * Reads the words of JSON from left to right. Each method begins at `position` and leaves it behind what it has read.
 *
 * Those that read throw InferenceError 400 where the text is not JSON.
 */
export class JsonLexer {
  readonly text: string;
  position = 0;
  readonly #mostValues: number;
  #values = 0;
  /** The next backslash and control character of the text: searched for once each, not once per string. */
  #backslash = -1;
  #control = -1;

  /** @param mostValues - strings, numbers, words, lists and objects that the text may hold, at whatever depth */
  constructor(text: string, mostValues = Number.POSITIVE_INFINITY) {
    this.text = text;
    this.#mostValues = mostValues;
  }

  /** Counts a value that begins here, 413 where it is one too many. */
  countValue(): void {
    this.#values += 1;
    if (this.#values > this.#mostValues) throw tooManyValues(this.#mostValues);
  }

  /** Passes white space. Returns the code of the character behind it, NaN at the end. */
  peek(): number {
    let code = this.text.charCodeAt(this.position);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      code = this.text.charCodeAt(++this.position);
    }
    return code;
  }

  /** Passes one character that `peek` has seen. */
  skip(): void {
    this.position++;
  }

  /** A string; `position` is at its opening quote. */
  string(): string {
    const start = this.position + 1;
    const end = this.text.indexOf('"', start);
    if (this.#backslash < start) this.#backslash = this.#nextBackslash(start);
    if (end === -1 || this.#backslash < end) return this.#escapedString(start);
    if (this.#control < start) this.#control = this.#nextControl(start);
    if (this.#control < end) throw brokenString(this.text, start);
    this.position = end + 1;
    return this.text.slice(start, end);
  }

  /** A number; `position` is at its sign or first digit. */
  number(): number | JsonDecimal {
    const { text } = this;
    const start = this.position;
    const whole = text.charCodeAt(start) === minus ? start + 1 : start;
    const wholeEnd = this.#digits(whole);
    if (text.charCodeAt(whole) === zero && wholeEnd > whole + 1) {
      throw malformedJson(text, whole, 'A number cannot begin with more than one zero');
    }
    let end = wholeEnd;
    if (text.charCodeAt(end) === point) end = this.#digits(end + 1);
    const mark = text.charCodeAt(end);
    if (mark === smallE || mark === capitalE) {
      const sign = text.charCodeAt(end + 1);
      end = this.#digits(sign === plus || sign === minus ? end + 2 : end + 1);
    }
    this.position = end;
    const digits = text.slice(start, end);
    const value = Number(digits);
    return end === wholeEnd && Number.isSafeInteger(value) && !Object.is(value, -0) ? value : new JsonDecimal(digits);
  }

  /** `true`, `false` or `null`. */
  word<Value>(word: string, value: Value): Value {
    if (!this.text.startsWith(word, this.position)) throw brokenWord(this.text, this.position, word);
    this.position += word.length;
    return value;
  }

  /** Where the digits end that begin at `start`; there must be one. */
  #digits(start: number): number {
    let end = start;
    for (;;) {
      const code = this.text.charCodeAt(end);
      if (!(code >= zero && code <= nine)) break;
      end++;
    }
    if (end === start) throw unexpectedJson(this.text, start, 'a digit');
    return end;
  }

  /** A string with an escape in it, or without an end. */
  #escapedString(start: number): string {
    const { text } = this;
    let end = start;
    for (let code = text.charCodeAt(end); code !== quote; code = text.charCodeAt(end)) {
      if (Number.isNaN(code)) throw brokenString(text, start);
      end += code === backslash ? 2 : 1;
    }
    this.position = end + 1;
    try {
      // A JSON string by its quotes, so that nothing but a string can come of it.
      return JSON.parse(this.text.slice(start - 1, end + 1)) as string;
    } catch {
      throw brokenString(this.text, start);
    }
  }

  #nextBackslash(start: number): number {
    const found = this.text.indexOf('\\', start);
    return found === -1 ? this.text.length : found;
  }

  #nextControl(start: number): number {
    controlCharacter.lastIndex = start;
    return controlCharacter.test(this.text) ? controlCharacter.lastIndex - 1 : this.text.length;
  }
}
