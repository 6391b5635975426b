import { CloudFormationClient, DescribeStacksCommand, type StackStatus } from '@aws-sdk/client-cloudformation';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  ListAWSDefaultServiceQuotasCommand,
  ListServiceQuotasCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { preflight } from '../../infra/preflight-account.ts';
import { readSwitches } from '../../infra/switches.ts';

const sts = mockClient(STSClient);
const cloudFormation = mockClient(CloudFormationClient);
const lambda = mockClient(LambdaClient);
const quotas = mockClient(ServiceQuotasClient);

const named = (name: string, message = name) => Object.assign(new Error(message), { name });

const stack = (StackName: string, StackStatus: StackStatus, outputs: Readonly<Record<string, string>> = {}) => ({
  Stacks: [
    {
      StackName,
      StackStatus,
      CreationTime: new Date(0),
      Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
    },
  ],
});
const toolkit = (version: string) => stack('CDKToolkit', 'CREATE_COMPLETE', { BootstrapVersion: version });
const gpus = (Value: number) => ({
  Quotas: [{ QuotaName: 'ml.g6.xlarge for endpoint usage', QuotaCode: 'L-00000001', Value }],
});

/** An account in which everything is there; each test takes something away. */
beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  for (const mock of [sts, cloudFormation, lambda, quotas]) mock.reset();
  sts.on(GetCallerIdentityCommand).resolves({ Account: '123456789012' });
  cloudFormation.on(DescribeStacksCommand).rejects(named('ValidationError', 'Stack with id x does not exist'));
  cloudFormation.on(DescribeStacksCommand, { StackName: 'CDKToolkit' }).resolves(toolkit('28'));
  lambda.on(GetAccountSettingsCommand).resolves({ AccountLimit: { ConcurrentExecutions: 1000 } });
  quotas
    .on(ListServiceQuotasCommand)
    .resolvesOnce({ Quotas: [{ QuotaName: 'other', Value: 9 }], NextToken: 'more' })
    .resolves(gpus(3));
  quotas.on(ListAWSDefaultServiceQuotasCommand).resolves({ Quotas: [] });
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const both = ['Inlet', 'InletMlNode'];
const run = async (context = {}, stacks = both): Promise<readonly string[]> => {
  const findings = await preflight({
    switches: readSwitches(context),
    stacks,
    node: { type: 'ml.g6.xlarge', most: 3 },
  });
  return findings.map(({ kind, text }) => `${kind}: ${text}`);
};

const alone = 'or deploy the service alone with "npx cdk deploy Inlet"';
const request = (service: string, code: string, value: number) =>
  `"aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${value} --region eu-central-1"`;

