import fc from 'fast-check';
import { anyValue } from './arbitrary-request.ts';

type Step = string | number;
type Path = readonly Step[];

const childrenOf = (value: unknown): readonly (readonly [Step, unknown])[] => {
  if (Array.isArray(value)) return value.map((element, index) => [index, element] as const);
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
};

/** Where something stands in a JSON value, its root first. */
export const placesOf = (value: unknown, path: Path = []): readonly Path[] => [
  path,
  ...childrenOf(value).flatMap(([step, inside]) => placesOf(inside, [...path, step])),
];

/** The value with what `change` makes of one place in it; undefined takes the place away. */
export const changedAt = (value: unknown, [step, ...rest]: Path, change: (inside: unknown) => unknown): unknown => {
  if (step === undefined) return change(value);
  const entries = childrenOf(value).flatMap(([name, inside]) => {
    const changed = name === step ? changedAt(inside, rest, change) : inside;
    return changed === undefined ? [] : [[name, changed] as const];
  });
  return Array.isArray(value) ? entries.map(([, inside]) => inside) : Object.fromEntries(entries);
};

const names = fc.oneof(
  fc.constantFrom(
    'task_type',
    'service',
    'rate_limit',
    'api_key',
    'url',
    'model_id',
    'stream',
    'type',
    'a',
    '__proto__',
  ),
  fc.string(),
);

/**
 * Good bodies, and the same with something wrong in one place, at whatever depth: another value, nothing, or something besides.
 *
 * @param sharePerTen - how many of ten stay good
 */
export const nearValid = (good: unknown, sharePerTen = 4): fc.Arbitrary<unknown> => {
  const places = placesOf(good);
  const wrong = fc
    .tuple(fc.constantFrom(...places), fc.constantFrom('replace', 'remove', 'add'), anyValue, names)
    .map(([place, how, value, name]) => {
      if (how === 'add')
        return changedAt(good, place, (inside) =>
          Array.isArray(inside) ? [...inside, value] : { ...Object(inside), [name]: value },
        );
      return changedAt(good, place, () => (how === 'remove' && place.length > 0 ? undefined : value));
    });
  return fc.oneof(
    { weight: sharePerTen, arbitrary: fc.constant(good) },
    { weight: 10 - sharePerTen, arbitrary: wrong },
  );
};
