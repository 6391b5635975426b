import * as z from 'zod';

/** One API key as stored. Its secret is not: only what recognises it. */
export const apiKeyRow = z.strictObject({
  /** The shape of this row; a reader that does not know it must not guess. */
  version: z.literal(1),
  id: z.string(),
  name: z.string(),
  /** SHA-256 of the secret, in hexadecimal. */
  secret_hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Milliseconds since 1970, here and below. */
  creation: z.int(),
  expiration: z.int().optional(),
  invalidated: z.boolean(),
  invalidation: z.int().optional(),
  username: z.string(),
  /** Id of the key that made this one. */
  maker: z.string(),
  /** A JSON object as its maker sent it, text, so that numbers and the order of keys stay. */
  metadata: z.string(),
  /** The same: role descriptors by name; `{}` stands for all the rights of the maker. */
  role_descriptors: z.string(),
  /** The same: the rights of the maker at that time, which the key can never exceed. */
  limited_by: z.string(),
  /** What the key may do, the two intersected, in as few cluster privileges as will do. */
  privileges: z.array(z.string()),
  /** Changes with each write: an update names the one it has read. */
  revision: z.string(),
});

export type ApiKeyRow = z.output<typeof apiKeyRow>;

/** Where API keys lie. Every read is consistent. */
export type ApiKeyStore = {
  readonly get: (id: string) => Promise<ApiKeyRow | undefined>;
  /** All of them, in no order. */
  readonly list: () => Promise<readonly ApiKeyRow[]>;
  /** @throws Error when the id is taken; ids are random */
  readonly create: (row: ApiKeyRow) => Promise<void>;
  /** @returns false when the stored revision is no longer `readRevision`, and nothing was written */
  readonly update: (row: ApiKeyRow, readRevision: string) => Promise<boolean>;
};

/** Whether the time of a key is over. A key without an expiration never ends by itself. */
export const isExpired = ({ expiration }: Pick<ApiKeyRow, 'expiration'>, now: number): boolean =>
  expiration !== undefined && expiration <= now;
