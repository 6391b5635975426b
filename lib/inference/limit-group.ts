import { hash } from 'node:crypto';

type LimitGroup = {
  readonly service: string;
  /** Texts by name; what is none is not set, and not stored either. */
  readonly secrets: object;
  /** The host that is called. */
  readonly host: string;
  /** What the service's descriptor names: model, deployment, account. */
  readonly parts: readonly unknown[];
  /** Requests per minute. */
  readonly perMinute: number;
};

const sha256 = (value: unknown): string => hash('sha256', JSON.stringify(value));

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

const given = (secrets: object): readonly (readonly [string, unknown])[] =>
  Object.entries(secrets).filter(([, value]) => typeof value === 'string');

/** Secrets are the same object from call to call, as long as the cache keeps them. */
const hashes = new WeakMap<object, string>();

const hashOf = (secrets: object): string => {
  const known = hashes.get(secrets) ?? sha256(given(secrets).toSorted(byName));
  hashes.set(secrets, known);
  return known;
};

/**
 * The name of the bucket that endpoints share when all of this is equal.
 *
 * @returns 64 hexadecimal digits. Callers see them when a queue is full, and they are keys of the rate-limit table: what went in
 *   cannot be read from them
 */
export const limitGroup = ({ service, secrets, host, parts, perMinute }: LimitGroup): string =>
  sha256([service, hashOf(secrets), host, parts, perMinute]);
