import { randomInt } from 'node:crypto';
import * as z from 'zod';

const version = z.strictObject({ id: z.string(), value: z.string(), created: z.number() });

/** One secret as the stand-in keeps it. Times are milliseconds since 1970. */
export const secretRecord = z.strictObject({
  name: z.string(),
  arn: z.string(),
  /** `AWSCURRENT`, then `AWSPREVIOUS` if there was one before. */
  versions: z.tuple([version], version).refine((versions) => versions.length <= 2),
  created: z.number(),
  changed: z.number(),
  /** When it was marked for deletion, and from when on it is gone. */
  deletion: z.strictObject({ marked: z.number(), due: z.number() }).optional(),
});

export type SecretRecord = z.output<typeof secretRecord>;
export type SecretVersion = z.output<typeof version>;

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** As AWS does, six random characters after the name, so that a secret made anew has another ARN. */
export const newArn = (name: string): string => {
  const suffix = Array.from({ length: 6 }, () => letters.charAt(randomInt(letters.length))).join('');
  return `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}-${suffix}`;
};

/** A `SecretId` is a name or an ARN. */
export const nameOf = (secretId: string): string =>
  secretId.replace(/^arn:aws:secretsmanager:[^:]*:[^:]*:secret:(.*)-[A-Za-z0-9]{6}$/, '$1');
