import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type FunctionName, functionNames } from '../../lib/http/routes.ts';
import { synthesise, synthesiseAnew } from './synthesise.ts';

const { stack, ofType } = synthesise();
const { endpoints, apiKeys, buckets, adminSecret } = stack.data;
const { byName } = stack.functions;

const endpointSecretArn = {
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      ':secretsmanager:',
      { Ref: 'AWS::Region' },
      ':',
      { Ref: 'AWS::AccountId' },
      ':secret:Inlet/endpoint/*',
    ],
  ],
};

/** An ARN of this account and region, as CloudFormation joins it. */
const arnOf = (service: string, rest: string) => ({
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      `:${service}:`,
      { Ref: 'AWS::Region' },
      ':',
      { Ref: 'AWS::AccountId' },
      `:${rest}`,
    ],
  ],
});

const bucketName = ['inlet-models-', { Ref: 'AWS::AccountId' }, '-', { Ref: 'AWS::Region' }];
const bucketArn = (rest: readonly unknown[]) => ({
  'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::inlet-models-', ...bucketName.slice(1), ...rest]],
});
const serviceRole = {
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      ':iam::',
      { Ref: 'AWS::AccountId' },
      ':role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint',
    ],
  ],
};

/** Resources by the words used below. */
const labels = new Map<string, string>([
  ['"*"', 'anything'],
  [JSON.stringify(endpointSecretArn), 'endpoint secrets'],
  [JSON.stringify(arnOf('sagemaker', 'endpoint/Inlet-ml-node')), 'node'],
  [JSON.stringify(arnOf('sagemaker', 'endpoint/inlet-ml-node')), 'node in small letters'],
  [JSON.stringify(arnOf('sagemaker', 'inference-component/Inlet-ml-node-*')), 'components'],
  [JSON.stringify(arnOf('sagemaker', 'inference-component/inlet-ml-node-*')), 'components in small letters'],
  [
    JSON.stringify(arnOf('cloudwatch', 'alarm:TargetTracking-inference-component/Inlet-ml-node-*')),
    'alarms of components',
  ],
  [JSON.stringify(bucketArn([])), 'model bucket'],
  [JSON.stringify(bucketArn(['/*'])), 'uploaded models'],
  [JSON.stringify(serviceRole), 'role of Application Auto Scaling'],
  ...[
    [endpoints.tableArn, 'endpoints'],
    [apiKeys.tableArn, 'API keys'],
    [buckets.tableArn, 'buckets'],
    [adminSecret.secretArn, 'admin secret'],
    [byName.manage.lambda.functionArn, 'manage'],
  ].map(([arn, label = '']): [string, string] => [JSON.stringify(stack.resolve(arn)), label]),
  ...functionNames.map((name): [string, string] => [
    JSON.stringify(stack.resolve(byName[name].lambda.logGroup.logGroupArn)),
    `log of ${name}`,
  ]),
]);

const oneOrMore = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([z.array(schema), schema.transform((one) => [one])]);
const policy = z.object({
  Roles: z.array(z.json()),
  PolicyDocument: z.object({
    Statement: z.array(
      z.strictObject({
        Effect: z.literal('Allow'),
        Action: oneOrMore(z.string()),
        Resource: oneOrMore(z.json()),
        Condition: z.record(z.string(), z.record(z.string(), z.string())).optional(),
      }),
    ),
  }),
});
const policies = ofType('AWS::IAM::Policy').map(({ properties }) => policy.parse(properties));

const rightsOf = (name: FunctionName): Record<string, string[]> => {
  const role = stack.resolve(byName[name].lambda.role?.roleName);
  const rights: Record<string, string[]> = {};
  const own = policies.filter(({ Roles }) => JSON.stringify(Roles) === JSON.stringify([role]));
  for (const { Action, Resource, Condition } of own.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)) {
    for (const resource of Resource) {
      const limits = Object.values(Condition ?? {}).flatMap(Object.values);
      const label = [labels.get(JSON.stringify(resource)) ?? JSON.stringify(resource), ...limits].join(' of ');
      rights[label] = [...(rights[label] ?? []), ...Action].toSorted();
    }
  }
  return rights;
};

