import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startLocalStack } from './start.ts';
import { findTools } from './tools.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** For what `cdk deploy` writes. */
    dataFolder: string;
  }
}

/** Starts LocalStack; the tests deploy. @throws Error with a sentence about what is missing */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const tools = await findTools();
  if (typeof tools === 'string') throw new Error(`LocalStack ${tools}`);
  const localStack = await startLocalStack(tools);
  const folder = await mkdtemp(join(tmpdir(), 'inlet-localstack-cdk-'));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: localStack.endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    CDK_DEFAULT_ACCOUNT: '000000000000',
    CDK_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_HOME: folder,
  });
  provide('dataFolder', folder);
  return async () => {
    await localStack.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
