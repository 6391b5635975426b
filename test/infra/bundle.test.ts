import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { bundle } from '../../infra/bundle.ts';
import { runModule } from './run-module.ts';

const root = join(import.meta.dirname, '..', '..');
const fixture = join(import.meta.dirname, 'fixtures', 'function.ts');

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-bundle-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Name and bytes of each file, by name. */
const filesIn = async (path: string) =>
  Promise.all(
    (await readdir(path)).toSorted().map(async (name) => ({ name, bytes: await readFile(join(path, name)) })),
  );

describe('a bundle', () => {
  let built = '';
  beforeAll(async () => {
    built = join(folder, 'fixture');
    await bundle(fixture, built);
  }, 60_000);

  it('is one module that exports the handler and a file for each part that is loaded later', async () => {
    const names = (await readdir(built)).toSorted();
    expect(names).toContain('index.mjs');
    expect(names).toContainEqual(expect.stringMatching(/^rare-[A-Z0-9]{8}\.mjs$/));
  });

  it('runs without the parts of zod and undici that are left out', async () => {
    await using server = createServer((_, response) => response.writeHead(418).end('short and stout'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = z.object({ port: z.int() }).parse(server.address());
    const call = `import { handler } from './index.mjs';
      console.log(JSON.stringify(await handler('http://127.0.0.1:${port}')));`;
    expect(JSON.parse(await runModule(call, built))).toEqual({
      message: 'Invalid input: expected number, received string',
      locales: ['en'],
      status: 418,
      rare: 'loaded when first used',
    });
  });

  it('is the same, byte for byte, each time, and does not say where it was made', async () => {
    const again = join(folder, 'again');
    await bundle(fixture, again);
    const files = await filesIn(built);
    expect(await filesIn(again)).toEqual(files);
    for (const { bytes } of files) expect(bytes.includes(root)).toBe(false);
  });

  it('holds nothing from an earlier one', async () => {
    const names = (await readdir(built)).toSorted();
    await writeFile(join(built, 'stale.mjs'), '');
    await bundle(fixture, built);
    expect((await readdir(built)).toSorted()).toEqual(names);
  });
});
