import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelManifest, manifestFile, readManifest, uploadedModelId } from '../../lib/ml-node/manifest.ts';

const hasManifest = (folder: string): Promise<boolean> =>
  access(join(folder, manifestFile)).then(
    () => true,
    () => false,
  );

/** The folder below `parent` whose path, in lower case and with `__` for `/`, is `id`, and that has a manifest. */
const findBelow = async (parent: string, id: string): Promise<string | undefined> => {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink());
  for (const { name } of folders.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const own = uploadedModelId(name);
    const folder = join(parent, name);
    if (own === id && (await hasManifest(folder))) return folder;
    const found = id.startsWith(`${own}__`) ? await findBelow(folder, id.slice(own.length + 2)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
};

/**
 * Looks up an uploaded model: a folder in the layout of transformers.js with a manifest, at any depth. Looked up anew each time, so
 * that a folder may come while the server runs. Of several folders with one id the first, by parent and then by name, counts.
 *
 * @param parents - folders to look in, in this order
 */
export const findUploaded = async (parents: readonly string[], id: string): Promise<string | undefined> => {
  for (const parent of parents) {
    const folder = await findBelow(parent, id);
    if (folder !== undefined) return folder;
  }
  return undefined;
};

/** @throws Error with a sentence when the manifest cannot be read or does not fit */
export const manifestOf = async (folder: string): Promise<ModelManifest> =>
  readManifest(await readFile(join(folder, manifestFile), 'utf8'));
