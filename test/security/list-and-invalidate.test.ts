import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../lib/http/types.ts';
import type { ApiKeyRow, ApiKeyStore } from '../../lib/security/api-key-row.ts';
import { exampleApiKey } from './example-api-key.ts';
import { memoryApiKeyStore } from './memory-api-key-store.ts';
import { admin, playSecurity, refused } from './play-security.ts';

const now = 1_790_000_100_000;

let keys: ReturnType<typeof memoryApiKeyStore>;
let security: ReturnType<typeof playSecurity>;

const rows = [
  { id: 'a', name: 'search app', creation: 1 },
  { id: 'b', name: 'search bot', creation: 2, maker: 'a' },
  { id: 'c', name: 'admin', creation: 3, maker: 'b', username: 'kibana' },
  { id: 'd', name: 'search old', creation: 4, expiration: now },
  { id: 'e', name: 'lost', creation: 5, invalidated: true, invalidation: 6 },
] satisfies Partial<ApiKeyRow>[];

beforeEach(async () => {
  keys = memoryApiKeyStore();
  security = playSecurity(keys, () => now);
  for (const row of rows.toReversed()) await keys.create(exampleApiKey(row));
});

/** The key `a`, with some rights. */
const keyA = (...privileges: string[]): Caller => ({ ...admin, keyId: 'a', keyName: 'search app', privileges });

const get = (query: Readonly<Record<string, string>>, caller?: Caller) =>
  security.play('getApiKeys', { query, ...(caller && { caller }) });
const invalidate = (body: unknown, caller?: Caller) =>
  security.play('invalidateApiKeys', { body, ...(caller && { caller }) });

const listed = (...ids: string[]) => ({
  status: 200,
  json: { api_keys: ids.map((id) => expect.objectContaining({ id })) },
});
const invalid = (reason: string) =>
  refused(400, 'action_request_validation_exception', `Validation Failed: 1: ${reason};`);
const denied = (action: string, privileges: string) =>
  refused(
    403,
    'security_exception',
    `action [cluster:admin/xpack/security/api_key/${action}] is unauthorized for API key id [a] of user [elastic], this action is granted by the cluster privileges [${privileges}]`,
  );

