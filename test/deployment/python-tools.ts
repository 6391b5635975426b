import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What is installed for the suites alone: outside of the checkout, so that the next one finds it. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'inlet');

/** The first of these commands that is a Python of at least this release, or undefined. */
export const findPython = async (
  minor: number,
  candidates: readonly string[] = ['python3', 'python3.14', 'python3.13', 'python3.12'],
): Promise<string | undefined> => {
  for (const candidate of candidates) {
    const check = `import sys, venv; print(sys.executable) if sys.version_info >= (3, ${minor}) else sys.exit(1)`;
    const found = await run(candidate, ['-c', check]).catch(() => undefined);
    if (found) return found.stdout.trim();
  }
  return undefined;
};

/**
 * Installs packages into a virtual environment of their own, once.
 *
 * @param name - of the folder; a change of the packages makes it anew
 * @returns its Python
 * @throws Error with pip's words when they cannot be had
 */
export const pythonWith = async (python: string, name: string, packages: readonly string[]): Promise<string> => {
  const folder = join(cacheFolder, name);
  const marker = join(folder, 'installed.txt');
  const wanted = [python, ...packages].join('\n');
  const inside = join(folder, 'bin', 'python');
  if ((await readFile(marker, 'utf8').catch(() => '')) === wanted) return inside;
  await rm(folder, { recursive: true, force: true });
  await mkdir(cacheFolder, { recursive: true });
  await run(python, ['-m', 'venv', folder]);
  await run(inside, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]);
  await writeFile(marker, wanted);
  return inside;
};
