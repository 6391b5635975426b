import { invalid } from './tei-error.ts';

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

const normalized = (vector: Float32Array): Float32Array => {
  const length = Math.sqrt(dot(vector, vector)) || 1;
  return vector.map((value) => value / length);
};

/**
 * The first numbers of a vector, for models that put what matters most first.
 *
 * @param vector - as the model gives it, not scaled
 * @param normalize - whether to scale what stays to length 1
 * @throws TeiError 422 when the vector is shorter
 */
export const shorten = (vector: Float32Array, dimensions: number, normalize: boolean): Float32Array => {
  if (dimensions > vector.length)
    throw invalid(`\`dimensions\` must be at most ${vector.length}, the size of the model's embeddings`);
  const kept = vector.slice(0, dimensions);
  return normalize ? normalized(kept) : kept;
};

/** How alike the directions of two vectors of length 1 are: −1 to 1. */
export const cosine = (a: Float32Array, b: Float32Array): number => dot(a, b);

/** The bytes of a vector, little-endian 32-bit floats, as OpenAI's `encoding_format` `base64` has them. */
export const toBase64 = (vector: Float32Array): string => {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
};
