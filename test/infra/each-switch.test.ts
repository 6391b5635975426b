import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type FunctionName, functionNames } from '../../lib/http/routes.ts';
import { certificateArn, domain, keyArn, network, switchRows, topicArn, webAclArn } from './switch-rows.ts';
import { type Synthesised, synthesise } from './synthesise.ts';

const only = (synthesised: Synthesised, type: string) => {
  const [one, ...others] = synthesised.ofType(type);
  if (!one || others.length > 0) throw new Error(`${others.length + (one ? 1 : 0)} of ${type}`);
  return one;
};

const functionOf = ({ stack, ofType }: Synthesised, name: FunctionName) => {
  const { Ref: id } = z
    .object({ Ref: z.string() })
    .parse(stack.resolve(stack.functions.byName[name].lambda.functionName));
  const found = ofType('AWS::Lambda::Function').find((each) => each.id === id);
  if (!found) throw new Error(`There is no function ${name}`);
  return found.properties;
};

const environmentOf = (synthesised: Synthesised, name: FunctionName): unknown =>
  z.object({ Variables: z.unknown() }).parse(functionOf(synthesised, name).Environment).Variables;

const statement = z.object({
  Effect: z.string(),
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.json(),
  Condition: z.json().optional(),
});
const policy = z.object({ Roles: z.array(z.json()), PolicyDocument: z.object({ Statement: z.array(statement) }) });

/** Statements of a function's role in which one of these services' actions occurs. */
const statementsOf = ({ stack, ofType }: Synthesised, name: FunctionName, ...services: readonly string[]) => {
  const role = JSON.stringify([stack.resolve(stack.functions.byName[name].lambda.role?.roleName)]);
  return ofType('AWS::IAM::Policy')
    .map(({ properties }) => policy.parse(properties))
    .filter(({ Roles }) => JSON.stringify(Roles) === role)
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(({ Action }) => [Action].flat().some((action) => services.some((each) => action.startsWith(`${each}:`))));
};

describe.each(switchRows)('with %j', (context) => {
  const synthesised = synthesise(context);

  it('has no unexplained finding of cdk-nag', () => {
    const { violations } = new AwsSolutionsChecks(synthesised.app).validateScope(synthesised.app);
    expect(violations.map(({ ruleName }) => ruleName)).toEqual([]);
  });

  it('keeps every table, secret and API as it is', () => {
    const kept = /^AWS::(?:DynamoDB::Table|SecretsManager::Secret|ApiGateway::RestApi)$/;
    const idsOf = ({ resources }: Pick<Synthesised, 'resources'>) =>
      resources.filter(({ type }) => kept.test(type)).map(({ id }) => id);
    expect(idsOf(synthesised)).toEqual(idsOf(synthesise()));
  });
});

describe('streaming off', () => {
  const synthesised = synthesise({ streaming: 'off' });

  it('leaves the mode of the methods to API Gateway, whose answers then come whole within 29 s', () => {
    const methods = synthesised.ofType('AWS::ApiGateway::Method');
    expect(methods).toHaveLength(9);
    for (const { properties } of methods) {
      expect(properties.Integration).toMatchObject({ Type: 'AWS_PROXY', TimeoutInMillis: 29_000 });
      expect(properties.Integration).not.toHaveProperty('ResponseTransferMode');
      expect(JSON.stringify(properties.Integration)).toContain('/invocations');
      expect(JSON.stringify(properties.Integration)).not.toContain('response-streaming');
    }
  });

  it.each(functionNames)('is told to %s, which exports a plain handler then', (name) => {
    expect(environmentOf(synthesised, name)).toMatchObject({ INLET_STREAMING: 'false' });
    expect(environmentOf(synthesise(), name)).not.toHaveProperty('INLET_STREAMING');
  });
});

describe('a domain name', () => {
  const synthesised = synthesise(domain);

  it('stands for the stage with an empty base path, with TLS 1.2 at least', () => {
    const named = only(synthesised, 'AWS::ApiGateway::DomainName');
    expect(named.properties).toEqual({
      DomainName: 'inference.example.com',
      EndpointConfiguration: { Types: ['REGIONAL'] },
      RegionalCertificateArn: certificateArn,
      SecurityPolicy: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
      EndpointAccessMode: 'BASIC',
    });
    const { restApi } = synthesised.stack.api;
    expect(only(synthesised, 'AWS::ApiGateway::BasePathMapping').properties).toEqual({
      DomainName: { Ref: named.id },
      RestApiId: synthesised.stack.resolve(restApi.restApiId),
      Stage: synthesised.stack.resolve(restApi.deploymentStage.stageName),
    });
  });

  it('is the address in the outputs, with what DNS has to point to', () => {
    const { id } = only(synthesised, 'AWS::ApiGateway::DomainName');
    expect(synthesised.outputs).toMatchObject({
      ApiUrl: { Value: 'https://inference.example.com/' },
      DomainTarget: { Value: { 'Fn::GetAtt': [id, 'RegionalDomainName'] } },
    });
  });
});

