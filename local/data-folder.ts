import { mkdir, mkdtemp, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { dataFolderError, inMemory } from './stand-ins/data-folder.ts';

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

const isFolder = async (path: string): Promise<boolean> => (await stat(path)).isDirectory();

/** Node's own recursive `mkdir` never returns where a folder cannot be made and the system says ENOENT, as under `/proc`. */
const makeFolder = async (path: string): Promise<void> => {
  const make = () => mkdir(path, { mode: 0o700 });
  try {
    await make();
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await isFolder(path))) return;
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await make();
  }
};

/**
 * Makes the data folder, for its owner alone, where there is none.
 *
 * @throws StartError when folders cannot be made in it
 */
export const openDataFolder = async (dataDir: string): Promise<void> => {
  if (dataDir === inMemory) return;
  try {
    await makeFolder(dataDir);
    await rmdir(await mkdtemp(join(dataDir, 'new-')));
  } catch (error) {
    throw dataFolderError(dataDir, error instanceof Error ? error : { message: String(error) });
  }
};
