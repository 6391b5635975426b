import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// From process start to the ready line, over a data folder that is there already, beside a Node process that does nothing.

const runs = 7;
const folder = mkdtempSync(join(tmpdir(), 'inlet-bench-'));

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Milliseconds until `ready` is printed, or until the process ends by itself. */
const timeUntil = (args: readonly string[], ready: string | undefined): Promise<number> =>
  new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, {
      env: { ...process.env, PORT: '0', INLET_DATA_DIR: join(folder, 'data') },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let out = '';
    let taken: number | undefined;
    child.stdout.on('data', (piece: Buffer) => {
      out += piece.toString();
      if (taken !== undefined || ready === undefined || !out.includes(ready)) return;
      taken = performance.now() - started;
      child.kill('SIGTERM');
    });
    child.on('error', reject);
    child.on('exit', () => resolve(taken ?? performance.now() - started));
  });

const measure = async (args: readonly string[], ready?: string): Promise<number> => {
  await timeUntil(args, ready);
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) times.push(await timeUntil(args, ready));
  return median(times);
};

const bare = await measure(['-e', '']);
const inlet = await measure(['local/main.ts'], 'Inlet is ready');
rmSync(folder, { recursive: true, force: true });
console.log(
  `bare node ${bare.toFixed(0)} ms, ready line ${inlet.toFixed(0)} ms (${(inlet / bare).toFixed(1)} ×), median of ${runs}`,
);