describe('a web ACL', () => {
  it.each([
    [{ waf: 'on' }, 10_000],
    [{ waf: 'on', wafRate: 500 }, 500],
  ])(
    'made by %j refuses known attackers and more than %i requests of one address, and reads no bodies',
    (context, limit) => {
      const synthesised = synthesise(context);
      const acl = only(synthesised, 'AWS::WAFv2::WebACL');
      expect(acl.properties).toMatchObject({
        Scope: 'REGIONAL',
        DefaultAction: { Allow: {} },
        Rules: [
          {
            Statement: {
              ManagedRuleGroupStatement: { VendorName: 'AWS', Name: 'AWSManagedRulesAmazonIpReputationList' },
            },
          },
          {
            Action: { Block: {} },
            Statement: { RateBasedStatement: { Limit: limit, AggregateKeyType: 'IP', EvaluationWindowSec: 300 } },
          },
        ],
      });
      expect(only(synthesised, 'AWS::WAFv2::WebACLAssociation').properties).toEqual({
        ResourceArn: synthesised.stack.resolve(synthesised.stack.api.restApi.deploymentStage.stageArn),
        WebACLArn: { 'Fn::GetAtt': [acl.id, 'Arn'] },
      });
    },
  );

  it('of the operator’s own is put before the API as it is', () => {
    const synthesised = synthesise({ waf: webAclArn });
    expect(synthesised.ofType('AWS::WAFv2::WebACL')).toEqual([]);
    expect(only(synthesised, 'AWS::WAFv2::WebACLAssociation').properties.WebACLArn).toBe(webAclArn);
  });
});

describe('private endpoints', () => {
  it('make an API that they alone reach, and no endpoint policy', () => {
    const synthesised = synthesise({ privateEndpoints: 'vpce-0a000001,vpce-1b000001' });
    const calls = { Action: 'execute-api:Invoke', Principal: { AWS: '*' }, Resource: 'execute-api:/*' };
    expect(only(synthesised, 'AWS::ApiGateway::RestApi').properties).toMatchObject({
      EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: ['vpce-0a000001', 'vpce-1b000001'] },
      Policy: {
        Statement: [
          { Effect: 'Allow', ...calls },
          {
            Effect: 'Deny',
            ...calls,
            Condition: { StringNotEquals: { 'aws:SourceVpce': ['vpce-0a000001', 'vpce-1b000001'] } },
          },
        ],
      },
    });
    expect(synthesised.ofType('AWS::EC2::VPCEndpoint')).toEqual([]);
  });

  it('make a new deployment of the stage, without which the policy would not hold', () => {
    const deployment = (context: object) => only(synthesise({ ...context }), 'AWS::ApiGateway::Deployment').id;
    const ids = [{}, { privateEndpoints: 'vpce-0a000001' }, { privateEndpoints: 'vpce-1b000001' }].map(deployment);
    expect(new Set(ids).size).toBe(3);
  });
});

describe('access logs', () => {
  it('are off, and the account-wide role is left alone either way', () => {
    for (const context of [{}, { accessLogs: 'on' }]) {
      expect(synthesise(context).ofType('AWS::ApiGateway::Account')).toEqual([]);
    }
    expect(only(synthesise(), 'AWS::ApiGateway::Stage').properties).not.toHaveProperty('AccessLogSetting');
  });

  it('say what was called and how it went, without headers, query or body', () => {
    const { AccessLogSetting } = only(synthesise({ accessLogs: 'on' }), 'AWS::ApiGateway::Stage').properties;
    const { Format } = z.object({ Format: z.string(), DestinationArn: z.json() }).parse(AccessLogSetting);
    expect(Object.values(JSON.parse(Format))).toEqual([
      '$context.requestId',
      '$context.identity.sourceIp',
      '$context.httpMethod',
      '$context.path',
      '$context.status',
      '$context.responseLength',
      '$context.responseLatency',
      '$context.integration.timeToFirstContent',
      '$context.error.responseType',
      '$context.tlsVersion',
    ]);
  });
});

