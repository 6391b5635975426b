import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleFunction } from '../../infra/function-bundle.ts';
import { functionNames } from '../../lib/http/routes.ts';
import { runModule } from './run-module.ts';

const vocabulary = 'tokenizer.json';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-functions-'));
  await Promise.all(functionNames.map((name) => bundleFunction(name, join(folder, name))));
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

/** A zip archive's bytes for one file besides its content: two headers, each with the name. */
const zipHeaders = (name: string): number => 30 + 46 + 2 * name.length;

/** What Lambda stores and loads of the code, in bytes. */
const zippedCode = async (path: string): Promise<number> => {
  const code = (await readdir(path)).filter((name) => name !== vocabulary);
  const sizes = code.map(async (name) => zipHeaders(name) + deflateRawSync(await readFile(join(path, name))).length);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
};

describe.each(functionNames)('the bundle of %s', (name) => {
  it('is at most 500 kB zipped, since a cold start loads it', async () => {
    expect(await zippedCode(join(folder, name))).toBeLessThanOrEqual(500_000);
  });

  it('can be loaded and exports a handler', async () => {
    const look = `import { handler } from './index.mjs'; console.log(typeof handler);`;
    expect(await runModule(look, join(folder, name))).toBe('function\n');
  });
});

it('the vocabulary of the sparse models lies beside the code that reads it, and there alone', async () => {
  const withVocabulary = [];
  for (const name of functionNames) {
    if ((await readdir(join(folder, name))).includes(vocabulary)) withVocabulary.push(name);
  }
  expect(withVocabulary).toEqual(['infer']);
});
