import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { componentNamePrefix, mlNodeName, modelBucketName } from '../lib/ml-node/names.ts';
import type { InletFunction } from './function.ts';

/** SageMaker's ARNs hold names in small letters; which spelling its calls are checked against is not documented. */
const bothSpellings = (name: string): readonly string[] => [...new Set([name, name.toLowerCase()])];

/**
 * What functions may do with the ML node. It is of another stack, or not there: all that is known of it are names.
 *
 * @param prefix - the stacks' own
 */
export const rightsToNode = (scope: Construct, prefix: string) => {
  const stack = Stack.of(scope);
  const name = mlNodeName(prefix);
  const { account, region } = stack;
  const bucket = modelBucketName(prefix, account, region);
  const sageMaker = (resource: string, names: readonly string[]): string[] =>
    names.map((resourceName) => stack.formatArn({ service: 'sagemaker', resource, resourceName }));
  const endpoint = sageMaker('endpoint', bothSpellings(name));
  // Components are made at run time: the beginning of their names is known.
  const components = sageMaker('inference-component', bothSpellings(`${componentNamePrefix(name)}*`));
  const alarms = stack.formatArn({
    service: 'cloudwatch',
    resource: 'alarm',
    resourceName: `TargetTracking-inference-component/${componentNamePrefix(name)}*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const serviceRole = stack.formatArn({
    service: 'iam',
    region: '',
    resource: 'role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com',
    resourceName: 'AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint',
  });
  const bucketArn = stack.formatArn({ service: 's3', account: '', region: '', resource: bucket });

  const allow = (grantee: InletFunction, actions: readonly string[], resources: readonly string[], conditions = {}) =>
    grantee.lambda.addToRolePolicy(
      new PolicyStatement({ actions: [...actions], resources: [...resources], conditions }),
    );

  /** To be told which node, and to see what its components are like. */
  const look = (grantee: InletFunction): void => {
    allow(grantee, ['sagemaker:DescribeInferenceComponent'], components);
    grantee.set('INLET_ML_NODE', `sagemaker://${name}`);
    const shown = (arn: string) =>
      arn
        .replace(stack.partition, '<AWS::Partition>')
        .replace(region, '<AWS::Region>')
        .replace(account, '<AWS::AccountId>');
    Validations.of(grantee).acknowledge(
      ...[...components, alarms, `${bucketArn}/*`].map((arn) => ({
        id: `AwsSolutions-IAM5[Resource::${shown(arn)}]`,
        reason:
          'Components, their alarms and uploaded models come at run time: the beginning of their names is all that is known',
      })),
    );
  };

  /** To call models: SageMaker checks the endpoint, the component, or both. */
  const call = (grantee: InletFunction): void => {
    look(grantee);
    allow(grantee, ['sagemaker:InvokeEndpoint'], [...endpoint, ...components]);
    allow(grantee, ['sagemaker:DescribeEndpoint'], endpoint);
  };

  /** To make, scale and remove components, and to look up uploaded models. */
  const manage = (grantee: InletFunction): void => {
    call(grantee);
    allow(grantee, ['sagemaker:CreateInferenceComponent'], [...endpoint, ...components]);
    allow(
      grantee,
      ['sagemaker:UpdateInferenceComponentRuntimeConfig', 'sagemaker:DeleteInferenceComponent'],
      components,
    );
    allow(
      grantee,
      [
        // These know no resources.
        'sagemaker:ListInferenceComponents',
        'application-autoscaling:DescribeScalableTargets',
        'application-autoscaling:DescribeScalingPolicies',
        'cloudwatch:DescribeAlarms',
      ],
      ['*'],
    );
    allow(
      grantee,
      [
        'application-autoscaling:RegisterScalableTarget',
        'application-autoscaling:DeregisterScalableTarget',
        'application-autoscaling:PutScalingPolicy',
      ],
      ['*'],
      { StringEquals: { 'application-autoscaling:service-namespace': 'sagemaker' } },
    );
    allow(grantee, ['cloudwatch:PutMetricAlarm', 'cloudwatch:DeleteAlarms'], [alarms]);
    // The role with which Application Auto Scaling itself changes copies: an account has one, made at the first target.
    allow(grantee, ['iam:CreateServiceLinkedRole'], [serviceRole], {
      StringLike: { 'iam:AWSServiceName': 'sagemaker.application-autoscaling.amazonaws.com' },
    });
    allow(grantee, ['s3:GetObject'], [`${bucketArn}/*`]);
    // Without it S3 answers 403, and not 404, for what is not there.
    allow(grantee, ['s3:ListBucket'], [bucketArn]);
    grantee.set('INLET_MODEL_BUCKET', bucket);
  };

  return { look, call, manage };
};
