import * as z from 'zod';
import { InferenceError, illegalArgument } from '../api/errors.ts';
import type { Handler } from '../http/types.ts';
import { allows, privilegeProblem } from './privileges.ts';
import { requireBody } from './read-body.ts';

const names = z.array(z.string());
const applications = z.array(z.object({ application: z.string(), privileges: names, resources: names }));

const body = z.strictObject({
  cluster: names.nullish(),
  index: z.array(z.object({ names: z.union([z.string(), names]), privileges: names })).optional(),
  application: applications.optional(),
  applications: applications.optional(),
});

const problem = (issue: z.core.$ZodIssue | undefined): string =>
  issue?.code === 'unrecognized_keys'
    ? `unexpected field [${issue.keys[0]}]`
    : `field [${issue?.path.join('.')}] has a value of another type than it takes`;

const read = (username: string, value: unknown): z.output<typeof body> => {
  const refuse = (why: string) =>
    new InferenceError(400, 'parse_exception', `failed to parse privileges check [${username}]. ${why}`);
  const result = body.safeParse(value);
  if (!result.success) throw refuse(problem(result.error.issues[0]));
  if (Object.keys(result.data).length === 0) {
    throw refuse('All privilege fields [cluster,index,applications] are missing');
  }
  return result.data;
};

/** Nobody has rights on indices and applications: there are none here. */
const denied = (privileges: readonly string[]) => Object.fromEntries(privileges.map((name) => [name, false]));

/** Entries of the same name are answered together. */
const together = <T>(entries: readonly (readonly [string, Readonly<Record<string, T>>])[]) => {
  const merged = new Map<string, Readonly<Record<string, T>>>();
  for (const [name, value] of entries) merged.set(name, { ...merged.get(name), ...value });
  return Object.fromEntries(merged);
};

/**
 * `_security/user/_has_privileges`: which of some privileges the caller has.
 *
 * @throws InferenceError 400 for a body that does not fit, or a cluster privilege that nobody knows
 * @see Elasticsearch specification, `security/has_privileges`; the contract, §15
 */
export const hasPrivileges: Handler = async (request) => {
  const { username, privileges } = request.caller;
  const asked = read(username, requireBody(request.body).value);
  const ofCluster = asked.cluster ?? [];
  const ofIndices = asked.index ?? [];
  const ofApplications = asked.application ?? asked.applications ?? [];
  for (const name of ofCluster) {
    const wrong = privilegeProblem(name);
    if (wrong !== undefined) throw illegalArgument(wrong);
  }
  const cluster = ofCluster.map((name) => [name, allows(privileges, name.toLowerCase())] as const);
  return {
    json: {
      username,
      has_all_requested: cluster.every(([, has]) => has) && ofIndices.length + ofApplications.length === 0,
      cluster: Object.fromEntries(cluster),
      index: together(
        ofIndices.flatMap((index) => [index.names].flat().map((name) => [name, denied(index.privileges)])),
      ),
      application: together(
        ofApplications.map(({ application, resources, privileges: wanted }) => [
          application,
          Object.fromEntries(resources.map((resource) => [resource, denied(wanted)])),
        ]),
      ),
    },
  };
};
