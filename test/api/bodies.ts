import fc from 'fast-check';
import { type JsonDocument, parseJson } from '../../lib/api/json.ts';

/** A body as a caller sends it. */
export const bodyOf = (value: unknown): JsonDocument => parseJson(JSON.stringify(value));

/** Anything, but with the given names again and again, so that much of it nearly fits. */
export const nearly = (names: readonly string[], words: readonly string[]): fc.Arbitrary<unknown> => {
  const { value } = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, true, false, 0, 1, -1, 1.5, 3e9, 1e20, '', 'a', ...words),
      fc.string(),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('object'),
    ),
    object: fc.dictionary(
      fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: fc.string() }),
      tie('value'),
      { maxKeys: 5 },
    ),
  }));
  return value;
};
