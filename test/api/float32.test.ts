import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter, encodeFloats, float32Text } from '../../lib/api/float32.ts';

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

const view = new DataView(new ArrayBuffer(4));
const floatOf = (bits: number): number => {
  view.setUint32(0, bits);
  return view.getFloat32(0);
};

/** Every pattern is as likely, so that every exponent is. */
const bits = fc.integer({ min: 0, max: 2 ** 32 - 1 }).filter((pattern) => Number.isFinite(floatOf(pattern)));
/** Where the rules of rounding meet: significands at either end, small even and odd ones, every exponent. */
const edgeBits = fc
  .tuple(fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 70, 71, 72, 0x400000, 0x7ffffe, 0x7fffff), fc.nat(254))
  .map(([fraction, exponent]) => exponent * 0x800000 + fraction);

/** A positive float32 and its boundaries, times 2^151: whole numbers. What stands on a boundary belongs to an even significand. */
const exactly = (pattern: number) => {
  const exponent = Math.floor(pattern / 0x800000);
  const fraction = pattern % 0x800000;
  const scale = BigInt(Math.max(exponent, 1) - 1);
  const quarters = 4n * BigInt(exponent === 0 ? fraction : fraction + 0x800000);
  return {
    value: quarters << scale,
    low: (quarters - (fraction === 0 && exponent > 1 ? 1n : 2n)) << scale,
    high: (quarters + 2n) << scale,
    inclusive: fraction % 2 === 0,
  };
};

const powerOf10 = (exponent: number): bigint => 10n ** BigInt(exponent);
const distance = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a);

/**
 * Java's rule in exact arithmetic: of the decimals that round to the float32 those of the fewest digits, but not under two; of these the
 * nearest to the float32; of two as near the one with the even last digit.
 *
 * @param pattern - the bits of a positive number
 * @returns digits and exponent: 15 and -1 for 1.5
 */
const shortestDecimal = (pattern: number): { digits: bigint; exponent: number } => {
  const { value, low, high, inclusive } = exactly(pattern);
  const approximate = Math.floor(Math.log10(floatOf(pattern)));
  for (let length = 2; ; length++) {
    const decimals = [-1, 0, 1].flatMap((guess) => {
      const exponent = approximate + guess - length + 1;
      // All times 10^60 and 2^151, since no exponent is below -60.
      const unit = powerOf10(60 + exponent) << 151n;
      const below = (value * powerOf10(60)) / unit;
      return [below, below + 1n]
        .filter((digits) => digits.toString().length === length)
        .filter((digits) => {
          const [decimal, from, to] = [digits * unit, low * powerOf10(60), high * powerOf10(60)];
          return (decimal > from && decimal < to) || (inclusive && (decimal === from || decimal === to));
        })
        .map((digits) => ({ digits, exponent, distance: distance(digits * unit, value * powerOf10(60)) }));
    });
    const [best] = decimals.sort((a, b) => {
      if (a.distance !== b.distance) return a.distance < b.distance ? -1 : 1;
      return a.digits % 2n === 0n ? -1 : 1;
    });
    if (best) return { digits: best.digits, exponent: best.exponent };
  }
};

/** Digits and exponent of what has been printed. */
const parts = (text: string): { digits: bigint; exponent: number } => {
  const [, whole = '', fraction = '', exponent = '0'] = /^(\d+)\.(\d+)(?:E(-?\d+))?$/.exec(text) ?? [];
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
};

/** Without zeros at the end, so that 10e-1 equals 1e0. */
const stripped = ({ digits, exponent }: { digits: bigint; exponent: number }): { digits: bigint; exponent: number } =>
  digits % 10n === 0n ? stripped({ digits: digits / 10n, exponent: exponent + 1 }) : { digits, exponent };

