import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../local/main.ts', import.meta.url));

/** An all-powerful key for tests, encoded. */
export const testKey = Buffer.from('tests:a secret of the tests').toString('base64');

/** How a process ended: its exit code, or the signal that killed it. */
export type Ending = { readonly code: number | null; readonly signal: string | null };

type Options = {
  /** @default a folder that is removed with the server */
  readonly dataDir?: string;
  /** Whether the server makes its own key, instead of taking `testKey`. @default false */
  readonly ownKey?: boolean;
  /** Whether built-in models run; without them a start takes little. @default false */
  readonly engine?: boolean;
  /** Further settings. */
  readonly env?: Readonly<Record<string, string>>;
};

const noEngine = { INLET_ML_NODE: '{"*":"http://127.0.0.1:1/{model_id}"}' };

/** Nothing of the shell's settings, so that tests mean the same everywhere. */
const environment = ({ ownKey = false, engine = false, env }: Options, dataDir: string) => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  PORT: '0',
  INLET_DATA_DIR: dataDir,
  ...(!ownKey && { INLET_API_KEY: testKey }),
  ...(!engine && noEngine),
  ...env,
});

const launch = (options: Options, dataDir: string) => {
  const child = spawn(process.execPath, [main], {
    env: environment(options, dataDir),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stderr: string[] = [];
  createInterface(child.stderr).on('line', (line) => stderr.push(line));
  // Once its streams are closed too, all that it printed is there.
  const ended = once(child, 'close').then(([code, signal]): Ending => ({ code, signal }));
  return { child, stderr, ended };
};

/** Starts the server with settings that it refuses. */
export const failToStart = async (env: Readonly<Record<string, string>>, { ownKey = false } = {}) => {
  const { child, stderr, ended } = launch({ env, ownKey }, ':memory:');
  child.stdout.resume();
  return { ...(await ended), stderr };
};

/**
 * Starts the real local server as a process of its own, on a free port.
 *
 * @throws Error with what the server printed when it ends before it is ready
 */
export const startServer = async (options: Options = {}) => {
  const ownFolder = options.dataDir === undefined ? await mkdtemp(join(tmpdir(), 'inlet-')) : undefined;
  const { child, stderr, ended } = launch(options, options.dataDir ?? ownFolder ?? ':memory:');
  const stdout: string[] = [];
  const ready = new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      stdout.push(line);
      const url = line.match(/^Inlet is ready at (\S+)$/)?.[1];
      if (url) resolve(url);
    });
    void ended.then(() => reject(new Error(`The server did not start:\n${stderr.join('\n')}`)));
  });
  const url = await ready;
  return {
    url,
    /** Lines of standard output and of the log, as far as they have come. */
    stdout,
    stderr,
    ended,
    kill: (signal: NodeJS.Signals): Promise<Ending> => {
      child.kill(signal);
      return ended;
    },
    stop: async (): Promise<void> => {
      child.kill('SIGTERM');
      await ended;
      if (ownFolder !== undefined) await rm(ownFolder, { recursive: true, force: true });
    },
  };
};

export type LocalServer = Awaited<ReturnType<typeof startServer>>;

type AskOptions = { readonly key?: string; readonly signal?: AbortSignal };

/** One request, with the test key where no other is given; a body is sent as JSON. */
export const ask = (
  { url }: Pick<LocalServer, 'url'>,
  method: string,
  path: string,
  body?: unknown,
  { key = testKey, signal }: AskOptions = {},
): Promise<Response> =>
  fetch(`${url}${path}`, {
    method,
    headers: { authorization: `ApiKey ${key}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
