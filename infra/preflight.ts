import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { instanceTypeOf, mlNodeStackName } from './ml-node-stack.ts';
import { preflight } from './preflight-account.ts';
import { readSwitches, SwitchError } from './switches.ts';

// `npm run preflight [-- [stack …] [-c switch=value …]]`: what the account lacks, before anything is made.

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()).default({}) });

const words = () => {
  try {
    return parseArgs({
      options: { context: { type: 'string', short: 'c', multiple: true, default: [] } },
      allowPositionals: true,
    });
  } catch (error) {
    throw new SwitchError(`${error instanceof Error ? error.message : error}; there are stacks and -c switch=value`);
  }
};

const pairOf = (text: string): [string, string] => {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
};

try {
  const { values, positionals } = words();
  const given = values.context.map(pairOf);
  const { context } = cdkJson.parse(JSON.parse(readFileSync(join(import.meta.dirname, '..', 'cdk.json'), 'utf8')));
  const switches = readSwitches({ ...context, ...Object.fromEntries(given) });
  const { prefix, mlAddress, mlMaxInstances: most } = switches;
  // With an address of one's own there is no such stack.
  const all = mlAddress === undefined ? [prefix, mlNodeStackName(prefix)] : [prefix];
  const stacks = positionals.length > 0 ? positionals : all;
  const unknown = stacks.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new SwitchError(`There is no stack ${unknown}, but ${all.join(' and ')}`);
  const node = { type: instanceTypeOf(switches), most };
  const findings = await preflight({ switches, stacks, node });
  for (const { kind, text } of findings) console.log(`${kind === 'lacks' ? '✗' : '!'} ${text}`);
  const missing = findings.filter(({ kind }) => kind === 'lacks').length;
  console.log(
    missing > 0
      ? `${missing} to do before deploying ${stacks.join(' and ')}`
      : `Ready to deploy ${stacks.join(' and ')}`,
  );
  process.exitCode = missing > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof SwitchError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
