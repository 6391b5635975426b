import { actionRequestValidation, illegalArgument } from '../api/errors.ts';
import { parseJson } from '../api/json.ts';
import type { Handler } from '../http/types.ts';
import { type ApiKeyRow, type ApiKeyStore, isExpired } from './api-key-row.ts';
import { allows, forbidden } from './privileges.ts';
import { hasText, realm, selectApiKeys } from './select-api-keys.ts';

const action = 'cluster:admin/xpack/security/api_key/get';
const enough = ['read_security', 'manage_api_key'];

type Query = Readonly<Record<string, string>>;

const flag = (query: Query, name: string): boolean => {
  const value = query[name];
  if (value === undefined || value === 'false') return false;
  if (value === '' || value === 'true') return true;
  throw illegalArgument(`Failed to parse value [${value}] as only [true] or [false] are allowed.`);
};

const problems = ({ id, name, username, realm_name: realmName }: Query, owner: boolean): readonly string[] => {
  const ofUser = hasText(username) || hasText(realmName);
  return [
    ...((hasText(id) || hasText(name)) && ofUser
      ? ['username or realm name must not be specified when the api key id or api key name is specified']
      : []),
    ...(owner && ofUser ? ['neither username nor realm-name may be specified when retrieving owned API keys'] : []),
    ...(hasText(id) && hasText(name) ? ['only one of [api key id, api key name] can be specified'] : []),
  ];
};

/** A key as Elasticsearch shows it: all but its secret. */
const shown = (row: ApiKeyRow, withLimitedBy: boolean) => ({
  id: row.id,
  name: row.name,
  type: 'rest',
  creation: row.creation,
  ...(row.expiration !== undefined && { expiration: row.expiration }),
  invalidated: row.invalidated,
  ...(row.invalidation !== undefined && { invalidation: row.invalidation }),
  username: row.username,
  realm,
  realm_type: realm,
  metadata: parseJson(row.metadata).value,
  role_descriptors: parseJson(row.role_descriptors).value,
  ...(withLimitedBy && { limited_by: [parseJson(row.limited_by).value] }),
});

/**
 * `GET _security/api_key`: the keys that the query selects; 404 with an empty list when it names an id that none has.
 *
 * @throws InferenceError 400 for parameters that exclude each other, 403 for keys beyond the caller's reach
 * @see Elasticsearch specification, `security/get_api_key`; the contract, §15
 */
export const getApiKeys =
  (keys: Pick<ApiKeyStore, 'get' | 'list'>, now: () => number): Handler =>
  async ({ query, caller }) => {
    const { id, name, username, realm_name: realmName } = query;
    const owner = flag(query, 'owner');
    const withLimitedBy = flag(query, 'with_limited_by');
    const activeOnly = flag(query, 'active_only');
    const wrong = problems(query, owner);
    if (wrong.length > 0) throw actionRequestValidation(wrong);
    // What limits a key tells of its maker's rights: not for the key itself to see.
    if (withLimitedBy && !enough.some((privilege) => allows(caller.privileges, privilege)))
      throw forbidden(caller, action, enough);
    const ids = hasText(id) ? [id] : undefined;
    const rows = await selectApiKeys(keys, caller, { ids, name, username, realmName, owner }, { action, enough });
    const at = now();
    const found = rows.filter((row) => !activeOnly || !(row.invalidated || isExpired(row, at)));
    return {
      status: ids && found.length === 0 ? 404 : 200,
      json: { api_keys: found.map((row) => shown(row, withLimitedBy)) },
    };
  };
