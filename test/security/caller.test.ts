import { describe, expect, it } from 'vitest';
import { clusterPrivileges } from '../../lib/security/cluster-privileges.ts';
import { memoryApiKeyStore } from './memory-api-key-store.ts';
import { admin, playSecurity, refused } from './play-security.ts';

const { play } = playSecurity(memoryApiKeyStore());
const caller = { keyId: 'k1', keyName: 'app', username: 'elastic', privileges: ['manage_inference'] };

describe('_authenticate', () => {
  it('says who calls', async () => {
    expect(await play('authenticate', { caller })).toEqual({
      status: 200,
      json: {
        username: 'elastic',
        roles: [],
        full_name: null,
        email: null,
        metadata: {},
        enabled: true,
        authentication_realm: { name: '_es_api_key', type: '_es_api_key' },
        lookup_realm: { name: '_es_api_key', type: '_es_api_key' },
        authentication_type: 'api_key',
        api_key: { id: 'k1', name: 'app', managed_by: 'elasticsearch' },
      },
    });
  });
});

describe('_has_privileges', () => {
  const none = { index: {}, application: {} };

  it.each([
    [
      { cluster: ['monitor_inference', 'manage_inference'], index: [], application: [] },
      { has_all_requested: true, cluster: { monitor_inference: true, manage_inference: true }, ...none },
    ],
    [
      { cluster: ['Monitor_Inference', 'manage', 'manage_ml'] },
      { has_all_requested: false, cluster: { Monitor_Inference: true, manage: false, manage_ml: false }, ...none },
    ],
    [{ cluster: [] }, { has_all_requested: true, cluster: {}, ...none }],
    [
      {
        cluster: ['manage_inference'],
        index: [
          { names: 'logs', privileges: ['read'] },
          { names: ['logs', 'other'], privileges: ['write'], allow_restricted_indices: true },
        ],
        application: [{ application: 'kibana', privileges: ['login'], resources: ['a', 'b'] }],
      },
      {
        has_all_requested: false,
        cluster: { manage_inference: true },
        index: { logs: { read: false, write: false }, other: { write: false } },
        application: { kibana: { a: { login: false }, b: { login: false } } },
      },
    ],
    [{ index: [{ names: [], privileges: [] }] }, { has_all_requested: false, cluster: {}, ...none }],
  ])('answers %j', async (body, answer) => {
    expect(await play('hasPrivileges', { body, caller })).toEqual({
      status: 200,
      json: { username: 'elastic', ...answer },
    });
  });

  it('grants the all-powerful key every privilege of the cluster', async () => {
    const { json } = await play('hasPrivileges', { body: { cluster: clusterPrivileges }, caller: admin });
    expect(json).toMatchObject({
      has_all_requested: true,
      cluster: Object.fromEntries(clusterPrivileges.map((name) => [name, true])),
    });
  });

  const unparsed = (why: string) =>
    refused(400, 'parse_exception', `failed to parse privileges check [elastic]. ${why}`);

  it.each([
    [{}, unparsed('All privilege fields [cluster,index,applications] are missing')],
    [{ clusters: [] }, unparsed('unexpected field [clusters]')],
    [{ cluster: 'all' }, unparsed('field [cluster] has a value of another type than it takes')],
    [{ index: [{ names: 'logs' }] }, unparsed('field [index.0.privileges] has a value of another type than it takes')],
    [
      { cluster: ['fly'] },
      refused(
        400,
        'illegal_argument_exception',
        `unknown cluster privilege [fly]. a privilege must be one of the predefined cluster privilege names [${clusterPrivileges.join(',')}]`,
      ),
    ],
    [undefined, refused(400, 'parse_exception', 'request body is required')],
  ])('refuses %j', async (body, answer) => {
    expect(await play('hasPrivileges', { body, caller })).toEqual(answer);
  });
});
