import { decimalUnit, shortestDigits } from './float32-digits.ts';

const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const exponentMark = 0x45;

/** Bytes of the longest text and a comma: `-1.01946067E-16,`. */
const roomPerFloat = 16;

/** Writes the last `count` digits of `value` in front of `end`, zeros where it has none. Returns the digits left. */
const writeDigits = (bytes: Uint8Array, end: number, value: number, count: number): number => {
  let left = value;
  for (let at = end - 1; at >= end - count; at--) {
    const tenth = (left / 10) | 0;
    bytes[at] = zero + left - tenth * 10;
    left = tenth;
  }
  return left;
};

/** Writes `E7` or `E-38`. Returns where it ends. */
const writeExponent = (bytes: Uint8Array, start: number, exponent: number): number => {
  let at = start;
  bytes[at++] = exponentMark;
  if (exponent < 0) bytes[at++] = minus;
  const size = Math.abs(exponent);
  const count = size < 10 ? 1 : 2;
  writeDigits(bytes, at + count, size, count);
  return at + count;
};

/**
 * Writes the float32 of these bits at `start`, as Java's `Float.toString` does from JDK 19 on: with a point from 0.001 to below 10^7, else
 * with one digit in front of the point and an exponent.
 *
 * @returns where the text ends
 * @throws RangeError for infinities and NaN
 */
const writeFloat = (bytes: Uint8Array, start: number, bits: number): number => {
  const exponent = (bits >>> 23) & 0xff;
  if (exponent === 255) throw new RangeError('JSON has no number for NaN and for what a float32 cannot hold');
  const significand = (bits & 0x7fffff) | (exponent === 0 ? 0 : 0x800000);
  let digits = significand === 0 ? 0 : shortestDigits(significand, exponent);
  let unit = significand === 0 ? 0 : decimalUnit(exponent);
  while (digits !== 0 && digits % 10 === 0) {
    digits = (digits / 10) | 0;
    unit++;
  }
  let count = 1;
  for (let power = 10; power <= digits; power *= 10) count++;

  // Where the point stands, seen from the first digit: 1 in 1.5, 0 in 0.15.
  const magnitude = count + unit;
  const scientific = magnitude < -2 || magnitude > 7;
  const whole = scientific ? 1 : Math.max(magnitude, 1);
  // Zeros in front: 0.0015. Then zeros behind: 1500.0.
  if (!scientific && magnitude < 1) count += 1 - magnitude;
  while (count <= whole) {
    digits *= 10;
    count++;
  }

  // Overwritten where there is none: the processor would guess wrong at every other number.
  bytes[start] = minus;
  const first = bits < 0 ? start + 1 : start;
  const end = first + count + 1;
  const left = writeDigits(bytes, end, digits, count - whole);
  bytes[first + whole] = point;
  writeDigits(bytes, first + whole, left, whole);
  return scientific ? writeExponent(bytes, end, magnitude - 1) : end;
};

const single = new Float32Array(1);
const singleBits = new Int32Array(single.buffer);

const bitsOf = (value: number): number => {
  single[0] = value;
  return singleBits[0] ?? 0;
};

/**
 * Collects an answer as UTF-8 bytes, by turns text and float32 numbers, without a string of the whole.
 */
export class ByteWriter {
  #bytes = Buffer.alloc(0);
  #length = 0;

  /** Appends text as it is; the caller has made JSON of it. */
  text(text: string): void {
    // No UTF-16 unit takes more than three bytes.
    this.#reserve(3 * text.length);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /**
   * Appends one number, rounded to float32: `0.1`.
   *
   * @throws RangeError as `floats` does
   */
  float(value: number): void {
    this.#reserve(roomPerFloat);
    this.#length = writeFloat(this.#bytes, this.#length, bitsOf(value));
  }

  /**
   * Appends a JSON array of the numbers, rounded to float32: `[0.1,-2.0]`.
   *
   * @throws RangeError for NaN, infinities and numbers beyond float32; nothing has then been appended
   */
  floats(values: ArrayLike<number>): void {
    const rounded = values instanceof Float32Array ? values : new Float32Array(values);
    const bits = new Int32Array(rounded.buffer, rounded.byteOffset, rounded.length);
    this.#reserve(2 + roomPerFloat * bits.length);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = 0x5b;
    for (let index = 0; index < bits.length; index++) {
      if (index > 0) bytes[at++] = 0x2c;
      at = writeFloat(bytes, at, bits[index] ?? 0);
    }
    bytes[at++] = 0x5d;
    this.#length = at;
  }

  /** What has been written so far, not copied. */
  toBuffer(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(room: number): void {
    if (this.#length + room <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(8192, 2 * this.#bytes.length, this.#length + room));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

/**
 * The shortest decimal text that reads back as the same float32: `0.1`, `1.0`, `7.7057E-4`.
 *
 * @param value - any number; it is rounded to float32 first
 * @throws RangeError for NaN, infinities and numbers beyond float32
 */
export const float32Text = (value: number): string => {
  const bytes = Buffer.alloc(roomPerFloat);
  return bytes.toString('latin1', 0, writeFloat(bytes, 0, bitsOf(value)));
};

/**
 * A JSON array of float32 numbers as UTF-8 bytes, each with the shortest text that reads back: `[0.1,-2.0]`.
 *
 * @param values - any numbers; they are rounded to float32 first
 * @throws RangeError for NaN, infinities and numbers beyond float32
 */
export const encodeFloats = (values: ArrayLike<number>): Uint8Array => {
  const writer = new ByteWriter();
  writer.floats(values);
  return writer.toBuffer();
};
