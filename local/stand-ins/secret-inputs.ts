import { randomUUID } from 'node:crypto';
import * as z from 'zod';

const maxSecretBytes = 65_536;

const secretId = z.string().min(1);
const secretString = z
  .string()
  .min(1)
  .refine((text) => Buffer.byteLength(text) <= maxSecretBytes, `Takes up to ${maxSecretBytes} bytes`);
/** The SDK makes one for each call and keeps it when it repeats the call; it becomes the version's id. */
const token = z
  .string()
  .min(1)
  .default(() => randomUUID());

/** What each call takes, of what AWS takes. */
export const inputs = {
  create: z.object({
    Name: z.string().regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/),
    SecretString: secretString,
    ClientRequestToken: token,
  }),
  put: z.object({ SecretId: secretId, SecretString: secretString, ClientRequestToken: token }),
  get: z.object({ SecretId: secretId, VersionId: z.string().optional(), VersionStage: z.string().optional() }),
  delete: z
    .object({
      SecretId: secretId,
      RecoveryWindowInDays: z.int().min(7).max(30).optional(),
      ForceDeleteWithoutRecovery: z.boolean().default(false),
    })
    .refine((input) => !(input.ForceDeleteWithoutRecovery && input.RecoveryWindowInDays), 'Takes one of the two'),
  one: z.object({ SecretId: secretId }),
  list: z.object({
    MaxResults: z.int().min(1).max(100).default(100),
    NextToken: z.string().default(''),
    IncludePlannedDeletion: z.boolean().default(false),
    /** Beginnings of names; AWS filters by more. */
    Filters: z.array(z.object({ Key: z.literal('name'), Values: z.array(z.string()).min(1) })).default([]),
  }),
};
