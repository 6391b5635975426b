import { hash } from 'node:crypto';
import type { ApiKeyRow } from '../../lib/security/api-key-row.ts';

/** The secret of `exampleApiKey`; it holds a colon, since only the first one parts id and secret. */
export const exampleSecret = 'a:secret';

/** A key that may run inference; `changes` replace single fields. */
export const exampleApiKey = (changes: Partial<ApiKeyRow> = {}): ApiKeyRow => ({
  version: 1,
  id: 'k1',
  name: 'search app',
  secret_hash: hash('sha256', exampleSecret, 'hex'),
  creation: 1_790_000_000_000,
  invalidated: false,
  username: 'elastic',
  maker: 'root',
  metadata: '{}',
  role_descriptors: '{"r":{"cluster":["monitor_inference"]}}',
  limited_by: '{"root":{"cluster":["all"]}}',
  privileges: ['monitor_inference'],
  revision: 'first',
  ...changes,
});

/** An `Authorization` header as the official clients send it. */
export const apiKeyHeader = (id: string, secret: string): string =>
  `ApiKey ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
