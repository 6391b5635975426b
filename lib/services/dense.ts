import * as z from 'zod';
import { statusException } from '../api/errors.ts';
import { fitsFloat } from '../api/float.ts';
import type { InferenceResult, Vector } from '../api/results.ts';

const isVector = (value: unknown): value is readonly number[] => {
  if (!Array.isArray(value)) return false;
  // A plain loop: one answer may hold millions of numbers.
  for (let i = 0; i < value.length; i += 1) {
    const number: unknown = value[i];
    if (typeof number !== 'number' || !fitsFloat(number)) return false;
  }
  return true;
};

/** A vector as a JSON list of numbers; packed, so that an answer of millions of numbers takes half the memory while others are read. */
export const vector = z
  .custom<readonly number[]>(isVector, 'is no list of numbers')
  .transform((numbers) => Float32Array.from(numbers));

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** A vector as base64 of packed little-endian float32 numbers. */
const unpack = (text: string): Vector | undefined => {
  const bytes = Buffer.from(text, 'base64');
  if (text.length % 4 !== 0 || !base64.test(text) || bytes.length % 4 !== 0) return undefined;
  // A copy: a pooled buffer need not start at a multiple of four.
  const vector = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return vector.every(Number.isFinite) ? vector : undefined;
};

/** Either form; providers answer both, even mixed. */
export const vectorOrPacked = z.unknown().transform((value, context): Vector => {
  if (isVector(value)) return Float32Array.from(value);
  const vector = typeof value === 'string' ? unpack(value) : undefined;
  if (vector) return vector;
  context.addIssue({ code: 'custom', message: 'is neither a list of numbers nor base64 of them', input: null });
  return z.NEVER;
});

type DenseSettings = {
  readonly dimensions?: number | undefined;
  readonly dimensions_set_by_user?: boolean | undefined;
  readonly similarity?: string | undefined;
};

/**
 * The vector length that the validation call shows.
 *
 * @param perNumber - dimensions that one number of an answer stands for: 8 where vectors are packed bits
 * @throws InferenceError 400 when the user asked for another length
 */
export const probedDimensions = (
  settings: DenseSettings,
  result: InferenceResult,
  id: string,
  perNumber: 1 | 8 = 1,
): number => {
  const length = perNumber * (result.kind === 'dense' ? (result.rows[0]?.embedding.length ?? 0) : 0);
  if (length === 0) throw statusException(400, 'Could not determine embedding size. The answer holds no embedding.');
  const { dimensions = length } = settings;
  if (settings.dimensions_set_by_user && dimensions !== length) {
    throw statusException(
      400,
      `The retrieved embeddings size [${length}] does not match the size specified in the settings [${dimensions}]. Please recreate the [${id}] configuration with the correct dimensions`,
    );
  }
  return length;
};

/**
 * What the validation call teaches about a dense model: its vector length, and the similarity where the user named none.
 *
 * @throws InferenceError 400 when the user asked for another length
 */
export const discoverDimensions = <S extends DenseSettings>(
  settings: S,
  result: InferenceResult,
  id: string,
  similarity: 'cosine' | 'dot_product' | 'l2_norm',
): S => ({
  ...settings,
  dimensions: probedDimensions(settings, result, id),
  similarity: settings.similarity ?? similarity,
});
