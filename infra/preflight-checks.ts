import { type CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { GetAccountSettingsCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import {
  paginateListAWSDefaultServiceQuotas,
  paginateListServiceQuotas,
  type ServiceQuota,
  type ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import type { Switches } from './switches.ts';
import { imageAccounts } from './tei-image.ts';

/** What a deployment would meet: `lacks` would make it fail, a `note` would not. One sentence that says what to do. */
export type Finding = { readonly kind: 'lacks' | 'note'; readonly text: string };

const lacks = (text: string): Finding => ({ kind: 'lacks', text });
const note = (text: string): Finding => ({ kind: 'note', text });

/** The CDK's own, in an account that is bootstrapped, and the least version that takes this app's assets. */
const toolkit = { name: 'CDKToolkit', version: 6 };

const describeStack = async (client: CloudFormationClient, name: string): Promise<Stack | undefined> => {
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return stack;
  } catch (error) {
    // Of an unknown name CloudFormation says just that, in its message.
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
};

/** Whether the CDK has its bucket and roles there. */
export const checkBootstrap = async (
  client: CloudFormationClient,
  account: string,
  region: string,
): Promise<readonly Finding[]> => {
  const command = `npx cdk bootstrap aws://${account}/${region}`;
  const stack = await describeStack(client, toolkit.name);
  if (!stack) return [lacks(`The CDK has not been set up in ${region}: run "${command}"`)];
  const version = stack.Outputs?.find(({ OutputKey }) => OutputKey === 'BootstrapVersion')?.OutputValue;
  if (Number(version) >= toolkit.version) return [];
  return [
    lacks(
      `What the CDK has set up in ${region} is of version ${version ?? '0'}, and ${toolkit.version} is needed: run "${command}"`,
    ),
  ];
};

const halfMade = /^(?:ROLLBACK_COMPLETE|ROLLBACK_FAILED|CREATE_FAILED|DELETE_FAILED)$/;

/** Whether a stack is in a state that can be deployed to. */
export const checkStack = async (
  client: CloudFormationClient,
  name: string,
  region: string,
): Promise<readonly Finding[]> => {
  const status = (await describeStack(client, name))?.StackStatus ?? '';
  const command = (action: string) => `aws cloudformation ${action} --stack-name ${name} --region ${region}`;
  if (halfMade.test(status))
    return [
      lacks(
        `The stack ${name} is half made (${status}): remove it with "${command('delete-stack')}", then deploy again`,
      ),
    ];
  if (status === 'UPDATE_ROLLBACK_FAILED')
    return [
      lacks(
        `The stack ${name} is between two states (${status}): bring it back with "${command('continue-update-rollback')}"`,
      ),
    ];
  if (status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS')
    return [lacks(`The stack ${name} is being changed (${status}): wait until that is done`)];
  return [];
};

/** Lambda leaves at least so many executions to functions that have none of their own. */
const leastUnreserved = 100;

/** Whether the functions may run often enough at once. */
export const checkConcurrency = async (
  client: LambdaClient,
  { reservedConcurrency }: Pick<Switches, 'reservedConcurrency'>,
  region: string,
): Promise<readonly Finding[]> => {
  const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}));
  const most = AccountLimit?.ConcurrentExecutions ?? 0;
  const ask = `"aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000 --region ${region}"`;
  const reserved = Object.values(reservedConcurrency).reduce<number>((sum, value = 0) => sum + value, 0);
  if (reserved > 0 && most - reserved < leastUnreserved) {
    return [
      lacks(
        `The switch reservedConcurrency takes ${reserved} of the ${most} executions at once that Lambda allows in ${region}, and ${leastUnreserved} must be left: lower it, or ask for more with ${ask}`,
      ),
    ];
  }
  if (most >= leastUnreserved) return [];
  return [
    note(
      `Lambda runs ${most} calls at once in ${region}, of all functions together, and refuses more with 429 and 5xx: ask for more with ${ask}`,
    ),
  ];
};

/** What of the switches can be held against the region. */
export const checkRegion = (
  { certificateArn, alarmTopicArn, waf, customerKey }: Switches,
  region: string,
): readonly Finding[] =>
  Object.entries({ certificateArn, alarmTopicArn, waf, customerKey }).flatMap(([name, arn]) => {
    const other = typeof arn === 'string' ? arn.split(':')[3] : region;
    if (other === region) return [];
    return [
      lacks(`The switch ${name} names something in ${other}, but the stack goes to ${region}: give one from there`),
    ];
  });

/** The instances of the ML node. */
export type NodeInstances = { readonly type: string; readonly most: number };

const find = async (pages: AsyncIterable<{ readonly Quotas?: ServiceQuota[] | undefined }>, name: string) => {
  for await (const { Quotas = [] } of pages) {
    const found = Quotas.find(({ QuotaName }) => QuotaName === name);
    if (found) return found;
  }
  return undefined;
};

/** Whether the account may run instances of the ML node: new accounts may run none with a GPU. */
export const checkInstances = async (
  client: ServiceQuotasClient,
  { type, most }: NodeInstances,
  region: string,
  serviceStack: string,
): Promise<readonly Finding[]> => {
  const name = `${type} for endpoint usage`;
  const sageMaker = { ServiceCode: 'sagemaker' };
  const quota =
    (await find(paginateListServiceQuotas({ client }, sageMaker), name)) ??
    (await find(paginateListAWSDefaultServiceQuotas({ client }, sageMaker), name));
  const alone = `or deploy the service alone with "npx cdk deploy ${serviceStack}"`;
  if (!quota)
    return [lacks(`SageMaker has no instances of type ${type} in ${region}: choose another type or region, ${alone}`)];
  const allowed = quota.Value ?? 0;
  const ask = `"aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code ${quota.QuotaCode} --desired-value ${most} --region ${region}"`;
  if (allowed < 1)
    return [
      lacks(
        `The account may run no instance of ${type} for endpoints in ${region}: ask for ${most} with ${ask}, ${alone}`,
      ),
    ];
  if (allowed < most)
    return [
      note(
        `The account may run ${allowed} instances of ${type} for endpoints in ${region}, and the ML node grows up to ${most}: ask for more with ${ask}`,
      ),
    ];
  return [];
};

/** Regions where SageMaker has refused `MinInstanceCount: 0`, as of August 2026: an instance there would run, and cost, all the time. */
const withoutScaleToZero: readonly string[] = ['eu-west-3'];

/** Whether the ML node can be in this region. */
export const checkNodeRegion = (region: string): readonly Finding[] => {
  if (!Object.hasOwn(imageAccounts, region)) {
    return [
      lacks(
        `AWS has no image of Text Embeddings Inference in ${region}, which the ML node runs: deploy to one of ${Object.keys(imageAccounts).join(', ')}`,
      ),
    ];
  }
  if (!withoutScaleToZero.includes(region)) return [];
  return [
    lacks(
      `SageMaker does not take endpoints down to zero instances in ${region}, so that the ML node cannot be made there: deploy to another region, or the service alone`,
    ),
  ];
};