describe('listing keys', () => {
  it.each([
    [{}, ['a', 'b', 'c', 'd', 'e']],
    [{ id: 'b' }, ['b']],
    [{ name: 'search bot' }, ['b']],
    [{ name: 'search*' }, ['a', 'b', 'd']],
    [{ name: '*' }, ['a', 'b', 'c', 'd', 'e']],
    [{ name: 'sea' }, []],
    [{ name: ' ' }, ['a', 'b', 'c', 'd', 'e']],
    [{ owner: 'true' }, ['a', 'b', 'd', 'e']],
    [{ owner: 'false', name: 'a*' }, ['c']],
    [{ owner: '', name: 's*' }, ['a', 'b', 'd']],
    [{ username: 'kibana' }, ['c']],
    [{ username: 'elastic', realm_name: 'reserved' }, ['a', 'b', 'd', 'e']],
    [{ realm_name: 'native' }, []],
    [{ active_only: 'true' }, ['a', 'b', 'c']],
    [{ with_profile_uid: 'true', id: 'a' }, ['a']],
  ])('answers %j with %j, oldest first', async (query, ids) => {
    expect(await get(query)).toEqual(listed(...ids));
  });

  it('shows all of a key but its secret', async () => {
    const row = exampleApiKey({
      id: 'f',
      creation: 7,
      expiration: 8,
      invalidated: true,
      invalidation: 9,
      metadata: '{"team":"a"}',
      role_descriptors: '{"r":{"cluster":["monitor_inference"],"indices":[]}}',
    });
    await keys.create(row);
    const shown = {
      id: 'f',
      name: 'search app',
      type: 'rest',
      creation: 7,
      expiration: 8,
      invalidated: true,
      invalidation: 9,
      username: 'elastic',
      realm: 'reserved',
      realm_type: 'reserved',
      metadata: { team: 'a' },
      role_descriptors: { r: { cluster: ['monitor_inference'], indices: [] } },
    };
    expect(await get({ id: 'f' })).toEqual({ status: 200, json: { api_keys: [shown] } });
    expect(await get({ id: 'f', with_limited_by: 'true' })).toEqual({
      status: 200,
      json: { api_keys: [{ ...shown, limited_by: [{ root: { cluster: ['all'] } }] }] },
    });
  });

  it('gives numbers back digit by digit', async () => {
    await keys.create(exampleApiKey({ id: 'f', metadata: '{"n":12345678901234567890,"d":1.50}' }));
    const request = { query: { id: 'f' } };
    expect(await security.text('getApiKeys', request)).toContain('"metadata":{"n":12345678901234567890,"d":1.50}');
  });

  it.each([[{ id: 'z' }], [{ id: 'e', active_only: 'true' }]])(
    'answers 404 with an empty list to %j',
    async (query) => {
      expect(await get(query)).toEqual({ status: 404, json: { api_keys: [] } });
    },
  );

  it.each([
    [
      { id: 'a', username: 'x' },
      invalid('username or realm name must not be specified when the api key id or api key name is specified'),
    ],
    [
      { owner: 'true', realm_name: 'x' },
      invalid('neither username nor realm-name may be specified when retrieving owned API keys'),
    ],
    [{ id: 'a', name: 'x' }, invalid('only one of [api key id, api key name] can be specified')],
    [
      { owner: 'yes' },
      refused(400, 'illegal_argument_exception', 'Failed to parse value [yes] as only [true] or [false] are allowed.'),
    ],
  ])('refuses %j', async (query, answer) => {
    expect(await get(query)).toEqual(answer);
  });

  it.each([
    [['manage_own_api_key'], { id: 'a' }, ['a']],
    [['manage_own_api_key'], { owner: 'true' }, ['a', 'b']],
    [['manage_own_api_key'], { owner: 'true', name: '*bot' }, []],
    [['manage_own_api_key'], { owner: 'true', id: 'b' }, ['b']],
    [['read_security'], {}, ['a', 'b', 'c', 'd', 'e']],
    [['manage_api_key'], { id: 'c', with_limited_by: 'true' }, ['c']],
  ])('lets a key with %j see by %j what it may reach', async (privileges, query, ids) => {
    expect(await get(query, keyA(...privileges))).toEqual(listed(...ids));
  });

  it.each([
    {},
    { id: 'b' },
    { name: 'search app' },
    { username: 'elastic', realm_name: 'reserved' },
    { id: 'a', with_limited_by: 'true' },
  ])('refuses %j to a key that may reach its own alone', async (query) => {
    const enough = 'read_security,manage_api_key,manage_security,all';
    expect(await get(query, keyA('manage_own_api_key'))).toEqual(denied('get', enough));
  });

  it('answers 404 to a key that asks for one of its own by the id of another', async () => {
    const answer = await get({ owner: 'true', id: 'c' }, keyA('manage_own_api_key'));
    expect(answer).toEqual({ status: 404, json: { api_keys: [] } });
  });
});

