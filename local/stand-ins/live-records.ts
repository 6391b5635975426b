import type { Named, RecordFiles } from './record-files.ts';

/** All records of one kind in memory, where the clock may change them at any look; the files follow. */
export type LiveRecords<Stored extends Named> = {
  readonly find: (name: string) => Stored | undefined;
  /** Sorted by name. */
  readonly list: () => readonly Stored[];
  /**
   * Puts a record, or nothing, in the place of what is there: at once, so that who looks and then sets meets nobody in between.
   * Resolves when it is on disk; what could not be written is undone.
   */
  readonly set: (name: string, after: Stored | undefined) => Promise<void>;
};

/** Reads all records. Files are written one at a time, each with what is newest when its turn comes. */
export const openLiveRecords = async <Stored extends Named>(
  files: RecordFiles<Stored>,
): Promise<LiveRecords<Stored>> => {
  const records = new Map((await files.all()).map((record) => [record.name, record]));

  const place = (name: string, record: Stored | undefined): void => {
    if (record) records.set(name, record);
    else records.delete(name);
  };
  const write = (name: string): Promise<void> => {
    const newest = records.get(name);
    return newest ? files.write(newest) : files.remove(name);
  };

  let last: Promise<unknown> = Promise.resolve();

  return {
    find: (name) => records.get(name),
    list: () => [...records.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    set: (name, after) => {
      const before = records.get(name);
      place(name, after);
      const written = last.then(async () => {
        try {
          await write(name);
        } catch (error) {
          if (records.get(name) === after) place(name, before);
          throw error;
        }
      });
      last = written.catch(() => {});
      return written;
    },
  };
};
