import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instanceHours, kinds, millionCalls } from './call-cost.ts';
import { idleCost } from './idle-cost.ts';
import { readPrices } from './prices.ts';
import { resourcesOf, templatesOf } from './template.ts';

// `npm run cost`: prices what `cdk synth` made last, or makes it.

const root = join(import.meta.dirname, '..');
const folder = join(root, 'cdk.out');
if (!existsSync(join(folder, 'manifest.json'))) {
  execFileSync('npx', ['cdk', 'synth', '--quiet'], { cwd: root, stdio: 'inherit' });
}
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
// Stacks of an earlier synthesis with another prefix lie there still.
const templates = templatesOf(read('manifest.json'));
const resources = templates.flatMap((name) => resourcesOf(read(name)));
const prices = readPrices();
const dollars = (usd: number): string => usd.toFixed(2).padStart(10);

console.log(`List prices of ${prices.region}, written down ${prices.date} or later, in US dollars; without free tier.`);
console.log(`Stacks in cdk.out: ${templates.map((name) => name.replace('.template.json', '')).join(', ')}\n`);

const lines = idleCost(resources, prices);
console.log('A month in which nobody calls, without instances of the ML node:');
for (const { what, count, usd, optional } of lines) {
  console.log(`${dollars(usd)}  ${count} × ${what}${optional ? ' (not of every installation)' : ''}`);
}
console.log(`${dollars(lines.reduce((sum, { usd }) => sum + usd, 0))}  in all`);
console.log(`${dollars(prices.of('secret'))}  more for each endpoint that has a secret`);
console.log(`${dollars(2 * prices.of('alarm'))}  more for each model whose allocations adapt\n`);

console.log('A million calls of one kind, without what a provider or the ML node takes:');
for (const assumed of kinds) {
  const { kind, seconds, reads, writes, secretCalls, kilobytes, function: name } = assumed;
  console.log(
    `${dollars(millionCalls(assumed, resources, prices))}  ${kind}: ${seconds} s in ${name}, ${reads} reads, ${writes} writes, ${secretCalls} calls for secrets, ${kilobytes} kB`,
  );
}

const hours = instanceHours(resources, prices);
if (hours.length > 0) console.log('\nAn hour of an instance of the ML node, while it runs:');
for (const { type, usd } of hours) console.log(`${dollars(usd)}  ${type}`);
