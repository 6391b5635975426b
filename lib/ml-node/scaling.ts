import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { scalingPolicy } from './catalogue.ts';

/** Lets components follow their load, or no longer. Each call can be repeated. */
export type Scaling = {
  readonly adapt: (component: string, range: { readonly least: number; readonly most: number }) => Promise<void>;
  readonly release: (component: string) => Promise<void>;
};

/** Loaded when first used. */
const sdk = () => import('@aws-sdk/client-application-auto-scaling');

/** What Application Auto Scaling changes: the copies that are wanted of one component. */
const target = (component: string) =>
  ({
    ServiceNamespace: 'sagemaker',
    ResourceId: `inference-component/${component}`,
    ScalableDimension: 'sagemaker:inference-component:DesiredCopyCount',
  }) as const;

/** Application Auto Scaling for inference components. */
export const sageMakerScaling = (client: () => Promise<ApplicationAutoScalingClient>): Scaling => ({
  adapt: async (component, { least, most }) => {
    const {
      DescribeScalableTargetsCommand,
      DescribeScalingPoliciesCommand,
      PutScalingPolicyCommand,
      RegisterScalableTargetCommand,
    } = await sdk();
    const of = target(component);
    const { ResourceId: id, ...kind } = of;
    const connection = await client();
    const { ScalableTargets: targets = [] } = await connection.send(
      new DescribeScalableTargetsCommand({ ...kind, ResourceIds: [id] }),
    );
    const [known] = targets;
    if (known?.MinCapacity !== least || known.MaxCapacity !== most) {
      await connection.send(new RegisterScalableTargetCommand({ ...of, MinCapacity: least, MaxCapacity: most }));
    }
    const { ScalingPolicies: policies = [] } = await connection.send(new DescribeScalingPoliciesCommand(of));
    if (policies.some(({ PolicyName: name }) => name === scalingPolicy.name)) return;
    await connection.send(
      new PutScalingPolicyCommand({
        ...of,
        PolicyName: scalingPolicy.name,
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerInferenceComponentInvocationsPerCopy' },
          TargetValue: scalingPolicy.invocationsPerCopy,
          ScaleOutCooldown: scalingPolicy.afterScaleOut,
        },
      }),
    );
  },

  release: async (component) => {
    const { DeregisterScalableTargetCommand, ObjectNotFoundException } = await sdk();
    try {
      // Its policy goes with it, and the alarms of that.
      await (await client()).send(new DeregisterScalableTargetCommand(target(component)));
    } catch (error) {
      if (!(error instanceof ObjectNotFoundException)) throw error;
    }
  },
});
