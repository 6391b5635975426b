import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { cdk, prefix } from '../cdk.ts';
import { assembly, outputsFile, readOutputs, resources, target } from './deployment.ts';

const context = [`prefix=${prefix}`, ...target.cdkContext].flatMap((each) => ['-c', each]);

const environment = async (): Promise<string> => {
  const sts = new STSClient({});
  const { Account: account } = await sts.send(new GetCallerIdentityCommand({}));
  return `aws://${account}/${await sts.config.region()}`;
};

describe('deploying', () => {
  it('takes a bootstrap and one command', async () => {
    const output = ['--output', assembly];
    await cdk('bootstrap', await environment(), ...context, ...output);
    const others = ['--require-approval', 'never', '--outputs-file', outputsFile];
    await cdk('deploy', prefix, ...context, ...output, ...others);

    expect(readOutputs().ApiUrl).toMatch(/^https:\/\/\w+\.execute-api\..+\/v1\/$/);
  });

  it('makes four functions, three tables and one secret', async () => {
    const count = async (type: string) => (await resources(type)).length;
    expect(await count('AWS::Lambda::Function')).toBe(4);
    expect(await count('AWS::DynamoDB::Table')).toBe(3);
    expect(await count('AWS::SecretsManager::Secret')).toBe(1);
  });
});
