import { App, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { MlNodeStack } from '../../infra/ml-node-stack.ts';
import { readSwitches } from '../../infra/switches.ts';
import { imageAccounts, RegionError } from '../../infra/tei-image.ts';
import { accelerators } from '../../lib/ml-node/catalogue.ts';
import { componentName, componentNamePrefix, manageFunctionName, mlNodeName } from '../../lib/ml-node/names.ts';

/** With the switches of a context, and in no account or region unless said. */
const synthesise = (context: Readonly<Record<string, unknown>> = {}, props: StackProps = {}) => {
  const app = new App();
  const stack = new MlNodeStack(app, { switches: readSwitches(context), ...props });
  return { app, stack, template: Template.fromStack(stack) };
};

const findings = (app: App) =>
  new AwsSolutionsChecks(app).validateScope(app).violations.map(({ ruleName }) => ruleName);
const frankfurt = { env: { account: '111122223333', region: 'eu-central-1' } };

describe('the ML node', () => {
  const { app, template } = synthesise();

  it('is an endpoint for inference components alone, whose instances go down to none', () => {
    template.hasResourceProperties('AWS::SageMaker::Endpoint', { EndpointName: 'Inlet-ml-node' });
    const [config] = Object.values(template.findResources('AWS::SageMaker::EndpointConfig'));
    expect(config?.Properties).toEqual({
      ExecutionRoleArn: expect.anything(),
      ProductionVariants: [
        {
          VariantName: 'models',
          InstanceType: 'ml.g6.xlarge',
          InitialInstanceCount: 1,
          ManagedInstanceScaling: {
            Status: 'ENABLED',
            MinInstanceCount: 0,
            MaxInstanceCount: 3,
            ScaleInPolicy: { Strategy: 'IDLE_RELEASE', CooldownInMinutes: 10 },
          },
          RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
          InferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-3-1',
        },
      ],
    });
  });

  it('has E5 as its component, the deployment of the default endpoint, pinned, with a card and one copy', () => {
    const name = componentName('Inlet-ml-node', '.multilingual-e5-small-elasticsearch');
    template.hasResourceProperties('AWS::SageMaker::InferenceComponent', {
      InferenceComponentName: name,
      VariantName: 'models',
      RuntimeConfig: { CopyCount: 1 },
      Specification: {
        Container: {
          Environment: {
            HF_MODEL_ID: 'intfloat/multilingual-e5-small',
            HF_MODEL_REVISION: '614241f622f53c4eeff9890bdc4f31cfecc418b3',
            POOLING: 'mean',
            MAX_CLIENT_BATCH_SIZE: '32',
            PAYLOAD_LIMIT: '6291456',
            INLET_DEPLOYMENT: '.multilingual-e5-small-elasticsearch',
          },
        },
        ComputeResourceRequirements: { NumberOfAcceleratorDevicesRequired: 1, MinMemoryRequiredInMb: 2048 },
      },
    });
  });

  it('takes that component to zero copies while nobody calls, and to as many as there are cards', () => {
    const name = componentName('Inlet-ml-node', '.multilingual-e5-small-elasticsearch');
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      MinCapacity: 0,
      MaxCapacity: 3,
      ResourceId: `inference-component/${name}`,
      ScalableDimension: 'sagemaker:inference-component:DesiredCopyCount',
      ServiceNamespace: 'sagemaker',
    });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      PolicyName: 'inlet-invocations',
      TargetTrackingScalingPolicyConfiguration: {
        PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerInferenceComponentInvocationsPerCopy' },
        TargetValue: 300,
        ScaleOutCooldown: 300,
      },
    });
  });

  it('keeps the bucket of uploaded models, encrypted and closed, when the stack goes', () => {
    const [bucket] = Object.values(template.findResources('AWS::S3::Bucket'));
    expect(bucket?.DeletionPolicy).toBe('Retain');
    expect(bucket?.Properties).toMatchObject({
      BucketName: { 'Fn::Join': ['', ['inlet-models-', { Ref: 'AWS::AccountId' }, '-', { Ref: 'AWS::Region' }]] },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: [{ Action: 's3:*', Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
      },
    });
  });

  it('may fetch its image and the uploaded models, write logs and metrics, and no more', () => {
    const policies = Object.values(template.findResources('AWS::IAM::Policy'));
    const actions = policies.flatMap(({ Properties }) =>
      Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
    );
    expect(actions.toSorted()).toEqual([
      'cloudwatch:PutMetricData',
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:GetAuthorizationToken',
      'ecr:GetDownloadUrlForLayer',
      'lambda:InvokeFunction',
      'logs:CreateLogGroup',
      'logs:CreateLogStream',
      'logs:DescribeLogStreams',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:ListBucket',
    ]);
  });

  it('has the other stack finish deletions every five minutes', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(5 minutes)',
      Target: {
        Input: '{"inlet":"sweep"}',
        Arn: {
          'Fn::Join': [
            '',
            [
              'arn:',
              { Ref: 'AWS::Partition' },
              ':lambda:',
              { Ref: 'AWS::Region' },
              ':',
              { Ref: 'AWS::AccountId' },
              `:function:${manageFunctionName('Inlet')}`,
            ],
          ],
        },
      },
    });
  });

  it('has at most one alarm', () => {
    template.resourceCountIs('AWS::CloudWatch::Alarm', 1);
    synthesise({ alarms: 'off' }).template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  it('makes all its names from the prefix', () => {
    const { stack, template: other } = synthesise({ prefix: 'Another' });
    expect(stack.stackName).toBe('AnotherMlNode');
    other.hasResourceProperties('AWS::SageMaker::Endpoint', { EndpointName: mlNodeName('Another') });
    const [component] = Object.values(other.findResources('AWS::SageMaker::InferenceComponent'));
    expect(component?.Properties.InferenceComponentName.startsWith(componentNamePrefix('Another-ml-node'))).toBe(true);
    expect(JSON.stringify(other.toJSON())).not.toMatch(/Inlet-|inlet-models/);
  });

  it.each(accelerators)('has no unexplained finding of cdk-nag with a %s', (accelerator) => {
    expect(findings(synthesise({ mlAccelerator: accelerator }).app)).toEqual([]);
    expect(findings(app)).toEqual([]);
  });

  it('on processors alone holds all built-in models in one instance, without a card or its driver', () => {
    const { template: cpu } = synthesise({ mlAccelerator: 'cpu', mlMaxInstances: 1 });
    const [config] = Object.values(cpu.findResources('AWS::SageMaker::EndpointConfig'));
    const [variant] = config?.Properties.ProductionVariants ?? [];
    expect(variant).toMatchObject({ InstanceType: 'ml.c7i.2xlarge' });
    expect(variant).not.toHaveProperty('InferenceAmiVersion');
    const [component] = Object.values(cpu.findResources('AWS::SageMaker::InferenceComponent'));
    expect(component?.Properties.Specification.ComputeResourceRequirements).toEqual({
      MinMemoryRequiredInMb: 2048,
      NumberOfCpuCoresRequired: 2,
    });
    cpu.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MaxCapacity: 32 });
  });
});

