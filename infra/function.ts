import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Alias,
  Architecture,
  CfnFunction,
  type Code,
  type IFunction,
  type IVersion,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Config } from '../lib/config.ts';

type InletFunctionProps = {
  /** Where another stack must know it. @default CloudFormation makes one */
  readonly functionName?: string | undefined;
  readonly description: string;
  readonly code: Code;
  readonly timeout: Duration;
  /** MiB; Lambda gives processor time in proportion, one core at 1,769. */
  readonly memorySize: number;
  readonly logRetention: RetentionDays;
  /** Encrypts the log. @default CloudWatch's own key */
  readonly key?: IKey | undefined;
  /** Calls at once that are the function's own, and the most that it gets. @default what the account has left */
  readonly reservedConcurrency?: number | undefined;
  /** Environments kept warm. @default none */
  readonly provisionedConcurrency?: number | undefined;
  /** Whether it takes events that nobody waits for. @default callers alone */
  readonly takesEvents?: boolean;
  /** Where its calls leave from. @default Lambda's own network */
  readonly network?: { readonly subnets: readonly string[]; readonly securityGroups: readonly string[] } | undefined;
};

/** What Lambda does with a function's role to put it into a network. */
const networkActions = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * For events that nobody waits for. Lambda's own two more tries, and six hours, would start deployments that nobody waits for any
 * longer: whoever still does asks again after seconds, and the schedule's next event comes in five minutes.
 */
const events = { retryAttempts: 0, maxEventAge: Duration.minutes(1) } as const;

/** A Lambda function with a role and a log of its own, which starts with no right but to write that log and traces. */
export class InletFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly logGroup: LogGroup;
  /** What the API calls: the function, or the version of it that is kept warm. */
  readonly invoked: IFunction;

  constructor(scope: Construct, id: string, { logRetention, key, network, ...props }: InletFunctionProps) {
    super(scope, id);
    const { functionName, takesEvents, reservedConcurrency, provisionedConcurrency, ...rest } = props;
    this.logGroup = new LogGroup(this, 'Log', {
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(key && { encryptionKey: key }),
    });
    // Not the function's default role: its managed policy lets it write every log of the account.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup.grantWrite(role);
    const inNetwork = network && this.#enter(network, role);
    this.lambda = new LambdaFunction(this, 'Function', {
      ...rest,
      ...(functionName !== undefined && { functionName }),
      ...(takesEvents && events),
      ...(reservedConcurrency !== undefined && { reservedConcurrentExecutions: reservedConcurrency }),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      tracing: Tracing.ACTIVE,
      logGroup: this.logGroup,
      role,
    });
    inNetwork?.(this.lambda);
    this.invoked = provisionedConcurrency === undefined ? this.lambda : this.#keepWarm(provisionedConcurrency);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: network
        ? 'X-Ray takes traces for no resource in particular; a network interface has no name before Lambda makes it'
        : 'X-Ray takes traces for no resource in particular',
    });
  }

  /** Sets a variable that `lib/config.ts` reads. */
  set(variable: keyof Config, value: string): void {
    this.lambda.addEnvironment(variable, value);
  }

  #keepWarm(provisionedConcurrentExecutions: number): IFunction {
    // The CDK is compiled with looser rules for optional properties: its classes do not quite have the types that they implement.
    const version = this.lambda.currentVersion as IVersion;
    return new Alias(this, 'Warm', { aliasName: 'warm', version, provisionedConcurrentExecutions }) as IFunction;
  }

  /** @returns what to do with the function once it is there */
  #enter({ subnets, securityGroups }: NonNullable<InletFunctionProps['network']>, role: Role) {
    role.addToPolicy(new PolicyStatement({ actions: networkActions, resources: ['*'] }));
    // Lambda itself takes the role before the function runs; the function's code has no business with network interfaces.
    const functions = Stack.of(this).formatArn({ service: 'lambda', resource: 'function:*' });
    role.addToPolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions: networkActions,
        resources: ['*'],
        conditions: { ArnLike: { 'lambda:SourceFunctionArn': functions } },
      }),
    );
    return (lambda: LambdaFunction): void => {
      const resource = lambda.node.defaultChild;
      if (!(resource instanceof CfnFunction)) throw new Error('A function is a CfnFunction');
      // By ids: a `Vpc` would have to be looked up in the account, which synthesis does without.
      resource.vpcConfig = { subnetIds: [...subnets], securityGroupIds: [...securityGroups] };
      // Lambda needs the rights when it makes the function.
      lambda.node.addDependency(role);
    };
  }
}
