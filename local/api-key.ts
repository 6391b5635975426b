import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolderError, inMemory } from './stand-ins/data-folder.ts';
import { StartError } from './start-error.ts';

/** The all-powerful key, encoded as clients send it; `made`: by this start, so that nobody knows it yet. */
export type ApiKey = { readonly encoded: string; readonly made: boolean };

const makeKey = (): string => Buffer.from(`admin:${randomBytes(16).toString('base64url')}`).toString('base64');

const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Whole or not at all; for the user's eyes only. */
const writeKey = async (path: string, key: string): Promise<void> => {
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    await file.writeFile(`${key}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
};

const isKey = (text: string): boolean => /^[^:]+:./.test(Buffer.from(text, 'base64').toString('utf8'));

/**
 * The key that the data folder keeps in `api-key`, made and written there when it has none; a new one each time with `:memory:`.
 *
 * @throws StartError when the file cannot be read or written, or holds something else
 */
export const keptApiKey = async (dataDir: string): Promise<ApiKey> => {
  if (dataDir === inMemory) return { encoded: makeKey(), made: true };
  const path = join(dataDir, 'api-key');
  try {
    const kept = await readIfThere(path);
    if (kept !== undefined && !isKey(kept))
      throw new StartError(`The data folder ${dataDir} holds a damaged file: ${path}`);
    if (kept !== undefined) return { encoded: kept, made: false };
    const encoded = makeKey();
    await writeKey(path, encoded);
    return { encoded, made: true };
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw dataFolderError(dataDir, error instanceof Error ? error : { message: String(error) });
  }
};
