import * as z from 'zod';
import { statusException } from '../api/errors.ts';
import type { InferenceResult, Vector } from '../api/results.ts';

const isVector = (value: unknown): value is readonly number[] => {
  if (!Array.isArray(value)) return false;
  // A plain loop: one answer may hold millions of numbers.
  for (let i = 0; i < value.length; i += 1) if (typeof value[i] !== 'number') return false;
  return true;
};

/** A vector as a JSON list of numbers. */
export const vector = z.custom<readonly number[]>(isVector, 'is no list of numbers');

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** A vector as base64 of packed little-endian float32 numbers. */
const packedVector = z.string().transform((text, context): Vector => {
  const bytes = Buffer.from(text, 'base64');
  if (text.length % 4 !== 0 || !base64.test(text) || bytes.length % 4 !== 0) {
    context.addIssue({ code: 'custom', message: 'is no base64 of float32 numbers', input: text });
    return z.NEVER;
  }
  // A copy: a pooled buffer need not start at a multiple of four.
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
});

/** Either form; providers answer both, even mixed. */
export const vectorOrPacked = z.unknown().transform((value, context): Vector => {
  if (isVector(value)) return value;
  const packed = packedVector.safeParse(value);
  if (packed.success) return packed.data;
  context.addIssue({ code: 'custom', message: 'is neither a list of numbers nor base64 of them', input: null });
  return z.NEVER;
});

type DenseSettings = {
  readonly dimensions?: number | undefined;
  readonly dimensions_set_by_user?: boolean | undefined;
  readonly similarity?: string | undefined;
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
): S => {
  const length = result.kind === 'dense' ? (result.rows[0]?.embedding.length ?? 0) : 0;
  if (settings.dimensions_set_by_user && settings.dimensions !== length) {
    throw statusException(
      400,
      `The retrieved embeddings size [${length}] does not match the size specified in the settings [${settings.dimensions}]. Please recreate the [${id}] configuration with the correct dimensions`,
    );
  }
  return { ...settings, dimensions: length, similarity: settings.similarity ?? similarity };
};
