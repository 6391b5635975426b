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

it('200 callers in four processes pass no faster than the limit, and write less often than they pass', async () => {
  const tables = { endpoints: 'endpoints', apiKeys: 'api-keys', buckets: 'buckets' };
  const dynamo = await startDynamoDb({ dataDir: ':memory:', tables, log: console });
  const each = 60;
  const reports = await Promise.all(
    Array.from({ length: 4 }, () => runChild(dynamo.endpoint, 'buckets', '6000', String(each))),
  ).finally(dynamo.close);

  const passes = reports.flatMap((one) => one.passes).toSorted((a, b) => a - b);
  expect(passes.length).toBeGreaterThanOrEqual(4 * each);
  // Their clocks are one, so that a pass is late by what its slot lives and the machine needs to say so.
  const { interval } = paceOf(6000);
  const tooMany = passes.flatMap((first, from) =>
    passes
      .slice(from)
      .map((last, further) => ({ calls: further + 1, within: last - first }))
      .filter(({ calls, within }) => calls > (within + 600) / interval + 1),
  );
  expect(tooMany).toEqual([]);
  for (const { passes: own, writes } of reports) expect(writes).toBeLessThan(own.length);
});
