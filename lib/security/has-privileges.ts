import * as z from 'zod';
import { InferenceError, illegalArgument } from '../api/errors.ts';
import { list } from '../api/schema-steps.ts';
import type { Handler } from '../http/types.ts';
import { allows, privilegeProblem } from './privileges.ts';
import { asText, requireBody } from './read-body.ts';

const names = list(z.string(), asText);
const applications = list(z.object({ application: z.string(), privileges: names, resources: names }));

const body = z.strictObject({
  cluster: names.nullish(),
  index: list(z.object({ names: z.union([z.string(), names]), privileges: names })).optional(),
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

/** Whose privileges are asked for: an index, or a resource of an application; and which. */
type Asked = readonly [name: string, privileges: readonly string[]];

/** More answers than any client asks for; a body of 5 MiB could ask for billions. */
const mostAnswers = 100_000;

/** Nobody has rights on indices and applications: there are none here. Entries of the same name are answered together. */
const denied = (asked: readonly Asked[]) => {
  const merged = new Map<string, Set<string>>();
  for (const [name, privileges] of asked) {
    const known = merged.get(name) ?? new Set();
    for (const privilege of privileges) known.add(privilege);
    merged.set(name, known);
  }
  return Object.fromEntries(
    Array.from(merged, ([name, privileges]) => [
      name,
      Object.fromEntries(Array.from(privileges, (privilege) => [privilege, false])),
    ]),
  );
};

const requireFew = (
  asked: readonly { readonly names: readonly string[]; readonly privileges: readonly string[] }[],
) => {
  const answers = asked.reduce((sum, { names, privileges }) => sum + names.length * privileges.length, 0);
  if (answers > mostAnswers)
    throw illegalArgument(
      `privileges can be checked for up to ${mostAnswers} combinations of a name and a privilege, but were asked for [${answers}]`,
    );
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
  const ofIndices = (asked.index ?? []).map((entry) => ({ ...entry, names: [entry.names].flat() }));
  const ofApplications = (asked.application ?? asked.applications ?? []).map(({ resources, ...entry }) => ({
    ...entry,
    names: resources,
  }));
  requireFew([...ofIndices, ...ofApplications]);
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
      index: denied(ofIndices.flatMap(({ names, privileges }) => names.map((name): Asked => [name, privileges]))),
      application: Object.fromEntries(
        Array.from(
          Map.groupBy(ofApplications, ({ application }) => application),
          ([application, entries]) => [
            application,
            denied(entries.flatMap(({ names, privileges }) => names.map((name): Asked => [name, privileges]))),
          ],
        ),
      ),
    },
  };
};
