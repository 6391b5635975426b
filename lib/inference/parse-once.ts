import type * as z from 'zod';

/** By schema, then by what was parsed. Weak: what the caches of endpoints and secrets let go is forgotten here too. */
const parsed = new WeakMap<z.ZodType, WeakMap<object, unknown>>();

const parsedBy = (schema: z.ZodType): WeakMap<object, unknown> => {
  const known = parsed.get(schema) ?? new WeakMap<object, unknown>();
  parsed.set(schema, known);
  return known;
};

/**
 * Parses what is stored. The caches give each call the same object until it is read again, and so does this.
 *
 * @param stored - nobody changes it, nor what comes back
 * @throws ZodError
 */
export const parseOnce = <T>(schema: z.ZodType<T>, stored: object): T => {
  const known = parsedBy(schema);
  if (!known.has(stored)) known.set(stored, schema.parse(stored));
  // What is kept under this schema came out of it.
  return known.get(stored) as T;
};
