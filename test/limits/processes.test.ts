import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { paceOf } from '../../lib/limits/pace.ts';
import { startDynamoDb } from '../../local/stand-ins/dynamodb.ts';

const child = fileURLToPath(new URL('./processes-child.ts', import.meta.url));
const report = z.strictObject({ passes: z.array(z.number()), writes: z.int() });

const runChild = async (...words: readonly string[]) => {
  const running = spawn(process.execPath, [child, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, ended] = await Promise.all([text(running.stdout), once(running, 'exit')]);
  expect(ended).toEqual([0, null]);
  return report.parse(JSON.parse(output));
};

const hours = 3_600_000;

it.each([
  // A pass is late by what its slot lives and the machine needs to say so.
  { title: 'clocks that agree', errors: [0, 0, 0, 0], spread: 600 },
  // And by how wrong they are at most about the table's time, one early and another late.
  { title: 'clocks that differ by hours', errors: [0, 2 * hours, -5 * hours, 1500], spread: 2600 },
])(
  '200 callers in four processes with $title pass no faster than the limit, and write less often than they pass',
  async ({ errors, spread }) => {
    const tables = { endpoints: 'endpoints', apiKeys: 'api-keys', buckets: 'buckets' };
    const dynamo = await startDynamoDb({ dataDir: ':memory:', tables, log: console });
    const each = 60;
    const reports = await Promise.all(
      errors.map((error) => runChild(dynamo.endpoint, 'buckets', '6000', String(each), String(error))),
    ).finally(dynamo.close);

    const passes = reports.flatMap((one) => one.passes).toSorted((a, b) => a - b);
    expect(passes.length).toBeGreaterThanOrEqual(4 * each);
    const { interval } = paceOf(6000);
    const tooMany = passes.flatMap((first, from) =>
      passes
        .slice(from)
        .map((last, further) => ({ calls: further + 1, within: last - first }))
        .filter(({ calls, within }) => calls > (within + spread) / interval + 1),
    );
    expect(tooMany).toEqual([]);
    for (const { passes: own, writes } of reports) expect(writes).toBeLessThan(own.length);
  },
);
