import { createInterface } from 'node:readline/promises';
import { setTimeout } from 'node:timers/promises';
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { readArguments, usage } from './arguments.ts';
import { empty } from './empty.ts';

// npm run admin -- empty: before `cdk destroy`. The account and the region are those that the SDK finds.

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const ask = async (question: string): Promise<string> => {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
};

/** @throws Error with a sentence when the environment does not say which account, or who may look into it */
const whereAmI = async (): Promise<string> => {
  const sts = new STSClient({});
  const region = await sts.config.region().catch(() => {
    throw new Error('There is no region: set AWS_REGION, or one for the profile with "aws configure"');
  });
  const { Account: account } = await sts.send(new GetCallerIdentityCommand({})).catch((error: unknown) => {
    const name = error instanceof Error ? error.name : 'unknown error';
    throw new Error(
      `There are no credentials that AWS takes (${name}): log in with "aws sso login" or "aws configure", or set AWS_PROFILE`,
    );
  });
  return `account ${account}, region ${region}`;
};

const run = async (): Promise<boolean> => {
  const { data, yes, prefix } = readArguments(process.argv.slice(2));
  const place = `${prefix} in ${await whereAmI()}`;

  const confirm = async (what: readonly string[]): Promise<boolean> => {
    say(`This removes from ${place}:`);
    for (const each of what) say(`  ${each}`);
    if (yes) return true;
    if (!process.stdin.isTTY) throw new Error('Nobody is there to ask; --yes goes on without');
    // Stored data does not come back: a typed name, not a key pressed by mistake.
    const expected = data ? prefix : 'yes';
    if ((await ask(`Type ${expected} to go on: `)).trim() === expected) return true;
    say('Nothing has been removed.');
    return false;
  };

  return empty(
    {
      cloudFormation: new CloudFormationClient({}),
      sageMaker: new SageMakerClient({}),
      autoScaling: new ApplicationAutoScalingClient({}),
      dynamoDb: new DynamoDBClient({}),
      secretsManager: new SecretsManagerClient({}),
      // Emulators have no host name for each bucket.
      s3: new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined }),
    },
    { prefix, data, say, confirm, pause: () => setTimeout(10_000) },
  );
};

if (process.argv.includes('--help')) say(usage);
else
  try {
    process.exitCode = (await run()) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
