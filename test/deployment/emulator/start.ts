import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { findPython, pythonWith } from '../python-tools.ts';
import { freePort, startProcess } from '../server-process.ts';

/** streaming_emulator.py replaces names inside of this release. */
const release = '1.5.33';

/** Functions start as `node <TMPDIR>/…/_worker.js`, which is CommonJS whatever a folder above says. */
const workFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-emulator-'));
  await writeFile(join(folder, 'package.json'), '{"type":"commonjs"}');
  return folder;
};

/**
 * Starts the emulator of CI (ministack, with answers in pieces) on a free port of the loopback interface; installs it first where
 * it is not yet.
 *
 * @param functionEnvironment - reaches every function, under what the stack sets
 * @throws Error with a sentence when Python or the package cannot be had
 */
export const startEmulator = async (functionEnvironment: Readonly<Record<string, string>>) => {
  const python = await findPython([11, 12, 13, 14, 10]);
  if (python === undefined) throw new Error('The emulator needs Python 3.10 or later');
  const [port, folder, interpreter] = await Promise.all([
    freePort(),
    workFolder(),
    pythonWith(python, `ministack-${release}`, [`ministack==${release}`]),
  ]);
  const endpoint = `http://127.0.0.1:${port}`;
  const server = await startProcess({
    command: interpreter,
    args: [join(import.meta.dirname, 'streaming_emulator.py')],
    env: {
      // Functions run under the first `node`, whatever their runtime is called.
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
      HOME: folder,
      TMPDIR: folder,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      LAMBDA_EXECUTOR: 'local',
      DOCKER_HOST: 'unix:///nonexistent',
      PYTHONDONTWRITEBYTECODE: '1',
      ...functionEnvironment,
    },
    health: `${endpoint}/_localstack/health`,
    patienceMs: 60_000,
  });
  return {
    endpoint,
    stop: async (): Promise<void> => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
