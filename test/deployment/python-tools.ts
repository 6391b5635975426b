import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What is installed for the suites alone: outside of the checkout, so that the next one finds it. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'inlet');

/** Pythons that pyenv has, on the path or not, the newest first. */
const pyenvPythons = async (): Promise<string[]> => {
  const versions = join(process.env.PYENV_ROOT || join(homedir(), '.pyenv'), 'versions');
  const names = await readdir(versions).catch(() => []);
  const newestFirst = names.toSorted((one, other) => other.localeCompare(one, 'en', { numeric: true }));
  return newestFirst.map((name) => join(versions, name, 'bin', 'python'));
};

/**
 * Finds a Python that can make virtual environments.
 *
 * @param minors - the releases of Python 3 that fit, the best first
 * @returns its path; undefined when there is none
 */
export const findPython = async (minors: readonly number[]): Promise<string | undefined> => {
  const candidates = ['python3', ...minors.map((minor) => `python3.${minor}`), ...(await pyenvPythons())];
  const check = 'import sys, venv, ensurepip; print(sys.version_info.minor, sys.executable)';
  const found = new Map<number, string>();
  for (const candidate of candidates) {
    const answer = await run(candidate, ['-c', check]).catch(() => undefined);
    const [, minor, path] = /^(\d+) (.+)$/m.exec(answer?.stdout ?? '') ?? [];
    if (path !== undefined && !found.has(Number(minor))) found.set(Number(minor), path);
  }
  return minors.map((minor) => found.get(minor)).find((path) => path !== undefined);
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
