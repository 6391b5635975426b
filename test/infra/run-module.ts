import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A key of the owner, as every function wants one: base64 of `id:secret`. */
const INLET_API_KEY = Buffer.from('owner:secret').toString('base64');

/**
 * Runs an ES module in a process of its own, as Lambda does: the test runner would give it a `require` that it does not have there.
 *
 * @param folder - what it imports from
 * @returns what it printed
 */
export const runModule = async (source: string, folder: string): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: folder,
    env: { INLET_API_KEY },
  });
  return stdout;
};
