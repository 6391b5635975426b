import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { bundleFunction } from '../infra/function-bundle.ts';
import { functionNames } from '../lib/http/routes.ts';

// What a cold start loads: each function's bundle, its size as Lambda gets it, and the time to import it, beside an empty module. Where
// other work takes the cores, the processor time and the shortest time say more than the median.

const runs = 9;
const folder = mkdtempSync(join(tmpdir(), 'inlet-bench-'));

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Milliseconds that a fresh process takes to import a file, and its processor time for that. */
const importTime = (file: string): { readonly wall: number; readonly cpu: number } => {
  const code = `const start = performance.now(); const before = process.cpuUsage();
    await import(${JSON.stringify(file)});
    const { user, system } = process.cpuUsage(before);
    console.log(JSON.stringify({ wall: performance.now() - start, cpu: (user + system) / 1000 })); process.exit(0)`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    env: { ...process.env, AWS_REGION: 'eu-central-1', INLET_ADMIN_SECRET: 'arn:example' },
  });
  return JSON.parse(stdout);
};

const timesOf = (file: string) => {
  const times = Array.from({ length: runs }, () => importTime(file));
  const cpu = times.map((time) => time.cpu);
  return { wall: median(times.map(({ wall }) => wall)), cpu: median(cpu), leastCpu: Math.min(...cpu) };
};
const empty = timesOf('data:text/javascript,');

for (const name of functionNames) {
  const target = join(folder, name);
  await bundleFunction(name, target);
  const files = readdirSync(target, { recursive: true, encoding: 'utf8' }).filter((file) => /\.m?js$/.test(file));
  const zipped = files.reduce((sum, file) => sum + deflateRawSync(readFileSync(join(target, file))).length, 0);
  const entry =
    files.find(
      (file) => /^(index|.*handler|.*infer|.*read|.*manage|.*security)\.m?js$/.test(file) && !file.includes('chunk'),
    ) ?? '';
  const time = timesOf(join(target, entry));
  console.log(
    `${name}: ${(zipped / 1000).toFixed(0)} kB zipped, import ${time.wall.toFixed(0)} ms, processor time ${time.cpu.toFixed(0)} ms (least ${time.leastCpu.toFixed(0)}; an empty module ${empty.wall.toFixed(1)} ms), median of ${runs}`,
  );
}
rmSync(folder, { recursive: true, force: true });
