import type { RecordFiles } from './record-files.ts';
import { nameOf, type SecretRecord } from './secret-record.ts';

/** All secrets, in memory for reading; a change is on disk before anybody sees it. */
export type SecretVault = {
  /** By name or ARN; secrets marked for deletion too. */
  readonly find: (secretId: string) => SecretRecord | undefined;
  /** Sorted by name. */
  readonly list: () => readonly SecretRecord[];
  /**
   * Puts what `decide` returns in the place of what it was given: `undefined` for no secret, the same record for no change.
   * One change at a time.
   */
  readonly change: <After extends SecretRecord | undefined>(
    secretId: string,
    decide: (before: SecretRecord | undefined) => After,
  ) => Promise<After>;
};

/**
 * Reads all secrets; those whose recovery window is over are removed.
 *
 * @param now - milliseconds since 1970
 */
export const openVault = async (files: RecordFiles<SecretRecord>, now: () => number): Promise<SecretVault> => {
  const isDue = ({ deletion }: SecretRecord): boolean => deletion !== undefined && deletion.due <= now();
  const records = new Map((await files.all()).map((record) => [record.name, record]));
  for (const record of records.values()) {
    if (isDue(record)) {
      await files.remove(record.name);
      records.delete(record.name);
    }
  }

  const find = (secretId: string): SecretRecord | undefined => {
    const record = records.get(secretId) ?? records.get(nameOf(secretId));
    const isMeant = record && (record.name === secretId || record.arn === secretId);
    return isMeant && !isDue(record) ? record : undefined;
  };

  const store = async (before: SecretRecord | undefined, after: SecretRecord | undefined): Promise<void> => {
    if (after === before) return;
    if (after) {
      await files.write(after);
      records.set(after.name, after);
    } else if (before) {
      await files.remove(before.name);
      records.delete(before.name);
    }
  };

  let last: Promise<unknown> = Promise.resolve();

  return {
    find,
    list: () => [...records.values()].filter((record) => !isDue(record)).sort((a, b) => (a.name < b.name ? -1 : 1)),
    change: (secretId, decide) => {
      const changed = last.then(async () => {
        const before = find(secretId);
        const after = decide(before);
        await store(before, after);
        return after;
      });
      last = changed.catch(() => {});
      return changed;
    },
  };
};