const everyones = {
  anything: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
  'admin secret': ['secretsmanager:GetSecretValue'],
  'API keys': ['dynamodb:GetItem'],
};
const writesLog = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const countsCalls = ['dynamodb:GetItem', 'dynamodb:UpdateItem'];

const looks = {
  components: ['sagemaker:DescribeInferenceComponent'],
  'components in small letters': ['sagemaker:DescribeInferenceComponent'],
};
const makesComponents = [
  'sagemaker:CreateInferenceComponent',
  'sagemaker:DescribeEndpoint',
  'sagemaker:InvokeEndpoint',
];
const changesComponents = [
  'sagemaker:CreateInferenceComponent',
  'sagemaker:DeleteInferenceComponent',
  'sagemaker:DescribeInferenceComponent',
  'sagemaker:InvokeEndpoint',
  'sagemaker:UpdateInferenceComponentRuntimeConfig',
];

const expectedRights: Record<FunctionName, Record<string, string[]>> = {
  read: {
    ...everyones,
    ...looks,
    'log of read': writesLog,
    endpoints: ['dynamodb:GetItem', 'dynamodb:Scan'],
  },
  infer: {
    ...everyones,
    'log of infer': writesLog,
    endpoints: ['dynamodb:GetItem'],
    'endpoint secrets': ['secretsmanager:GetSecretValue'],
    buckets: countsCalls,
    manage: ['lambda:InvokeFunction'],
    node: ['sagemaker:DescribeEndpoint', 'sagemaker:InvokeEndpoint'],
    'node in small letters': ['sagemaker:DescribeEndpoint', 'sagemaker:InvokeEndpoint'],
    components: ['sagemaker:DescribeInferenceComponent', 'sagemaker:InvokeEndpoint'],
    'components in small letters': ['sagemaker:DescribeInferenceComponent', 'sagemaker:InvokeEndpoint'],
  },
  manage: {
    ...everyones,
    'log of manage': writesLog,
    anything: [
      'application-autoscaling:DescribeScalableTargets',
      'application-autoscaling:DescribeScalingPolicies',
      'cloudwatch:DescribeAlarms',
      'sagemaker:ListInferenceComponents',
      ...everyones.anything,
    ],
    'anything of sagemaker': [
      'application-autoscaling:DeregisterScalableTarget',
      'application-autoscaling:PutScalingPolicy',
      'application-autoscaling:RegisterScalableTarget',
    ],
    'role of Application Auto Scaling of sagemaker.application-autoscaling.amazonaws.com': [
      'iam:CreateServiceLinkedRole',
    ],
    'alarms of components': ['cloudwatch:DeleteAlarms', 'cloudwatch:PutMetricAlarm'],
    'model bucket': ['s3:ListBucket'],
    'uploaded models': ['s3:GetObject'],
    node: makesComponents,
    'node in small letters': makesComponents,
    components: changesComponents,
    'components in small letters': changesComponents,
    endpoints: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Scan'],
    'endpoint secrets': ['secretsmanager:CreateSecret', 'secretsmanager:DeleteSecret', 'secretsmanager:GetSecretValue'],
    buckets: countsCalls,
  },
  security: {
    ...everyones,
    'log of security': writesLog,
    'API keys': ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Scan'],
  },
};

const authorises = {
  INLET_API_KEYS_TABLE: stack.resolve(apiKeys.tableName),
  INLET_ADMIN_SECRET: stack.resolve(adminSecret.secretArn),
};
const readsEndpoints = { ...authorises, INLET_ENDPOINTS_TABLE: stack.resolve(endpoints.tableName) };
const seesNode = { ...readsEndpoints, INLET_ML_NODE: 'sagemaker://Inlet-ml-node' };
const callsServices = {
  ...seesNode,
  INLET_SECRET_PREFIX: 'Inlet/endpoint/',
  INLET_BUCKETS_TABLE: stack.resolve(buckets.tableName),
  INLET_RATE_LIMITS: 'shared',
};

