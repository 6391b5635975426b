import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..', '..');

/** Far from any deployment that somebody uses: the suites empty and destroy theirs. */
export const prefix = 'InletTest';

/** What the CLI asks others for while it works: nothing of it belongs to a test. */
const quiet = { CDK_DISABLE_CLI_TELEMETRY: 'true', CDK_DISABLE_VERSION_CHECK: 'true', CI: 'true' };

/** Runs a program of the project. @throws Error with all that it printed when it fails */
const runProgram = async (file: string, args: readonly string[]): Promise<string> => {
  const run = promisify(execFile)(process.execPath, [file, ...args], {
    cwd: root,
    env: { ...process.env, ...quiet },
    maxBuffer: 64 * 1024 * 1024,
  });
  try {
    const { stdout, stderr } = await run;
    return `${stdout}${stderr}`;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
};

/** Runs the CDK's command line, as a person would. */
export const cdk = (...args: readonly string[]): Promise<string> =>
  runProgram(join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk'), [...args, '--no-notices', '--no-color']);

/** Runs `npm run admin -- …` for the suite's deployment. */
export const admin = (...args: readonly string[]): Promise<string> =>
  runProgram(join(root, 'admin', 'main.ts'), [...args, '-c', `prefix=${prefix}`]);
