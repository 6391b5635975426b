import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { trimmedPackages, trimmingConstants } from './trimmed-packages.ts';

/** How a function becomes a bundle, wherever that is written. */
export const bundling = (entry: string) =>
  ({
    entryPoints: { index: entry },
    outExtension: { '.js': '.mjs' },
    chunkNames: '[name]-[hash]',
    absWorkingDir: join(import.meta.dirname, '..'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // ES modules first: esbuild can leave out what nobody uses of them.
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    plugins: [trimmedPackages],
    define: trimmingConstants,
    // CommonJS packages call `require` for Node's own modules; an ES module has none.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  }) as const satisfies BuildOptions;

/**
 * Bundles a function with all that it imports, the AWS SDK included, as ES modules: what it loads by `import()` stays a file of its
 * own, read when first used. The same sources give the same bytes, wherever they lie, so that Lambda gets only what changed.
 *
 * @param entry - the module that exports `handler`
 * @param folder - emptied, then filled: `index.mjs` and the parts it loads
 */
export const bundle = async (entry: string, folder: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await build({ ...bundling(entry), outdir: folder });
};