describe('the preflight', () => {
  it('finds nothing in an account where everything is there', async () => {
    expect(await run()).toEqual([]);
  });

  it('says where to get a region, and asks nobody', async () => {
    vi.stubEnv('AWS_REGION', undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
    expect(await run()).toEqual([
      'lacks: There is no region: set AWS_REGION, or one for the profile with "aws configure"',
    ]);
    expect(sts.calls()).toEqual([]);
  });

  it.each(['CredentialsProviderError', 'ExpiredToken', 'InvalidClientTokenId'])(
    'says how to log in after %s, and goes no further',
    async (name) => {
      sts.on(GetCallerIdentityCommand).rejects(named(name));
      expect(await run()).toEqual([
        `lacks: There are no credentials that AWS takes (${name}): log in with "aws sso login" or "aws configure", or set AWS_PROFILE`,
      ]);
      expect(cloudFormation.calls()).toEqual([]);
    },
  );

  it('says how to set up the CDK where it is not, or too old', async () => {
    const command = '"npx cdk bootstrap aws://123456789012/eu-central-1"';
    cloudFormation.on(DescribeStacksCommand, { StackName: 'CDKToolkit' }).resolves(toolkit('5'));
    expect(await run()).toEqual([
      `lacks: What the CDK has set up in eu-central-1 is of version 5, and 6 is needed: run ${command}`,
    ]);
    const missing = named('ValidationError', 'Stack with id CDKToolkit does not exist');
    cloudFormation.on(DescribeStacksCommand, { StackName: 'CDKToolkit' }).rejects(missing);
    expect(await run()).toEqual([`lacks: The CDK has not been set up in eu-central-1: run ${command}`]);
  });

  it.each<[StackStatus, string[]]>([
    ...(['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'CREATE_FAILED', 'DELETE_FAILED'] as const).map(
      (status): [StackStatus, string[]] => [
        status,
        [
          `lacks: The stack InletMlNode is half made (${status}): remove it with "aws cloudformation delete-stack --stack-name InletMlNode --region eu-central-1", then deploy again`,
        ],
      ],
    ),
    [
      'UPDATE_ROLLBACK_FAILED',
      [
        'lacks: The stack InletMlNode is between two states (UPDATE_ROLLBACK_FAILED): bring it back with "aws cloudformation continue-update-rollback --stack-name InletMlNode --region eu-central-1"',
      ],
    ],
    [
      'UPDATE_IN_PROGRESS',
      ['lacks: The stack InletMlNode is being changed (UPDATE_IN_PROGRESS): wait until that is done'],
    ],
    ['REVIEW_IN_PROGRESS', []],
    ['CREATE_COMPLETE', []],
    ['UPDATE_COMPLETE', []],
    ['UPDATE_ROLLBACK_COMPLETE', []],
  ])('says what to do with a stack in %s', async (status, findings) => {
    cloudFormation.on(DescribeStacksCommand, { StackName: 'InletMlNode' }).resolves(stack('InletMlNode', status));
    expect(await run()).toEqual(findings);
  });

  it('says that new accounts may run few calls at once', async () => {
    lambda.on(GetAccountSettingsCommand).resolves({ AccountLimit: { ConcurrentExecutions: 10 } });
    expect(await run()).toEqual([
      `note: Lambda runs 10 calls at once in eu-central-1, of all functions together, and refuses more with 429 and 5xx: ask for more with ${request('lambda', 'L-B99A9384', 1000)}`,
    ]);
  });

  it('says that reserved concurrency must leave a hundred', async () => {
    expect(await run({ reservedConcurrency: 'infer=800,manage=100' })).toEqual([]);
    expect(await run({ reservedConcurrency: 'infer=800,manage=101' })).toEqual([
      `lacks: The switch reservedConcurrency takes 901 of the 1000 executions at once that Lambda allows in eu-central-1, and 100 must be left: lower it, or ask for more with ${request('lambda', 'L-B99A9384', 1000)}`,
    ]);
  });

  it('says how to ask for GPUs: none, too few, or a type that is not there', async () => {
    quotas.on(ListServiceQuotasCommand).resolves(gpus(0));
    expect(await run()).toEqual([
      `lacks: The account may run no instance of ml.g6.xlarge for endpoints in eu-central-1: ask for 3 with ${request('sagemaker', 'L-00000001', 3)}, ${alone}`,
    ]);
    quotas.on(ListServiceQuotasCommand).resolves(gpus(2));
    expect(await run()).toEqual([
      `note: The account may run 2 instances of ml.g6.xlarge for endpoints in eu-central-1, and the ML node grows up to 3: ask for more with ${request('sagemaker', 'L-00000001', 3)}`,
    ]);
    quotas.on(ListServiceQuotasCommand).resolves({ Quotas: [] });
    expect(await run()).toEqual([
      `lacks: SageMaker has no instances of type ml.g6.xlarge in eu-central-1: choose another type or region, ${alone}`,
    ]);
    quotas.on(ListAWSDefaultServiceQuotasCommand).resolves(gpus(0));
    expect(await run()).toEqual([expect.stringContaining('may run no instance of ml.g6.xlarge')]);
  });

  it.each([
    ['mx-central-1', 'AWS has no image of Text Embeddings Inference in mx-central-1, which the ML node runs'],
    ['eu-west-3', 'SageMaker does not take endpoints down to zero instances in eu-west-3'],
  ])('says that the ML node cannot be in %s', async (region, text) => {
    vi.stubEnv('AWS_REGION', region);
    expect(await run()).toEqual([expect.stringContaining(`lacks: ${text}`)]);
  });

  it('looks for nothing of the ML node where the service is deployed alone', async () => {
    vi.stubEnv('AWS_REGION', 'mx-central-1');
    expect(await run({}, ['Inlet'])).toEqual([]);
    expect(quotas.calls()).toEqual([]);
  });

  it('says that a certificate is in another region', async () => {
    const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f';
    expect(await run({ domainName: 'a.example.com', certificateArn })).toEqual([
      'lacks: The switch certificateArn names something in us-east-1, but the stack goes to eu-central-1: give one from there',
    ]);
  });

  it('goes on where it may not look, and says so', async () => {
    lambda.on(GetAccountSettingsCommand).rejects(named('AccessDeniedException'));
    quotas.on(ListServiceQuotasCommand).resolves(gpus(0));
    expect(await run()).toEqual([
      "note: Lambda's limits could not be looked at (AccessDeniedException): give this user the right to, or look yourself",
      expect.stringContaining('lacks: The account may run no instance'),
    ]);
  });
});