describe('invalidating keys', () => {
  const outcome = (invalidated: readonly string[], previously: readonly string[] = []) => ({
    status: 200,
    json: { invalidated_api_keys: invalidated, previously_invalidated_api_keys: previously, error_count: 0 },
  });

  it.each([
    [{ ids: ['a', 'c'] }, ['a', 'c'], []],
    [{ ids: 'a' }, ['a'], []],
    [{ ids: ['a', 'a', 'z'] }, ['a'], []],
    [{ ids: ['e', 'd'] }, ['d'], ['e']],
    [{ ids: ['z'] }, [], []],
    [{ name: 'search*' }, ['a', 'b', 'd'], []],
    [{ owner: true }, ['a', 'b', 'd'], ['e']],
    [{ username: 'kibana' }, ['c'], []],
    [{ realm_name: 'reserved' }, ['a', 'b', 'c', 'd'], ['e']],
    [{ ids: ['c'], owner: true }, [], []],
  ])('by %j ends %j and leaves %j as they are', async (body, invalidated, previously) => {
    const before = await keys.list();
    expect(await invalidate(body)).toEqual(outcome(invalidated, previously));
    expect(await keys.list()).toEqual(
      before.map((row) =>
        invalidated.some((id) => id === row.id)
          ? { ...row, invalidated: true, invalidation: now, revision: expect.not.stringMatching(/^first$/) }
          : row,
      ),
    );
  });

  it('takes more ids than it would read one by one', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `new-${index}`);
    for (const id of ids) await keys.create(exampleApiKey({ id }));
    keys.reads = 0;
    expect(await invalidate({ ids })).toEqual(outcome([...ids].sort()));
    expect(keys.reads).toBe(1);
  });

  it('is seen at once by the process that did it', async () => {
    const header = await security.makeHeader({});
    const { keyId } = await security.authenticate(header);
    await invalidate({ ids: [keyId] });
    await expect(security.authenticate(header)).rejects.toMatchObject({
      details: { additional_unsuccessful_credentials: `API key: api key [${keyId}] has been invalidated` },
    });
  });

  it('counts a key as invalidated before when another process was faster', async () => {
    const overtaken: ApiKeyStore['update'] = async (row, revision) => {
      await keys.update({ ...row, invalidation: 7, revision: 'theirs' }, revision);
      return keys.update(row, revision);
    };
    const { play } = playSecurity({ ...keys, update: overtaken }, () => now);
    expect(await play('invalidateApiKeys', { body: { ids: ['a'] } })).toEqual(outcome([], ['a']));
    expect(await keys.get('a')).toMatchObject({ invalidation: 7, revision: 'theirs' });
  });

  it('ends the others when the store fails with one, and tells of that one', async () => {
    const failing: ApiKeyStore['update'] = async (row, revision) => {
      if (row.id === 'b') throw new Error('down');
      return keys.update(row, revision);
    };
    const { play, lines } = playSecurity({ ...keys, update: failing }, () => now);
    expect(await play('invalidateApiKeys', { body: { ids: ['a', 'b', 'c'] } })).toEqual({
      status: 200,
      json: {
        invalidated_api_keys: ['a', 'c'],
        previously_invalidated_api_keys: [],
        error_count: 1,
        error_details: [{ type: 'exception', reason: 'Error invalidating api key [b]' }],
      },
    });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 'error', message: 'An API key could not be invalidated', id: 'b' }),
    ]);
  });

  it.each([
    [
      {},
      invalid('One of [api key id(s), api key name, username, realm name] must be specified if [owner] flag is false'),
    ],
    [
      { name: ' ' },
      invalid('One of [api key id(s), api key name, username, realm name] must be specified if [owner] flag is false'),
    ],
    [{ ids: [] }, invalid('Field [ids] cannot be an empty array')],
    [{ ids: ['a', ' '] }, invalid('Field [ids] must not contain blank id, but got blank id at index position: [1]')],
    [
      { ids: ['', 'a', ''] },
      invalid('Field [ids] must not contain blank id, but got blank ids at index positions: [0, 2]'),
    ],
    [
      { ids: ['a'], username: 'x' },
      invalid('username or realm name must not be specified when the api key id(s) or api key name are specified'),
    ],
    [
      { owner: true, realm_name: 'x' },
      invalid('neither username nor realm-name may be specified when invalidating owned API keys'),
    ],
    [{ ids: ['a'], name: 'x' }, invalid('only one of [api key id(s), api key name] can be specified')],
    [{ id: 'a' }, refused(400, 'x_content_parse_exception', '[1:2] [invalidate_api_key] unknown field [id]')],
    [
      { owner: 'true' },
      refused(
        400,
        'x_content_parse_exception',
        "[1:10] [invalidate_api_key] owner doesn't support values of type: VALUE_STRING",
      ),
    ],
    [{ ids: [5] }, refused(400, 'x_content_parse_exception', '[1:9] [invalidate_api_key] failed to parse field [ids]')],
    [
      { ids: {} },
      refused(
        400,
        'x_content_parse_exception',
        "[1:8] [invalidate_api_key] ids doesn't support values of type: START_OBJECT",
      ),
    ],
  ])('refuses %j, and ends no key', async (body, answer) => {
    const before = await keys.list();
    expect(await invalidate(body)).toEqual(answer);
    expect(await keys.list()).toEqual(before);
  });

  it.each([
    [{ ids: ['a'] }, ['a']],
    [{ owner: true }, ['a', 'b']],
    [{ owner: true, ids: ['b'] }, ['b']],
    [{ owner: true, ids: ['d'] }, []],
  ])('by %j lets a key end its own and those it made: %j', async (body, ids) => {
    expect(await invalidate(body, keyA('manage_own_api_key'))).toEqual(outcome(ids));
  });

  it.each([
    { ids: ['a', 'b'] },
    { ids: ['d'] },
    { name: 'search app' },
    { username: 'elastic', realm_name: 'reserved' },
  ])('refuses %j to a key that may reach its own alone', async (body) => {
    const before = await keys.list();
    const enough = 'manage_api_key,manage_security,all';
    expect(await invalidate(body, keyA('manage_own_api_key', 'read_security'))).toEqual(denied('invalidate', enough));
    expect(await keys.list()).toEqual(before);
  });
});
