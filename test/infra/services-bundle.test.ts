import { deflateRawSync } from 'node:zlib';
import { build, type OutputFile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { bundling } from '../../infra/bundle.ts';
import { serviceNames } from '../../lib/services/index.ts';

// What the services add to a function: its bundle, with a list of what is in it.

const registry = 'lib/services/index.ts';

type Output = { readonly path: string; readonly inputs: readonly string[]; readonly bytes: number };

const bundled = async (name: string) => {
  const { metafile, outputFiles } = await build({
    ...bundling(`functions/${name}.ts`),
    outdir: 'unwritten',
    metafile: true,
    write: false,
  });
  const zipped = (file: OutputFile): number => deflateRawSync(file.contents).length;
  const sizes = new Map(outputFiles.map((file) => [file.path.slice(file.path.indexOf('unwritten')), zipped(file)]));
  const outputs = Object.entries(metafile.outputs).map(
    ([path, { inputs }]): Output => ({ path, inputs: Object.keys(inputs), bytes: sizes.get(path) ?? Number.NaN }),
  );
  /** What is loaded with the function itself: all that is imported by statements. */
  const atStart = new Set<string>();
  const load = (path: string): void => {
    if (atStart.has(path)) return;
    atStart.add(path);
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && Object.hasOwn(metafile.outputs, next)) load(next);
    }
  };
  load('unwritten/index.mjs');
  return { outputs, atStart };
};

const isOfServices = (input: string): boolean => input.startsWith('lib/services/') && input !== registry;

describe.each(['infer', 'manage'])('the services in the bundle of %s', (name) => {
  let outputs: readonly Output[] = [];
  let atStart: ReadonlySet<string> = new Set();
  beforeAll(async () => {
    ({ outputs, atStart } = await bundled(name));
  }, 60_000);

  it('are all there', () => {
    const inputs = new Set(outputs.flatMap((output) => output.inputs));
    expect(serviceNames.filter((service) => !inputs.has(`lib/services/${service}.ts`))).toEqual([]);
  });

  it('are loaded when they are first used, none with the function', () => {
    const early = outputs.filter(({ path }) => atStart.has(path)).flatMap(({ inputs }) => inputs.filter(isOfServices));
    expect(early).toEqual([]);
  });

  it('come to 60 kB zipped at most', () => {
    const sizes = outputs.filter(({ inputs }) => inputs.some(isOfServices)).map(({ bytes }) => bytes);
    expect(z.array(z.number()).parse(sizes).length).toBeGreaterThanOrEqual(serviceNames.length);
    expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(60_000);
  });
});
