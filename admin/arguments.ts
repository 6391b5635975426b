import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export const usage = `npm run admin -- empty [--data] [--yes] [-c prefix=NAME]

Removes what stops "npx cdk destroy --all": the inference components of the ML node.
  --data         also what users have stored: rows, secrets of endpoints, uploaded models, and the tables' deletion protection
  --yes          does not ask back
  -c prefix=NAME the deployment, as for cdk; otherwise the prefix in cdk.json`;

export type Arguments = { readonly data: boolean; readonly yes: boolean; readonly prefix: string };

const prefixInCdkJson = (): string => {
  const file: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'cdk.json'), 'utf8'));
  // Our own file; `infra/` checks the form of the prefix.
  return (file as { readonly context: { readonly prefix: string } }).context.prefix;
};

const prefixOf = (context: readonly string[]): string => {
  const [only, ...more] = context;
  if (only === undefined) return prefixInCdkJson();
  const prefix = /^prefix=([A-Za-z][A-Za-z0-9-]*)$/.exec(only)?.[1];
  if (prefix === undefined || more.length > 0) throw new Error(`-c takes prefix=NAME once, not ${context.join(', ')}`);
  return prefix;
};

/** Node's own sentence tells how to pass what looks like an option; there is nothing to pass so. */
const firstSentence = ({ message }: Error): string => message.replace(/\. .*$/s, '');

const parse = (words: readonly string[]) => {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        data: { type: 'boolean', default: false },
        yes: { type: 'boolean', default: false },
        context: { type: 'string', short: 'c', multiple: true, default: [] },
      },
    });
  } catch (error) {
    throw error instanceof TypeError ? new Error(`${firstSentence(error)}\n\n${usage}`, { cause: error }) : error;
  }
};

/**
 * Reads the command line.
 *
 * @param words - without the program's own
 * @throws Error with a sentence about what does not fit
 */
export const readArguments = (words: readonly string[]): Arguments => {
  const { values, positionals } = parse(words);
  if (positionals.length !== 1 || positionals[0] !== 'empty')
    throw new Error(`There is one command, empty, not "${positionals.join(' ')}"`);
  return { data: values.data, yes: values.yes, prefix: prefixOf(values.context) };
};
