import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { actionRequestValidation } from '../api/errors.ts';
import { list } from '../api/schema-steps.ts';
import type { Handler } from '../http/types.ts';
import type { ApiKeyRow, ApiKeyStore } from './api-key-row.ts';
import { asText, readBody, requireBody } from './read-body.ts';
import { hasText, selectApiKeys } from './select-api-keys.ts';

const action = 'cluster:admin/xpack/security/api_key/invalidate';
const enough = ['manage_api_key'];

const body = z.strictObject({
  ids: z.preprocess((value) => (typeof value === 'string' ? [value] : value), list(z.string(), asText).optional()),
  name: z.string().optional(),
  owner: z.boolean().default(false),
  username: z.string().optional(),
  realm_name: z.string().optional(),
});

type Body = z.output<typeof body>;

const idProblems = (ids: readonly string[]): readonly string[] => {
  if (ids.length === 0) return ['Field [ids] cannot be an empty array'];
  const blank = ids.flatMap((id, index) => (hasText(id) ? [] : [index]));
  if (blank.length === 0) return [];
  const [noun, place] = blank.length === 1 ? ['id', 'position'] : ['ids', 'positions'];
  return [`Field [ids] must not contain blank id, but got blank ${noun} at index ${place}: [${blank.join(', ')}]`];
};

const problems = ({ ids, name, owner, username, realm_name: realmName }: Body): readonly string[] => {
  if (ids) {
    const wrong = idProblems(ids);
    if (wrong.length > 0) return wrong;
  }
  const ofUser = hasText(username) || hasText(realmName);
  return [
    ...(!ids && !hasText(name) && !ofUser && !owner
      ? ['One of [api key id(s), api key name, username, realm name] must be specified if [owner] flag is false']
      : []),
    ...((ids || hasText(name)) && ofUser
      ? ['username or realm name must not be specified when the api key id(s) or api key name are specified']
      : []),
    ...(owner && ofUser ? ['neither username nor realm-name may be specified when invalidating owned API keys'] : []),
    ...(ids && hasText(name) ? ['only one of [api key id(s), api key name] can be specified'] : []),
  ];
};

type Outcome = 'invalidated' | 'previously' | 'gone';

/** A row that another process changes meanwhile is read again: then that one has invalidated it. */
const invalidate = async (keys: ApiKeyStore, row: ApiKeyRow, now: () => number): Promise<Outcome> => {
  for (let read: ApiKeyRow | undefined = row; read; read = await keys.get(row.id)) {
    if (read.invalidated) return 'previously';
    const changed = { ...read, invalidated: true, invalidation: now(), revision: randomUUID() };
    if (await keys.update(changed, read.revision)) return 'invalidated';
  }
  return 'gone';
};

/**
 * `DELETE _security/api_key`: invalidates keys for ever. One that fails does not keep the others: it is counted and described.
 *
 * @param forget - told of each id, since what this process knows of it no longer holds
 * @throws InferenceError 400 for a body that does not fit, 403 for keys beyond the caller's reach
 * @see Elasticsearch specification, `security/invalidate_api_key`; the contract, §15
 */
export const invalidateApiKeys =
  (keys: ApiKeyStore, forget: (id: string) => void, now: () => number): Handler =>
  async (request) => {
    const sent = readBody(body, 'invalidate_api_key', requireBody(request.body));
    const wrong = problems(sent);
    if (wrong.length > 0) throw actionRequestValidation(wrong);
    const selection = { ...sent, realmName: sent.realm_name };
    const rows = await selectApiKeys(keys, request.caller, selection, { action, enough });

    const done: Record<Outcome | 'failed', string[]> = { invalidated: [], previously: [], gone: [], failed: [] };
    for (const row of rows) {
      try {
        done[await invalidate(keys, row, now)].push(row.id);
      } catch (error) {
        request.log.error('An API key could not be invalidated', { id: row.id, error });
        done.failed.push(row.id);
      }
      forget(row.id);
    }
    return {
      json: {
        invalidated_api_keys: done.invalidated,
        previously_invalidated_api_keys: done.previously,
        error_count: done.failed.length,
        ...(done.failed.length > 0 && {
          error_details: done.failed.map((id) => ({ type: 'exception', reason: `Error invalidating api key [${id}]` })),
        }),
      },
    };
  };