describe('the text of a float32', () => {
  it.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [-2, '-2.0'],
    [0.1, '0.1'],
    [0.10000000149011612, '0.1'],
    [1 / 3, '0.33333334'],
    [-0.006929283495992422, '-0.0069292835'],
    [123.456, '123.456'],
    [100, '100.0'],
    [1.00390625, '1.0039062'],
    [0.001, '0.001'],
    [9.999999e-4, '9.999999E-4'],
    [7.7057e-4, '7.7057E-4'],
    [9999999, '9999999.0'],
    [1e7, '1.0E7'],
    [16777216, '1.6777216E7'],
    [33554432, '3.3554432E7'],
    [2 ** -103, '9.8607613E-32'],
    [1e23, '1.0E23'],
    [-1.5e-10, '-1.5E-10'],
    // The smallest normal number: Java's constant is written with a ninth digit, which it does not need.
    [1.17549435e-38, '1.1754944E-38'],
    [1.1754942e-38, '1.1754942E-38'],
    [-1.01946067e-16, '-1.01946067E-16'],
    [3.4028235e38, '3.4028235E38'],
    [1.4e-45, '1.4E-45'],
    [2.8e-45, '2.8E-45'],
    [9.8e-45, '9.8E-45'],
    [2.9e-44, '2.9E-44'],
  ])('of %d is %s', (value, text) => {
    expect(float32Text(value)).toBe(text);
  });

  it('is JSON that reads back as the same float32', () => {
    fc.assert(
      fc.property(fc.oneof(bits, edgeBits), (pattern) => {
        const value = floatOf(pattern);
        expect(Math.fround(JSON.parse(float32Text(value)) as number)).toBe(value);
      }),
      { numRuns: 10_000 },
    );
  });

  it('has the digits that exact arithmetic finds', () => {
    fc.assert(
      fc.property(fc.oneof(bits, edgeBits), (pattern) => {
        const positive = pattern % 2 ** 31;
        fc.pre(positive !== 0);
        expect(stripped(parts(float32Text(floatOf(positive))))).toEqual(stripped(shortestDecimal(positive)));
      }),
      { numRuns: 5000 },
    );
  });

  it('has the digits that exact arithmetic finds for every power of two and the hundred smallest numbers', () => {
    const powers = Array.from({ length: 254 }, (_, index) => (index + 1) * 0x800000);
    const smallest = Array.from({ length: 100 }, (_, index) => index + 1);
    const patterns = [...powers, ...smallest];
    expect(patterns.map((pattern) => stripped(parts(float32Text(floatOf(pattern)))))).toEqual(
      patterns.map((pattern) => stripped(shortestDecimal(pattern))),
    );
  });

  it('has a point from 0.001 to below 10^7 and an exponent elsewhere', () => {
    fc.assert(
      fc.property(fc.oneof(bits, edgeBits), (pattern) => {
        const value = floatOf(pattern);
        const size = Math.abs(value);
        const plain = size === 0 || (size >= Math.fround(0.001) && size < 1e7);
        expect(float32Text(value)).toMatch(plain ? /^-?(0|[1-9]\d*)\.\d+$/ : /^-?[1-9]\.\d+E-?[1-9]\d?$/);
      }),
    );
  });

  it('rounds other numbers to float32 first', () => {
    fc.assert(
      fc.property(fc.double({ min: -3.4e38, max: 3.4e38, noNaN: true }), (value) => {
        expect(float32Text(value)).toBe(float32Text(Math.fround(value)));
      }),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3.5e38, -1e300])(
    'does not exist for %d',
    (value) => {
      expect(() => float32Text(value)).toThrow(RangeError);
      expect(() => encodeFloats([0, value])).toThrow(RangeError);
    },
  );
});

describe('a list of float32 numbers', () => {
  it('is a JSON array', () => {
    expect(textOf(encodeFloats([0.1, -2, 0, 7.7057e-4]))).toBe('[0.1,-2.0,0.0,7.7057E-4]');
    expect(textOf(encodeFloats([]))).toBe('[]');
  });

  it('may be part of a typed array', () => {
    expect(textOf(encodeFloats(new Float32Array([1, 0.1, 0.2, 3]).subarray(1, 3)))).toBe('[0.1,0.2]');
    expect(textOf(encodeFloats(new Float64Array([0.1, 0.2])))).toBe('[0.1,0.2]');
  });

  it('has the text of each number', () => {
    fc.assert(
      fc.property(fc.array(bits), (patterns) => {
        const values = patterns.map(floatOf);
        expect(textOf(encodeFloats(values))).toBe(`[${values.map(float32Text).join(',')}]`);
      }),
    );
  });
});

describe('a byte writer', () => {
  it('appends texts and numbers in order', () => {
    const writer = new ByteWriter();
    writer.text('{"text_embedding":[{"embedding":');
    writer.floats([0.1, -2]);
    writer.text('}],"é🎈":');
    writer.float(1 / 3);
    writer.text('}');
    expect(textOf(writer.toBuffer())).toBe('{"text_embedding":[{"embedding":[0.1,-2.0]}],"é🎈":0.33333334}');
  });

  it('is empty at first', () => {
    expect(new ByteWriter().toBuffer()).toHaveLength(0);
  });

  // The longest text that a float32 has, so that room runs out if it does at all.
  const longest = { value: -1.01946067e-16, text: '-1.01946067E-16' };
  const sizes = Array.from({ length: 1500 }, (_, index) => index);

  it('has room for one number after the other', () => {
    const writer = new ByteWriter();
    for (const _ of sizes) writer.float(longest.value);
    expect(textOf(writer.toBuffer())).toBe(longest.text.repeat(sizes.length));
  });

  it('has room for one text after the other, of up to three bytes per character', () => {
    const writer = new ByteWriter();
    for (const size of sizes) writer.text('語'.repeat(size % 100));
    const expected = sizes.map((size) => '語'.repeat(size % 100)).join('');
    expect(textOf(writer.toBuffer())).toBe(expected);
  });

  it('has room for a list of any length', () => {
    const list = (size: number) => `[${Array.from({ length: size }, () => longest.text).join(',')}]`;
    const wrong = sizes.filter((size) => {
      const writer = new ByteWriter();
      writer.text('a');
      writer.floats(Array.from({ length: size }, () => longest.value));
      writer.text('b');
      return textOf(writer.toBuffer()) !== `a${list(size)}b`;
    });
    expect(wrong).toEqual([]);
  });

  it('drops a list that has no JSON', () => {
    const writer = new ByteWriter();
    writer.text('[');
    expect(() => writer.floats([1, Number.NaN])).toThrow(RangeError);
    writer.text(']');
    expect(textOf(writer.toBuffer())).toBe('[]');
  });
});
