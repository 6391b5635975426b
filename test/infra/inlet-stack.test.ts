import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { type Synthesised, synthesise, synthesiseAnew } from './synthesise.ts';

/** All that the service takes: each was deployed to the emulator of the deployment test, which refuses the change set otherwise. */
const resourceTypes = [
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::GatewayResponse',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Stage',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::DynamoDB::Table',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::Logs::MetricFilter',
  'AWS::SecretsManager::Secret',
];

/** What that emulator refuses, and what of alarms it refuses when it makes them. */
const refusedTypes =
  /^AWS::(?:SageMaker|ApplicationAutoScaling)::|^AWS::(?:WAFv2::WebACLAssociation|Logs::QueryDefinition|CloudWatch::CompositeAlarm|ApiGateway::VpcLink|IAM::ServiceLinkedRole)$/;

const names: Record<string, string> = {
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SecretsManager::Secret': 'Name',
};

const findings = (app: Synthesised['app']) =>
  new AwsSolutionsChecks(app).validateScope(app).violations.map(({ ruleName }) => ruleName);

describe('the stack', () => {
  const { outputs, resources, stack, ofType } = synthesise();

  it('takes only resource types that can be deployed to the emulator', () => {
    expect([...new Set(resources.map(({ type }) => type))].toSorted()).toEqual(resourceTypes);
  });

  it('takes none that the emulator refuses, and no alarm over a sum of metrics', () => {
    expect(resources.filter(({ type }) => refusedTypes.test(type))).toEqual([]);
    for (const { type, properties } of resources) {
      if (type === 'AWS::CloudWatch::Alarm') expect(properties).not.toHaveProperty('Metrics');
    }
  });

  it('leaves names to CloudFormation, so that it can be deployed twice and replaced, but that which the ML node’s stack must know', () => {
    const named = resources.filter(({ type, properties }) => Object.hasOwn(properties, names[type] ?? ''));
    expect(named.map(({ properties }) => properties.FunctionName)).toEqual(['Inlet-manage']);
  });

  it('begins the names of secrets with its own, which is the prefix', () => {
    expect(synthesise({ prefix: 'Another' }).stack.data.endpointSecrets.prefix).toBe('Another/endpoint/');
  });

  it('says where it answers and what the functions and the secret of its owner are called', () => {
    const { restApi } = stack.api;
    const { byName } = stack.functions;
    const values = Object.fromEntries(Object.entries(outputs).map(([name, { Value }]) => [name, Value]));
    expect(values).toEqual({
      ApiUrl: {
        'Fn::Join': [
          '',
          [
            'https://',
            stack.resolve(restApi.restApiId),
            '.execute-api.',
            { Ref: 'AWS::Region' },
            '.',
            { Ref: 'AWS::URLSuffix' },
            '/',
            stack.resolve(restApi.deploymentStage.stageName),
            '/',
          ],
        ],
      },
      ApiId: stack.resolve(restApi.restApiId),
      Region: { Ref: 'AWS::Region' },
      AdminSecretArn: stack.resolve(stack.data.adminSecret.secretArn),
      ReadFunction: stack.resolve(byName.read.lambda.functionName),
      InferFunction: stack.resolve(byName.infer.lambda.functionName),
      ManageFunction: stack.resolve(byName.manage.lambda.functionName),
      SecurityFunction: stack.resolve(byName.security.lambda.functionName),
      MlNodeEndpoint: 'Inlet-ml-node',
      DashboardUrl: {
        'Fn::Join': [
          '',
          [
            'https://',
            { Ref: 'AWS::Region' },
            '.console.aws.amazon.com/cloudwatch/home?region=',
            { Ref: 'AWS::Region' },
            '#dashboards/dashboard/',
            { Ref: ofType('AWS::CloudWatch::Dashboard')[0]?.id },
          ],
        ],
      },
    });
  });

  it.each(['Inlet', 'Another'])('has no unexplained finding of cdk-nag under the prefix %s', (prefix) => {
    expect(findings(synthesise({ prefix }).app)).toEqual([]);
  });

  it('has a finding for what comes in without protection', () => {
    const { app, stack: changed } = synthesiseAnew();
    new Table(changed, 'Unprotected', { partitionKey: { name: 'id', type: AttributeType.STRING } });
    expect(findings(app)).toEqual(['AwsSolutions-DDB3']);
  });
});
