import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Accelerator } from '../lib/ml-node/catalogue.ts';
import { variantName } from '../lib/ml-node/names.ts';
import { FirstComponent } from './first-component.ts';
import { ModelBucket } from './model-bucket.ts';
import { NodeEndpoint } from './node-endpoint.ts';
import { NodeRole } from './node-role.ts';
import { SweepSchedule } from './sweep-schedule.ts';
import type { Switches } from './switches.ts';
import { teiImage } from './tei-image.ts';

type MlNodeStackProps = StackProps & {
  readonly switches: Pick<
    Switches,
    'prefix' | 'mlAccelerator' | 'mlInstanceType' | 'mlMaxInstances' | 'alarms' | 'alarmTopicArn'
  >;
};

/** One L4 card; 8 cores and 16 GiB, which hold a copy of each built-in model beside SageMaker's own share. */
const instanceTypes: Readonly<Record<Accelerator, string>> = { gpu: 'ml.g6.xlarge', cpu: 'ml.c7i.2xlarge' };

/** The type that the switches name, or the one for their accelerator. */
export const instanceTypeOf = ({
  mlInstanceType,
  mlAccelerator,
}: Pick<Switches, 'mlInstanceType' | 'mlAccelerator'>): string => mlInstanceType ?? instanceTypes[mlAccelerator];

/** `<prefix>MlNode`: named as its prefix says, beside the stack of the service. */
export const mlNodeStackName = (prefix: string): string => `${prefix}MlNode`;

/**
 * What runs built-in models: a SageMaker endpoint with graphics cards that is there only while it is used. Nothing joins it to the
 * stack of the service but names made from the same prefix, so each can be deployed, changed and removed alone.
 */
export class MlNodeStack extends Stack {
  constructor(scope: Construct, { switches, ...props }: MlNodeStackProps) {
    super(scope, mlNodeStackName(switches.prefix), { description: 'Built-in models of Inlet on SageMaker', ...props });
    const { prefix, mlAccelerator: accelerator, mlMaxInstances: maxInstances } = switches;
    const instanceType = instanceTypeOf(switches);
    const image = teiImage(this, this.region, accelerator);
    const { bucket } = new ModelBucket(this, 'Models', { prefix });
    const { role } = new NodeRole(this, 'Role', { repositoryArn: image.repositoryArn, models: bucket });
    const node = new NodeEndpoint(this, 'Node', { prefix, role, accelerator, instanceType, maxInstances });
    new FirstComponent(this, 'E5', { node, image: image.uri, accelerator, maxInstances });
    new SweepSchedule(this, 'Sweep', { prefix });
    if (switches.alarms) this.#watch(node, switches.alarmTopicArn);
    new CfnOutput(this, 'Endpoint', { value: node.name, description: 'SageMaker endpoint of the built-in models' });
    new CfnOutput(this, 'ModelBucket', { value: bucket.bucketName, description: 'Where uploaded models belong' });
    new CfnOutput(this, 'Instances', { value: `${instanceType}, 0 to ${maxInstances}` });
  }

  #watch({ name, endpoint }: NodeEndpoint, topicArn: string | undefined): void {
    const metric = new Metric({
      namespace: 'AWS/SageMaker',
      metricName: 'Invocation5XXErrors',
      dimensionsMap: { EndpointName: name, VariantName: variantName },
      statistic: 'Sum',
      period: Duration.minutes(5),
    });
    const alarm = new Alarm(this, 'Failures', {
      metric,
      threshold: 5,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'Built-in models fail: see the logs of the components under /aws/sagemaker',
    });
    alarm.node.addDependency(endpoint);
    if (topicArn !== undefined) alarm.addAlarmAction(new SnsAction(Topic.fromTopicArn(this, 'AlarmTopic', topicArn)));
  }
}
