import type * as z from 'zod';
import { AwsError, type Operation, operation } from './aws-json.ts';
import { inputs } from './secret-inputs.ts';
import { newArn, type SecretRecord, type SecretVersion } from './secret-record.ts';
import type { SecretVault } from './secret-vault.ts';

const dayMs = 86_400_000;

const notFound = () => new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
const exists = () => new AwsError('ResourceExistsException', 'A secret or version of that name exists already.');
const markedForDeletion = () => new AwsError('InvalidRequestException', 'The secret is marked for deletion.');

const present = (record: SecretRecord | undefined): SecretRecord => {
  if (!record) throw notFound();
  return record;
};

const unmarked = (record: SecretRecord): SecretRecord => {
  if (record.deletion) throw markedForDeletion();
  return record;
};

/** Whether a repeated call meets what its first try wrote. Another value under the same token is refused. */
const isRepeated = (record: SecretRecord, id: string, value: string): boolean => {
  const version = record.versions.find((candidate) => candidate.id === id);
  if (version && version.value !== value) throw exists();
  return version !== undefined;
};

const stageOf = (record: SecretRecord, version: SecretVersion): string =>
  version === record.versions[0] ? 'AWSCURRENT' : 'AWSPREVIOUS';

const stagesById = (record: SecretRecord) =>
  Object.fromEntries(record.versions.map((version) => [version.id, [stageOf(record, version)]]));

/** AWS counts in seconds. */
const seconds = (milliseconds: number): number => milliseconds / 1000;

const reference = (record: SecretRecord) => ({ ARN: record.arn, Name: record.name });

const description = (record: SecretRecord) => ({
  ...reference(record),
  CreatedDate: seconds(record.created),
  LastChangedDate: seconds(record.changed),
  ...(record.deletion && { DeletedDate: seconds(record.deletion.marked) }),
});

/**
 * The calls to Secrets Manager that the project makes, and those to look at and mend by hand what it stored.
 *
 * @param now - milliseconds since 1970
 */
export const secretOperations = (vault: SecretVault, now: () => number): Readonly<Record<string, Operation>> => {
  const takes = <Schema extends z.ZodType>(schema: Schema, run: (input: z.output<Schema>) => Promise<object>) =>
    operation(schema, 'InvalidParameterException', run);

  return {
    CreateSecret: takes(inputs.create, async ({ Name: name, SecretString: value, ClientRequestToken: id }) => {
      const record = await vault.change(name, (before): SecretRecord => {
        if (before && unmarked(before) && isRepeated(before, id, value)) return before;
        if (before) throw exists();
        const time = now();
        return { name, arn: newArn(name), versions: [{ id, value, created: time }], created: time, changed: time };
      });
      return { ...reference(record), VersionId: id };
    }),

    PutSecretValue: takes(inputs.put, async ({ SecretId: target, SecretString: value, ClientRequestToken: id }) => {
      const record = await vault.change(target, (before) => {
        const found = unmarked(present(before));
        if (isRepeated(found, id, value)) return found;
        const version = { id, value, created: now() };
        return { ...found, versions: [version, found.versions[0]], changed: version.created };
      });
      return { ...reference(record), VersionId: id, VersionStages: stagesById(record)[id] };
    }),

    GetSecretValue: takes(inputs.get, async ({ SecretId: target, VersionId: id, VersionStage: stage }) => {
      const record = unmarked(present(vault.find(target)));
      const version = record.versions.find((candidate) =>
        id === undefined ? stageOf(record, candidate) === (stage ?? 'AWSCURRENT') : candidate.id === id,
      );
      if (!version) throw notFound();
      return {
        ...reference(record),
        VersionId: version.id,
        VersionStages: [stageOf(record, version)],
        SecretString: version.value,
        CreatedDate: seconds(version.created),
      };
    }),

    DeleteSecret: takes(inputs.delete, async (input) => {
      const { SecretId: target, RecoveryWindowInDays: days = 30, ForceDeleteWithoutRecovery: forever } = input;
      const marked = now();
      if (forever) {
        const before = vault.find(target);
        await vault.change(target, () => undefined);
        return { ...(before ? reference(before) : { Name: target }), DeletionDate: seconds(marked) };
      }
      const due = marked + days * dayMs;
      const record = await vault.change(target, (before) => ({
        ...unmarked(present(before)),
        deletion: { marked, due },
      }));
      return { ...reference(record), DeletionDate: seconds(due) };
    }),

    RestoreSecret: takes(inputs.one, async ({ SecretId: target }) => {
      const record = await vault.change(target, (before) => {
        const { deletion: _deletion, ...rest } = present(before);
        return rest;
      });
      return reference(record);
    }),

    DescribeSecret: takes(inputs.one, async ({ SecretId: target }) => {
      const record = present(vault.find(target));
      return { ...description(record), VersionIdsToStages: stagesById(record) };
    }),

    ListSecrets: takes(inputs.list, async (input) => {
      const isListed = (record: SecretRecord): boolean =>
        record.name > input.NextToken &&
        (input.IncludePlannedDeletion || !record.deletion) &&
        input.Filters.every(({ Values: beginnings }) => beginnings.some((text) => record.name.startsWith(text)));
      const records = vault.list().filter(isListed);
      const page = records.slice(0, input.MaxResults);
      return {
        SecretList: page.map((record) => ({ ...description(record), SecretVersionsToStages: stagesById(record) })),
        ...(records.length > page.length && { NextToken: page.at(-1)?.name }),
      };
    }),
  };
};