describe('a customer’s key', () => {
  const made = synthesise({ customerKey: 'on', accessLogs: 'on' });
  const given = synthesise({ customerKey: keyArn });
  const madeArn = { 'Fn::GetAtt': [only(made, 'AWS::KMS::Key').id, 'Arn'] };

  it.each([
    ['made here', made, madeArn],
    ['that was there', given, keyArn],
  ])('%s encrypts tables, the secret, logs and the secrets of endpoints', (_, synthesised, key) => {
    const tables = synthesised.ofType('AWS::DynamoDB::Table').map(({ properties }) => properties.SSESpecification);
    expect(tables).toEqual(
      Array.from({ length: 3 }, () => ({ SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key })),
    );
    expect(only(synthesised, 'AWS::SecretsManager::Secret').properties.KmsKeyId).toEqual(key);
    for (const { properties } of synthesised.ofType('AWS::Logs::LogGroup')) expect(properties.KmsKeyId).toEqual(key);
    expect(environmentOf(synthesised, 'manage')).toMatchObject({ INLET_SECRET_KEY: key });
    for (const name of ['read', 'infer', 'security'] as const) {
      expect(environmentOf(synthesised, name)).not.toHaveProperty('INLET_SECRET_KEY');
    }
  });

  const region = { Ref: 'AWS::Region' };
  const via = ['dynamodb.', 'secretsmanager.'].map((name) => ({ 'Fn::Join': ['', [name, region, '.amazonaws.com']] }));
  const read = ['kms:Decrypt', 'kms:DescribeKey'];
  const write = ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
  it.each([
    ['read', read],
    ['infer', [...read, ...write]],
    ['manage', [...read, ...write]],
    ['security', [...read, ...write]],
  ] as const)('may be used by %s by way of tables and secrets alone: %j', (name, actions) => {
    for (const [synthesised, key] of [
      [made, madeArn],
      [given, keyArn],
    ] as const) {
      expect(statementsOf(synthesised, name, 'kms')).toEqual([
        { Effect: 'Allow', Action: actions, Resource: key, Condition: { StringEquals: { 'kms:ViaService': via } } },
      ]);
    }
    expect(statementsOf(synthesise(), name, 'kms')).toEqual([]);
  });

  it('made here turns over each year, outlives the stack, and lets the logs of this stack in', () => {
    const { properties, deletionPolicy } = only(made, 'AWS::KMS::Key');
    expect(deletionPolicy).toBe('Retain');
    expect(properties.EnableKeyRotation).toBe(true);
    const { Statement } = z.object({ Statement: z.array(z.json()) }).parse(properties.KeyPolicy);
    expect(Statement).toContainEqual({
      Effect: 'Allow',
      Principal: { Service: { 'Fn::Join': ['', ['logs.', region, '.amazonaws.com']] } },
      Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
      Resource: '*',
      Condition: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': {
            'Fn::Join': [
              '',
              [
                'arn:',
                { Ref: 'AWS::Partition' },
                ':logs:',
                region,
                ':',
                { Ref: 'AWS::AccountId' },
                ':log-group:Inlet-*',
              ],
            ],
          },
        },
      },
    });
  });
});

