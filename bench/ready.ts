import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// From process start to the ready line, over a data folder that is there already, beside a Node process that does nothing. Processor
// time, of the server's threads without the engine's process, says more where other work runs on the machine.

const runs = 7;
const folder = mkdtempSync(join(tmpdir(), 'inlet-bench-'));

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

type Start = { readonly elapsed: number; readonly cpu: number };

/** Milliseconds until `ready` is printed, or until the process ends by itself. */
const timeUntil = (args: readonly string[], ready: string | undefined): Promise<Start> =>
  new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, {
      env: { ...process.env, PORT: '0', INLET_DATA_DIR: join(folder, 'data') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let errors = '';
    let taken: number | undefined;
    child.stderr.on('data', (piece: Buffer) => {
      errors += piece.toString();
    });
    child.stdout.on('data', (piece: Buffer) => {
      out += piece.toString();
      if (taken !== undefined || ready === undefined || !out.includes(ready)) return;
      taken = performance.now() - started;
      child.kill('SIGTERM');
    });
    child.on('error', reject);
    child.on('close', () =>
      resolve({
        elapsed: taken ?? performance.now() - started,
        cpu: Number(/^cpu ([\d.]+)$/m.exec(errors)?.[1] ?? Number.NaN),
      }),
    );
  });

const measure = async (args: readonly string[], ready?: string): Promise<Start> => {
  await timeUntil(args, ready);
  const starts: Start[] = [];
  for (let run = 0; run < runs; run += 1) starts.push(await timeUntil(args, ready));
  return { elapsed: median(starts.map(({ elapsed }) => elapsed)), cpu: median(starts.map(({ cpu }) => cpu)) };
};

const bare = await measure(['-e', '']);
const hook = new URL('./cpu-at-ready.ts', import.meta.url).href;
const inlet = await measure(['--import', hook, 'local/main.ts'], 'Inlet is ready');
rmSync(folder, { recursive: true, force: true });
console.log(
  `bare node ${bare.elapsed.toFixed(0)} ms, ready line ${inlet.elapsed.toFixed(0)} ms (${(inlet.elapsed / bare.elapsed).toFixed(1)} ×) and ${inlet.cpu.toFixed(0)} ms of processor time, median of ${runs}`,
);
