import { createHash } from 'node:crypto';
import type { Secrets } from '../inference/ports.ts';

type LimitGroup = {
  readonly service: string;
  readonly secrets: Secrets;
  /** The host that is called. */
  readonly host: string;
  /** What the service's descriptor names: model, deployment, region. */
  readonly parts: readonly unknown[];
  /** Requests per minute. */
  readonly perMinute: number;
};

const sha256 = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : 1);

/**
 * The name of the bucket that endpoints share when all of this is equal.
 *
 * @returns 64 hexadecimal digits. Callers see them when a queue is full, and they are keys of the rate-limit table: what went in
 *   cannot be read from them
 */
export const limitGroup = ({ service, secrets, host, parts, perMinute }: LimitGroup): string =>
  sha256([service, sha256(Object.entries(secrets).sort(byName)), host, parts, perMinute]);
