/**
 * The fewest digits that read back as the same float32.
 *
 * A float32 is a significand of 24 bits times its ulp (unit in the last place), a power of two. Its digits are counted in the power of
 * ten that goes 10 to 100 times into the ulp. The ulp in such units is kept in two parts, so that the product with a significand is
 * precise enough for every comparison below to come out as in exact arithmetic.
 */

/** For each biased exponent but that of infinity: the exponent of the decimal unit. */
const units = new Int8Array(255);
/** The ulp in decimal units: 29 bits of it, which make an exact product, and the rest. */
const ulps = new Float64Array(255);
const ulpRests = new Float64Array(255);

for (let exponent = 0; exponent < 255; exponent++) {
  const binary = Math.max(exponent, 1) - 150;
  const decimal = Math.floor(binary * Math.log10(2)) - 1;
  const power = 10n ** BigInt(Math.abs(decimal));
  // Times 2^82: 22 bits behind the point belong to the first part, 60 to the second.
  const shift = BigInt(binary + 82);
  const ulp = decimal < 0 ? power << shift : (1n << shift) / power;
  units[exponent] = decimal;
  ulps[exponent] = Number(ulp >> 60n) / 2 ** 22;
  ulpRests[exponent] = Number(BigInt.asUintN(60, ulp)) / 2 ** 82;
}

/** More than rounding can shift a distance (1e-13 units), less than any distance from a decimal to a boundary but 0 (1e-9). */
const tolerance = 1e-12;

const isOdd = (integer: number): boolean => (integer & 1) === 1;

/** The nearest integer; of two the even one. `| 0` here and below, since `Math.round` and `%` of doubles cost five times as much. */
const nearest = (value: number): number => {
  const rounded = (value + 0.5) | 0;
  return rounded - value === 0.5 && isOdd(rounded) ? rounded - 1 : rounded;
};

/** Looks between two boundaries for a multiple of 100, of 10 or of 1 that has at least two digits. */
const searchBySteps = (product: number, rest: number, below: number, above: number): number => {
  const base = product - (product % 1000);
  const value = product - base + rest;
  for (let step = 100; ; step /= 10) {
    if (product < 10 * step) continue;
    const first = Math.ceil((value - below) / step);
    const last = Math.floor((value + above) / step);
    if (first <= last) return (base + step * Math.min(Math.max(nearest(value / step), first), last)) | 0;
  }
};

/** Decimal exponent of the units in which `shortestDigits` counts. */
export const decimalUnit = (exponent: number): number => units[exponent] ?? 0;

/**
 * The shortest decimal of at least two digits that reads back as the float32; of several the nearest to it, of two as near the even one.
 *
 * @param significand - with its hidden bit, not 0
 * @param exponent - biased, below 255
 * @returns a multiple of `decimalUnit(exponent)` below 2^31; it may end in zeros
 */
export const shortestDigits = (significand: number, exponent: number): number => {
  const ulp = ulps[exponent] ?? 0;
  const ulpRest = ulpRests[exponent] ?? 0;
  const product = significand * ulp;
  const rest = significand * ulpRest;
  // Halfway to the next float32; what stands just there reads back as the even significand.
  const half = ulp / 2 + ulpRest / 2 + (isOdd(significand) ? -tolerance : tolerance);
  // Tiny numbers have fewer digits than the steps below take for granted.
  if (product < 1000) return searchBySteps(product, rest, half, half);
  // Below a power of two floats lie twice as close as above it.
  if (significand === 0x800000 && exponent > 1) return searchBySteps(product, rest, half / 2, half);

  // All others have one multiple of 10 at least, and one of 100 at most, between their boundaries.
  const whole = product | 0;
  const base = whole - (whole % 100);
  const value = product - base + rest;
  const hundreds = value < 50 ? 0 : 100;
  return base + (Math.abs(value - hundreds) <= half ? hundreds : 10 * nearest(value / 10));
};
