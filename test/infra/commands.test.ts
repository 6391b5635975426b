import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'inlet-home-'));
});
afterAll(() => rm(home, { recursive: true }));

/** Runs a command of the project where nobody is logged in, and gives what a person reads of a failure. */
const fail = async (file: string, words: readonly string[], region?: string): Promise<string> => {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...(region && { AWS_REGION: region }),
  };
  const run = promisify(execFile)(process.execPath, [join(root, file), ...words], { cwd: root, env });
  const {
    stdout = '',
    stderr = '',
    code,
  }: { stdout?: string; stderr?: string; code?: number } = await run.then(
    (told) => told,
    (error) => error,
  );
  expect(code).toBe(1);
  return `${stdout}${stderr}`;
};

const preflight = 'infra/preflight.ts';
const admin = 'admin/main.ts';

describe('a command that cannot begin says in a sentence what to do', () => {
  it.each<[string, readonly string[], string | undefined, string]>([
    [preflight, [], undefined, 'There is no region: set AWS_REGION'],
    [preflight, [], 'eu-central-1', 'There are no credentials that AWS takes (CredentialsProviderError): log in'],
    [preflight, ['Other'], 'eu-central-1', 'There is no stack Other, but Inlet and InletMlNode'],
    [preflight, ['-c', 'mlAddress=https://tei.test/{model_id}', 'InletMlNode'], 'eu-central-1', 'There is no stack'],
    [preflight, ['-c', 'waf=maybe'], 'eu-central-1', 'waf takes on, off'],
    [preflight, ['-c'], 'eu-central-1', 'there are stacks and -c switch=value'],
    [preflight, ['--all'], 'eu-central-1', 'there are stacks and -c switch=value'],
    [admin, ['empty'], undefined, 'There is no region: set AWS_REGION'],
    [admin, ['empty'], 'eu-central-1', 'There are no credentials that AWS takes (CredentialsProviderError): log in'],
    [admin, ['empty', '--al'], 'eu-central-1', "Unknown option '--al'\n\nnpm run admin -- empty"],
    [admin, [], 'eu-central-1', 'There is one command, empty'],
  ])('%s %j in %s', async (file, words, region, sentence) => {
    const told = await fail(file, words, region);
    expect(told).toContain(sentence);
    expect(told).not.toMatch(/^\s+at /m);
  });
});
