import type { Caller } from '../http/types.ts';
import type { ApiKeyRow, ApiKeyStore } from './api-key-row.ts';
import { allows, forbidden } from './privileges.ts';

/** The realm that Elasticsearch's built-in users are of; every key stands for one of them. */
export const realm = 'reserved';

/** Which keys a request is about. What is absent or blank does not restrict. */
export type Selection = {
  readonly ids?: readonly string[] | undefined;
  /** With `*` at its end, all names that begin so. */
  readonly name?: string | undefined;
  readonly username?: string | undefined;
  readonly realmName?: string | undefined;
  /** Those of the caller's user alone. */
  readonly owner: boolean;
};

/** Above this many, one look over all keys costs less than one for each. */
const fewIds = 25;

export const hasText = (text: string | undefined): text is string => text !== undefined && text.trim() !== '';

/** The text; undefined for a blank one. */
const textOf = (text: string | undefined): string | undefined => (hasText(text) ? text : undefined);

const nameMatches = (name: string, pattern: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

/** The key of the caller itself, and those that were made with it. */
const belongsTo = (row: ApiKeyRow, caller: Caller): boolean => row.id === caller.keyId || row.maker === caller.keyId;

/**
 * Whether a caller may reach any key, or its own alone.
 *
 * @param enough - the privileges that reach any key
 * @throws InferenceError 403 when it may reach its own alone and does not ask for them
 */
const reachesAny = (caller: Caller, selection: Selection, action: string, enough: readonly string[]): boolean => {
  if (enough.some((privilege) => allows(caller.privileges, privilege))) return true;
  const { owner, ids } = selection;
  const asksForItself = ids !== undefined && ids.length > 0 && ids.every((id) => id === caller.keyId);
  if (!owner && !asksForItself) throw forbidden(caller, action, enough);
  return false;
};

/**
 * The keys that a request is about and that its caller may reach, oldest first.
 *
 * With `manage_own_api_key` alone a caller reaches its own key and those made with it, and must ask for them: by `owner`, or by
 * the id of its own key.
 *
 * @param enough - the privileges that reach any key
 * @throws InferenceError 403 `security_exception`
 */
export const selectApiKeys = async (
  keys: Pick<ApiKeyStore, 'get' | 'list'>,
  caller: Caller,
  selection: Selection,
  { action, enough }: { readonly action: string; readonly enough: readonly string[] },
): Promise<readonly ApiKeyRow[]> => {
  const any = reachesAny(caller, selection, action, enough);
  const { owner } = selection;
  const name = textOf(selection.name);
  const username = textOf(selection.username);
  const realmName = textOf(selection.realmName);
  const ids = selection.ids && new Set(selection.ids);
  const rows = ids && ids.size <= fewIds ? await Promise.all([...ids].map(keys.get)) : await keys.list();
  return rows
    .filter((row) => row !== undefined)
    .filter(
      (row) =>
        (any || belongsTo(row, caller)) &&
        (!ids || ids.has(row.id)) &&
        (name === undefined || nameMatches(row.name, name)) &&
        (username === undefined || row.username === username) &&
        (realmName === undefined || realmName === realm) &&
        (!owner || row.username === caller.username),
    )
    .sort((a, b) => a.creation - b.creation || (a.id < b.id ? -1 : 1));
};