const callsNode = { ...callsServices, INLET_MANAGE_FUNCTION: stack.resolve(byName.manage.lambda.functionName) };
const managesNode = { ...callsServices, INLET_MODEL_BUCKET: { 'Fn::Join': ['', bucketName] } };

describe('the functions', () => {
  it.each(functionNames)('%s may do what it must and nothing else', (name) => {
    expect(rightsOf(name)).toEqual(expectedRights[name]);
  });

  it('have no rights but those', () => {
    expect(policies).toHaveLength(functionNames.length);
    expect(ofType('AWS::IAM::Role').map(({ properties }) => Object.keys(properties))).toEqual(
      functionNames.map(() => ['AssumeRolePolicyDocument']),
    );
  });

  it.each([
    { name: 'read', seconds: 30, variables: seesNode },
    { name: 'infer', seconds: 900, variables: callsNode },
    { name: 'manage', seconds: 300, variables: managesNode },
    { name: 'security', seconds: 30, variables: authorises },
  ] as const)('$name runs on Node 24 and arm64 for at most $seconds s', ({ name, seconds, variables }) => {
    const { lambda } = byName[name];
    const { Ref: id } = z.object({ Ref: z.string() }).parse(stack.resolve(lambda.functionName));
    const properties = ofType('AWS::Lambda::Function').find((each) => each.id === id)?.properties;
    expect(properties).toMatchObject({
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: seconds,
      MemorySize: 1024,
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogGroup: stack.resolve(lambda.logGroup.logGroupName) },
    });
    expect(properties?.Environment).toEqual({ Variables: variables });
  });

  it('that takes events tries none of them twice, and none that is older than those who wait for it', () => {
    expect(ofType('AWS::Lambda::EventInvokeConfig').map(({ properties }) => properties)).toEqual([
      {
        FunctionName: stack.resolve(byName.manage.lambda.functionName),
        MaximumEventAgeInSeconds: 60,
        MaximumRetryAttempts: 0,
        Qualifier: '$LATEST',
      },
    ]);
  });

  it('keep their logs for a month, each its own', () => {
    expect(ofType('AWS::Logs::LogGroup').map(({ properties }) => properties)).toEqual(
      functionNames.map(() => ({ RetentionInDays: 30 })),
    );
  });
});

describe('the ML node that the switches name', () => {
  const variablesOf = (context: Readonly<Record<string, unknown>>) => {
    const other = synthesiseAnew(context);
    return Object.fromEntries(
      functionNames.map((name) => {
        const { Ref: id } = z
          .object({ Ref: z.string() })
          .parse(other.stack.resolve(other.stack.functions.byName[name].lambda.functionName));
        const properties = other.ofType('AWS::Lambda::Function').find((each) => each.id === id)?.properties;
        return [
          name,
          z.object({ Environment: z.object({ Variables: z.record(z.string(), z.json()) }) }).parse(properties)
            .Environment.Variables,
        ];
      }),
    );
  };

  it('may have processors, and another number of instances', () => {
    const { manage, infer } = variablesOf({ mlAccelerator: 'cpu', mlMaxInstances: 5 });
    expect(manage).toMatchObject({ INLET_ML_ACCELERATOR: 'cpu', INLET_ML_MOST_INSTANCES: '5' });
    expect(infer).not.toHaveProperty('INLET_ML_ACCELERATOR');
  });

  it('may be a server elsewhere, and then no function has rights to any other', () => {
    const context = { mlAddress: 'https://tei.test/{model_id}' };
    const { manage, infer, read } = variablesOf(context);
    expect([manage?.INLET_ML_NODE, infer?.INLET_ML_NODE, read?.INLET_ML_NODE]).toEqual([
      '{"*":"https://tei.test/{model_id}"}',
      '{"*":"https://tei.test/{model_id}"}',
      undefined,
    ]);
    expect(JSON.stringify(synthesiseAnew(context).ofType('AWS::IAM::Policy'))).not.toMatch(/sagemaker|autoscaling/);
  });
});