describe('the image of the region', () => {
  const imageIn = (region: string, accelerator: 'gpu' | 'cpu') => {
    const { template } = synthesise({ mlAccelerator: accelerator }, { env: { account: '111122223333', region } });
    const [component] = Object.values(template.findResources('AWS::SageMaker::InferenceComponent'));
    return component?.Properties.Specification.Container.Image;
  };

  it.each([
    ['eu-central-1', 'gpu', '492215442770', 'tei:2.0.1-tei1.9.3-gpu-py310-cu129-ubuntu24.04'],
    ['us-west-2', 'cpu', '246618743249', 'tei-cpu:2.0.1-tei1.9.3-cpu-py310-ubuntu24.04'],
  ] as const)('is in %s for a %s that of account %s', (region, accelerator, account, name) => {
    expect(imageIn(region, accelerator)).toEqual({
      'Fn::Join': ['', [`${account}.dkr.ecr.${region}.`, { Ref: 'AWS::URLSuffix' }, `/${name}`]],
    });
  });

  it('is looked up by CloudFormation where the region is not known before', () => {
    const mapping = synthesise().template.findMappings('*');
    expect(Object.values(mapping)).toEqual([
      Object.fromEntries(Object.entries(imageAccounts).map(([region, account]) => [region, { account }])),
    ]);
  });

  it('has an account of twelve digits in each region', () => {
    for (const account of Object.values(imageAccounts)) expect(account).toMatch(/^\d{12}$/);
    expect(new Set(Object.values(imageAccounts)).size).toBe(Object.keys(imageAccounts).length);
  });

  it('that does not exist stops the synthesis with a sentence', () => {
    const inNowhere = () => synthesise({}, { env: { account: '111122223333', region: 'mx-central-1' } });
    expect(inNowhere).toThrow(RegionError);
    expect(inNowhere).toThrow(/^Region mx-central-1 has no image of Text Embeddings Inference: deploy to another one/);
    expect(synthesise({}, frankfurt).template.findMappings('*')).toEqual({});
  });
});
