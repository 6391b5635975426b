/** Loaded before the server (`--import`): writes to standard error the processor time that the process, its threads included, has had at its ready line. */
import { isMainThread } from 'node:worker_threads';

const write = process.stdout.write.bind(process.stdout);

if (isMainThread) {
  process.stdout.write = (text: string | Uint8Array) => {
    const { user, system } = process.cpuUsage();
    if (String(text).includes('Inlet is ready')) process.stderr.write(`\ncpu ${(user + system) / 1000}\n`);
    return write(text);
  };
}
