import type { Handlers } from '../http/serve.ts';
import type { ApiKeyStore } from './api-key-row.ts';
import { createApiKey } from './create-api-key.ts';
import { describeCaller } from './describe-caller.ts';
import { getApiKeys } from './get-api-keys.ts';
import { hasPrivileges } from './has-privileges.ts';
import { invalidateApiKeys } from './invalidate-api-keys.ts';

type SecurityOptions = {
  readonly keys: ApiKeyStore;
  /** Told of each key that was invalidated, so that this process sees it at once. */
  readonly forget: (id: string) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

/** What answers the routes under `_security`. */
export const securityHandlers = ({ keys, forget, now = Date.now }: SecurityOptions): Handlers<'security'> => ({
  createApiKey: createApiKey(keys, now),
  getApiKeys: getApiKeys(keys, now),
  invalidateApiKeys: invalidateApiKeys(keys, forget, now),
  authenticate: describeCaller,
  hasPrivileges,
});
