import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mlNodeStackName } from './ml-node-stack.ts';
import {
  checkBootstrap,
  checkConcurrency,
  checkInstances,
  checkNodeRegion,
  checkRegion,
  checkStack,
  type Finding,
  type NodeInstances,
} from './preflight-checks.ts';
import type { Switches } from './switches.ts';

export type PreflightOptions = {
  readonly switches: Switches;
  /** Names of the stacks that are to be deployed. */
  readonly stacks: readonly string[];
  readonly node: NodeInstances;
};

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown error');

/** A check that could not be made says so; the others go on. */
const attempt = async (what: string, check: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> => {
  try {
    return await check();
  } catch (error) {
    return [
      {
        kind: 'note',
        text: `${what} could not be looked at (${nameOf(error)}): give this user the right to, or look yourself`,
      },
    ];
  }
};

/**
 * What an account lacks for a deployment, as far as it can be known before anything is made. Reads only.
 *
 * Clients find credentials and region where every SDK does: environment, profile, SSO.
 */
export const preflight = async ({ switches, stacks, node }: PreflightOptions): Promise<readonly Finding[]> => {
  const sts = new STSClient({});
  const region = await sts.config.region().catch(() => undefined);
  if (!region)
    return [{ kind: 'lacks', text: 'There is no region: set AWS_REGION, or one for the profile with "aws configure"' }];
  const identity = await sts.send(new GetCallerIdentityCommand({})).catch((error: unknown) => nameOf(error));
  if (typeof identity === 'string') {
    const text = `There are no credentials that AWS takes (${identity}): log in with "aws sso login" or "aws configure", or set AWS_PROFILE`;
    return [{ kind: 'lacks', text }];
  }
  const cloudFormation = new CloudFormationClient({});
  const account = identity.Account ?? '';
  const findings = [
    checkRegion(switches, region),
    await attempt("The CDK's set-up", () => checkBootstrap(cloudFormation, account, region)),
    ...(await Promise.all(
      stacks.map((name) => attempt(`The stack ${name}`, () => checkStack(cloudFormation, name, region))),
    )),
    await attempt("Lambda's limits", () => checkConcurrency(new LambdaClient({}), switches, region)),
  ];
  if (stacks.includes(mlNodeStackName(switches.prefix))) {
    findings.push(
      checkNodeRegion(region),
      await attempt("SageMaker's quotas", () =>
        checkInstances(new ServiceQuotasClient({}), node, region, switches.prefix),
      ),
    );
  }
  return findings.flat();
};
