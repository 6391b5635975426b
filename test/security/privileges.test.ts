import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InferenceError } from '../../lib/api/errors.ts';
import type { RequirePrivilege } from '../../lib/http/types.ts';
import { clusterPrivileges, granted } from '../../lib/security/cluster-privileges.ts';
import {
  allows,
  expand,
  intersect,
  privilegeProblem,
  reduce,
  requirePrivilege,
} from '../../lib/security/privileges.ts';

const privileges = fc.array(fc.constantFrom(...clusterPrivileges), { maxLength: 6 });

describe('what privileges grant', () => {
  it.each([
    ['monitor_inference', ['monitor_inference']],
    ['manage_inference', ['monitor_inference', 'manage_inference']],
    ['manage_own_api_key', ['manage_own_api_key']],
    ['manage_api_key', ['grant_api_key', 'manage_own_api_key', 'manage_api_key']],
    ['read_security', ['read_security']],
    ['manage_ml', ['monitor_ml', 'manage_ml']],
    ['none', ['none']],
    ['no_such_privilege', []],
    ['MANAGE_INFERENCE', ['monitor_inference', 'manage_inference']],
  ])('expands %s', (name, all) => {
    expect(expand([name])).toEqual(all);
  });

  it.each([
    ['all', 'manage_security', true],
    ['all', 'manage_inference', true],
    ['manage', 'manage_inference', true],
    ['manage', 'monitor_inference', true],
    ['manage', 'manage_security', false],
    ['manage', 'manage_api_key', false],
    ['manage', 'manage_own_api_key', false],
    ['manage', 'read_security', false],
    ['monitor', 'monitor_inference', true],
    ['monitor', 'manage_inference', false],
    ['manage_security', 'manage_api_key', true],
    ['manage_security', 'manage_own_api_key', true],
    ['manage_security', 'read_security', true],
    ['manage_security', 'monitor_inference', false],
    ['manage_api_key', 'read_security', false],
    ['manage_inference', 'monitor', false],
  ])('lets %s do %s: %s', (held, privilege, allowed) => {
    expect(allows([held], privilege)).toBe(allowed);
  });

  it.each([...granted])('grants with %s whatever its members grant', (_name, members) => {
    expect(members).toEqual(new Set([...members].flatMap((member) => [...(granted.get(member) ?? [])])));
  });

  it('knows every privilege that the official client knows', () => {
    const types = readFileSync('node_modules/@elastic/elasticsearch/lib/api/types.d.ts', 'utf8');
    const [, union = ''] = types.match(/type SecurityClusterPrivilege = (.*);/) ?? [];
    const names = [...union.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(60);
    expect(names.filter((name) => privilegeProblem(name))).toEqual([]);
  });
});

describe('arithmetic of rights', () => {
  it.each([
    [['manage_inference'], ['monitor'], ['monitor_inference']],
    [['all'], ['manage_api_key', 'monitor'], ['manage_api_key', 'monitor']],
    [['manage'], ['manage_security'], []],
    [['monitor_inference'], [], []],
  ])('intersects %j with %j', (some, others, both) => {
    expect(intersect(some, others)).toEqual(both);
  });

  it('allows in an intersection just what both sides allow', () => {
    fc.assert(
      fc.property(privileges, privileges, fc.constantFrom(...clusterPrivileges), (some, others, privilege) => {
        const both = allows(some, privilege) && allows(others, privilege);
        expect(allows(intersect(some, others), privilege)).toBe(both);
      }),
    );
  });

  it('reduces rights to as few names as grant the same', () => {
    fc.assert(
      fc.property(privileges, (some) => {
        const few = reduce(some);
        expect(expand(few)).toEqual(expand(some));
        for (const name of few) expect(expand(few.filter((other) => other !== name))).not.toEqual(expand(some));
      }),
    );
  });
});

type Row = [privilege: Parameters<RequirePrivilege>[1], action: string, enough: string];

describe('requirePrivilege', () => {
  const caller = (...held: string[]) => ({ keyId: 'k1', keyName: 'app', username: 'elastic', privileges: held });

  it.each<Row>([
    [
      'monitor_inference',
      'cluster:monitor/xpack/inference/post',
      'monitor_inference,manage_inference,monitor,manage,all',
    ],
    ['manage_inference', 'cluster:admin/xpack/inference/put', 'manage_inference,manage,all'],
    [
      'manage_own_api_key',
      'cluster:admin/xpack/security/api_key/create',
      'manage_own_api_key,manage_api_key,manage_security,all',
    ],
    [
      'manage_own_api_key',
      'cluster:admin/xpack/security/api_key/get',
      'manage_own_api_key,read_security,manage_api_key,manage_security,all',
    ],
  ])('refuses a caller without %s for %s, and lets each one through that it names', (privilege, action, enough) => {
    expect(() => requirePrivilege(caller('manage_ml'), privilege, action)).toThrow(
      new InferenceError(
        403,
        'security_exception',
        `action [${action}] is unauthorized for API key id [k1] of user [elastic], this action is granted by the cluster privileges [${enough}]`,
      ),
    );
    for (const name of enough.split(',')) expect(requirePrivilege(caller(name), privilege, action)).toBeUndefined();
  });

  it('lets nobody invalidate keys who may only read them', () => {
    const action = 'cluster:admin/xpack/security/api_key/invalidate';
    expect(() => requirePrivilege(caller('read_security'), 'manage_own_api_key', action)).toThrow(InferenceError);
  });
});
