import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { findPython } from '../python-tools.ts';

const run = promisify(execFile);

export type Tools = {
  readonly python: string;
  /** The program itself, not a link to it. */
  readonly java: string;
  readonly javac: string;
  readonly jar: string;
  readonly maven: string;
};

const onPath = async (name: string): Promise<string | undefined> => {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const found = await realpath(join(folder, name)).catch(() => undefined);
    if (found !== undefined) return found;
  }
  return undefined;
};

const javaRelease = async (java: string): Promise<number> => {
  const { stderr } = await run(java, ['-version']);
  return Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
};

/**
 * Finds what LocalStack needs where there is no Docker: for itself Python, for its DynamoDB a JDK, and Maven to bring that.
 *
 * @returns what is missing, in words that go after "LocalStack", in place of the tools
 */
export const findTools = async (): Promise<Tools | string> => {
  // Its code has the syntax of 3.12; 3.13 is what it was tried with.
  const python = await findPython([13, 12]);
  if (python === undefined) return 'needs Python 3.12 or 3.13';
  const [java, javac, jar, maven] = await Promise.all(['java', 'javac', 'jar', 'mvn'].map(onPath));
  if (java === undefined || javac === undefined || jar === undefined || (await javaRelease(java)) < 17)
    return 'needs a JDK, 17 or later, for its DynamoDB';
  if (maven === undefined) return 'needs Maven, which brings its DynamoDB';
  return { python, java, javac, jar, maven };
};
