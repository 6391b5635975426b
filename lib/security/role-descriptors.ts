import * as z from 'zod';
import { InferenceError, parseException } from '../api/errors.ts';
import { type JsonDocument, type JsonToken, locate } from '../api/json.ts';
import { list } from '../api/schema-steps.ts';
import { asText, jsonObject } from './read-body.ts';

const texts = list(z.string(), asText).nullish();
const anyList = z.array(z.unknown()).optional();

/** A role descriptor as Elasticsearch takes it. What guards indices and applications is only kept: there are none here. */
const roleDescriptor = z.strictObject({
  cluster: texts,
  run_as: texts,
  metadata: jsonObject.optional(),
  description: z.string().optional(),
  indices: anyList,
  index: anyList,
  applications: anyList,
  application: anyList,
  remote_indices: anyList,
  remote_cluster: anyList,
  global: z.unknown().optional(),
  restriction: jsonObject.optional(),
  transient_metadata: jsonObject.optional(),
  type: z.unknown().optional(),
});

type RoleDescriptor = z.output<typeof roleDescriptor>;
export type RoleDescriptors = Readonly<Record<string, RoleDescriptor>>;

/** What a field takes, for messages; the others take an array. */
const takes = new Map<PropertyKey, string>([
  ['cluster', 'a string array'],
  ['run_as', 'a string array'],
  ['description', 'a string'],
  ['metadata', 'an object'],
  ['restriction', 'an object'],
  ['transient_metadata', 'an object'],
]);

const problem = (
  role: string,
  issue: z.core.$ZodIssue,
  tokenAt: (path: readonly PropertyKey[]) => JsonToken,
): string => {
  const [field, index] = issue.path;
  if (issue.code === 'unrecognized_keys') return `failed to parse role [${role}]. unexpected field [${issue.keys[0]}]`;
  if (field === undefined)
    return `failed to parse role [${role}]. expected an object but found [${tokenAt([])}] instead`;
  const failed = `failed to parse role [${role}]. could not parse [${String(field)}] field.`;
  return index === undefined
    ? `${failed} expected ${takes.get(field) ?? 'an array'} but found [${tokenAt([field])}] value instead`
    : `${failed} expected a string array but one of the value in the array is [${tokenAt([field, index])}]`;
};

/**
 * Reads the descriptors of a body, which stand under `role_descriptors`.
 *
 * @param parser - what Elasticsearch calls its parser of that body, for the messages
 * @throws InferenceError 400 `x_content_parse_exception`, caused by a `parse_exception` that names the role
 */
export const readRoleDescriptors = (
  sent: Readonly<Record<string, unknown>>,
  parser: string,
  document: JsonDocument,
): RoleDescriptors =>
  Object.fromEntries(
    Object.entries(sent).map(([role, value]) => {
      const result = roleDescriptor.safeParse(value);
      if (result.success) return [role, result.data];
      const [issue] = result.error.issues;
      const path = ['role_descriptors', role];
      const tokenAt = (inside: readonly PropertyKey[]) => locate(document, [...path, ...inside], 'value').token;
      throw parseException(
        locate(document, path, 'value'),
        `[${parser}] failed to parse field [role_descriptors]`,
        issue && new InferenceError(400, 'parse_exception', problem(role, issue, tokenAt)),
      );
    }),
  );

/** The names of the cluster privileges that descriptors grant. One restricted to workflows grants none: no workflow is served here. */
export const grantedNames = (descriptors: RoleDescriptors): readonly string[] =>
  Object.values(descriptors).flatMap(({ cluster, restriction }) => (restriction ? [] : (cluster ?? [])));
