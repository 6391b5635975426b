import { InferenceError } from '../api/errors.ts';
import type { Caller, RequirePrivilege } from '../http/types.ts';
import { type ClusterPrivilege, clusterPrivileges, granted } from './cluster-privileges.ts';

/** Whether rights include a privilege, by name or within a wider one. Names that nobody knows grant nothing. */
export const allows = (privileges: readonly string[], privilege: string): boolean =>
  privileges.some((held) => granted.get(held)?.has(privilege));

/** All that some privileges grant, by name, from narrow to wide. Names are read in any case, as Elasticsearch does. */
export const expand = (privileges: readonly string[]): readonly ClusterPrivilege[] => {
  const held = privileges.map((name) => name.toLowerCase());
  return clusterPrivileges.filter((privilege) => allows(held, privilege));
};

/** The fewest names that grant the same. */
export const reduce = (privileges: readonly string[]): readonly ClusterPrivilege[] => {
  const all = expand(privileges);
  return all.filter((name) => !all.some((other) => other !== name && granted.get(other)?.has(name)));
};

/** What both of two rights grant, and nothing else: as few names as will do. */
export const intersect = (some: readonly string[], others: readonly string[]): readonly ClusterPrivilege[] => {
  const held = new Set(expand(others));
  return reduce(expand(some).filter((privilege) => held.has(privilege)));
};

/** What is wrong with the name of a privilege, in Elasticsearch's words; it takes patterns of actions too, which are refused here. */
export const privilegeProblem = (name: string): string | undefined =>
  granted.has(name.toLowerCase())
    ? undefined
    : `unknown cluster privilege [${name.toLowerCase()}]. a privilege must be one of the predefined cluster privilege names [${clusterPrivileges.join(',')}]`;

/** 403 `security_exception` that names the privileges which would do, from narrow to wide. */
export const forbidden = (caller: Caller, action: string, privileges: readonly string[]): InferenceError => {
  const enough = clusterPrivileges.filter((name) => privileges.some((privilege) => allows([name], privilege)));
  return new InferenceError(
    403,
    'security_exception',
    `action [${action}] is unauthorized for API key id [${caller.keyId}] of user [${caller.username}], this action is granted by the cluster privileges [${enough.join(',')}]`,
  );
};

/** Actions that further privileges grant, besides those of their route. */
const alsoGrantedBy: Readonly<Record<string, readonly string[]>> = {
  'cluster:admin/xpack/security/api_key/get': ['read_security'],
};

/**
 * Lets a caller through who has a privilege.
 *
 * @param action - Elasticsearch's name of what is asked, for the message
 * @throws InferenceError 403 `security_exception`
 * @see the contract, §15
 */
export const requirePrivilege: RequirePrivilege = (caller, privilege, action) => {
  const enough = [privilege, ...(alsoGrantedBy[action] ?? [])];
  if (!enough.some((name) => allows(caller.privileges, name))) throw forbidden(caller, action, enough);
};
