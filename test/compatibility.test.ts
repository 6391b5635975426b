import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compatibility } from '../docs/compatibility.ts';

it('docs/compatibility.md is what the descriptors say (npm run docs writes it)', async () => {
  expect(readFileSync('docs/compatibility.md', 'utf8')).toBe(await compatibility());
});
