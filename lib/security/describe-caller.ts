import type { Handler } from '../http/types.ts';

const realm = { name: '_es_api_key', type: '_es_api_key' };

/**
 * `GET _security/_authenticate`: who calls.
 *
 * @see Elasticsearch specification, `security/authenticate`; the contract, §15
 */
export const describeCaller: Handler = async ({ caller }) => ({
  json: {
    username: caller.username,
    roles: [],
    full_name: null,
    email: null,
    metadata: {},
    enabled: true,
    authentication_realm: realm,
    lookup_realm: realm,
    authentication_type: 'api_key',
    api_key: { id: caller.keyId, name: caller.keyName, managed_by: 'elasticsearch' },
  },
});
