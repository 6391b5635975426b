import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type * as z from 'zod';
import { StartError } from '../start-error.ts';
import { inMemory } from './data-folder.ts';

/** What a stand-in keeps, one by one, by name. */
export type Named = { readonly name: string };

/** Where records lie. A promise that resolves means: on disk. */
export type RecordFiles<Stored extends Named> = {
  readonly all: () => Promise<readonly Stored[]>;
  readonly write: (record: Stored) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
};

const sync = async (path: string): Promise<void> => {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const writeFile = async (path: string, content: string): Promise<void> => {
  const handle = await open(path, 'w', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** The ending of a file that is being written; one that a killed process left is removed at the next start. */
const halfWritten = '.new';

/** Whole or not at all, whenever the process or the machine stops: a file beside it takes the name once it is on disk. */
const replaceFile = async (path: string, content: string): Promise<void> => {
  const beside = `${path}${halfWritten}`;
  try {
    await writeFile(beside, content);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
};

const readRecord = async <Stored>(dataDir: string, path: string, schema: z.ZodType<Stored>): Promise<Stored> => {
  const content = await readFile(path, 'utf8');
  try {
    return schema.parse(JSON.parse(content));
  } catch {
    // Without the cause, which may quote a secret.
    throw new StartError(`The data folder ${dataDir} holds a damaged file: ${path}`);
  }
};

const inFolder = async <Stored extends Named>(
  dataDir: string,
  kind: string,
  schema: z.ZodType<Stored>,
): Promise<RecordFiles<Stored>> => {
  const folder = join(dataDir, kind);
  // A name may hold `/` and be longer than a file's.
  const pathOf = (name: string) => join(folder, `${createHash('sha256').update(name).digest('hex')}.json`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return {
    all: async () => {
      const paths = (await readdir(folder)).map((file) => join(folder, file));
      await Promise.all(paths.filter((path) => path.endsWith(halfWritten)).map((path) => rm(path)));
      return Promise.all(
        paths.filter((path) => path.endsWith('.json')).map((path) => readRecord(dataDir, path, schema)),
      );
    },
    write: async (record) => {
      await replaceFile(pathOf(record.name), JSON.stringify(record));
      await sync(folder);
    },
    remove: async (name) => {
      await rm(pathOf(name), { force: true });
      await sync(folder);
    },
  };
};

const inNoFolder = { all: async () => [], write: async () => {}, remove: async () => {} };

/**
 * The records in `<dataDir>/<kind>`, one file each, for the user's eyes only (mode 0600); none with `:memory:`.
 *
 * @throws StartError when one is not what `schema` takes
 */
export const openRecordFiles = async <Stored extends Named>(
  dataDir: string,
  kind: string,
  schema: z.ZodType<Stored>,
): Promise<RecordFiles<Stored>> => (dataDir === inMemory ? inNoFolder : inFolder(dataDir, kind, schema));