describe('the functions', () => {
  it('get the memory, concurrency, retention and log level that the switches name, the others as before', () => {
    const synthesised = synthesise({
      memory: 'infer=3008',
      reservedConcurrency: 'manage=5',
      logRetentionDays: 7,
      logLevel: 'debug',
    });
    expect(functionNames.map((name) => functionOf(synthesised, name).MemorySize)).toEqual([
      functionOf(synthesise(), 'read').MemorySize,
      3008,
      functionOf(synthesise(), 'manage').MemorySize,
      functionOf(synthesise(), 'security').MemorySize,
    ]);
    const reserved = functionNames.map((name) => functionOf(synthesised, name).ReservedConcurrentExecutions);
    expect(reserved).toEqual([undefined, undefined, 5, undefined]);
    expect(synthesised.ofType('AWS::Logs::LogGroup').map(({ properties }) => properties.RetentionInDays)).toEqual([
      7, 7, 7, 7,
    ]);
    for (const name of functionNames) expect(environmentOf(synthesised, name)).toMatchObject({ LOG_LEVEL: 'debug' });
  });

  it('that are kept warm are called by the version that is', () => {
    const synthesised = synthesise({ provisionedConcurrency: 'infer=2' });
    const alias = only(synthesised, 'AWS::Lambda::Alias');
    expect(alias.properties).toMatchObject({
      Name: 'warm',
      FunctionName: synthesised.stack.resolve(synthesised.stack.functions.byName.infer.lambda.functionName),
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
    });
    const callers = synthesised
      .ofType('AWS::ApiGateway::Method')
      .filter(({ properties }) => JSON.stringify(properties.Integration).includes(`"Ref":"${alias.id}"`));
    expect(callers.map(({ properties }) => properties.HttpMethod)).toEqual(['POST']);
    expect(
      synthesised.ofType('AWS::Lambda::Permission').map(({ properties }) => properties.FunctionName),
    ).toContainEqual({ Ref: alias.id });
  });

  it('go into the network that the switches name, by rights which their own code does not get', () => {
    const synthesised = synthesise(network);
    const actions = [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ];
    for (const name of functionNames) {
      expect(functionOf(synthesised, name).VpcConfig).toEqual({
        SubnetIds: ['subnet-0a000001', 'subnet-1b000001'],
        SecurityGroupIds: ['sg-0a000001'],
      });
      expect(statementsOf(synthesised, name, 'ec2')).toMatchObject([
        { Effect: 'Allow', Action: actions, Resource: '*' },
        { Effect: 'Deny', Action: actions, Resource: '*', Condition: { ArnLike: { 'lambda:SourceFunctionArn': {} } } },
      ]);
      expect(statementsOf(synthesise(), name, 'ec2')).toEqual([]);
    }
  });

  it('that call services may use AWS’s models by their own role where the switch lends it', () => {
    const account = { Ref: 'AWS::AccountId' };
    const join = (...parts: readonly unknown[]) => ({
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ...parts]],
    });
    const lent = synthesise({ awsRole: 'on' });
    for (const name of ['infer', 'manage'] as const) {
      const ownNode = statementsOf(synthesise(), name, 'bedrock', 'sagemaker').map((statement) =>
        JSON.stringify(statement),
      );
      const beyond = statementsOf(lent, name, 'bedrock', 'sagemaker').filter(
        (statement) => !ownNode.includes(JSON.stringify(statement)),
      );
      expect(beyond).toEqual([
        {
          Effect: 'Allow',
          Action: ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'],
          Resource: [join(':bedrock:*::foundation-model/*'), join(':bedrock:*:', account, ':*')],
        },
        {
          Effect: 'Allow',
          Action: ['sagemaker:InvokeEndpoint', 'sagemaker:InvokeEndpointWithResponseStream'],
          Resource: [
            join(':sagemaker:*:', account, ':endpoint/*'),
            join(':sagemaker:*:', account, ':inference-component/*'),
          ],
        },
      ]);
      expect(environmentOf(lent, name)).toMatchObject({ INLET_AWS_ROLE: 'true' });
    }
    for (const name of functionNames) {
      const isLent = name === 'infer' || name === 'manage';
      if (!isLent) expect(environmentOf(lent, name)).not.toHaveProperty('INLET_AWS_ROLE');
      expect(statementsOf(isLent ? synthesise() : lent, name, 'bedrock')).toEqual([]);
      // What they may do with the ML node is theirs anyway.
      if (!isLent) expect(statementsOf(lent, name, 'sagemaker')).toEqual(statementsOf(synthesise(), name, 'sagemaker'));
    }
  });
});

describe('the API', () => {
  it('is slowed down as the switches say', () => {
    const { MethodSettings } = only(
      synthesise({ throttleRate: 5, throttleBurst: 6 }),
      'AWS::ApiGateway::Stage',
    ).properties;
    expect(MethodSettings).toMatchObject([{ ThrottlingRateLimit: 5, ThrottlingBurstLimit: 6 }]);
  });
});

describe('alarms and dashboard', () => {
  it('tell the topic of trouble and of its end', () => {
    const alarms = synthesise({ alarmTopicArn: topicArn }).ofType('AWS::CloudWatch::Alarm');
    expect(alarms.map(({ properties }) => [properties.AlarmActions, properties.OKActions])).toEqual(
      alarms.map(() => [[topicArn], [topicArn]]),
    );
  });

  it.each([
    [{ alarms: 'off' }, 0, 1],
    [{ dashboard: 'off' }, 9, 0],
    [{ alarms: 'off', dashboard: 'off' }, 0, 0],
  ])('are there as %j says', (context, alarms, dashboards) => {
    const synthesised = synthesise(context);
    expect(synthesised.ofType('AWS::CloudWatch::Alarm')).toHaveLength(alarms);
    expect(synthesised.ofType('AWS::CloudWatch::Dashboard')).toHaveLength(dashboards);
    expect(synthesised.ofType('AWS::Logs::MetricFilter')).toHaveLength(alarms + dashboards > 0 ? 7 : 0);
    expect(Object.hasOwn(synthesised.outputs, 'DashboardUrl')).toBe(dashboards > 0);
  });
});
