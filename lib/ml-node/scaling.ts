import {
  type ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  ObjectNotFoundException,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { scalingPolicy } from './catalogue.ts';
import { isMissing } from './component.ts';

/** Lets components follow their load, or no longer. Each call can be repeated. */
export type Scaling = {
  readonly adapt: (component: string, range: { readonly least: number; readonly most: number }) => Promise<void>;
  readonly release: (component: string) => Promise<void>;
};

/** What Application Auto Scaling changes: the copies that are wanted of one component. */
const target = (component: string) =>
  ({
    ServiceNamespace: 'sagemaker',
    ResourceId: `inference-component/${component}`,
    ScalableDimension: 'sagemaker:inference-component:DesiredCopyCount',
  }) as const;

/** Somebody else removes the component, or changes the same target: whoever looks next finds it as it is then. */
const isOvertaken = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'ObjectNotFoundException' ||
    error.name === 'ConcurrentUpdateException' ||
    (error.name === 'ValidationException' && isMissing(error.message)));

const unlessOvertaken = async (run: () => Promise<void>): Promise<void> => {
  try {
    await run();
  } catch (error) {
    if (!isOvertaken(error)) throw error;
  }
};

/** Application Auto Scaling for inference components. */
export const sageMakerScaling = (client: ApplicationAutoScalingClient): Scaling => {
  const setRange = async (component: string, least: number, most: number): Promise<void> => {
    const of = target(component);
    const { ResourceId: id, ...kind } = of;
    const { ScalableTargets: targets = [] } = await client.send(
      new DescribeScalableTargetsCommand({ ...kind, ResourceIds: [id] }),
    );
    const [known] = targets;
    if (known?.MinCapacity === least && known.MaxCapacity === most) return;
    await client.send(new RegisterScalableTargetCommand({ ...of, MinCapacity: least, MaxCapacity: most }));
  };

  const setPolicy = async (component: string): Promise<void> => {
    const of = target(component);
    const { ScalingPolicies: policies = [] } = await client.send(new DescribeScalingPoliciesCommand(of));
    if (policies.some(({ PolicyName: name }) => name === scalingPolicy.name)) return;
    await client.send(
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
  };

  return {
    adapt: (component, { least, most }) =>
      unlessOvertaken(async () => {
        await setRange(component, least, most);
        await setPolicy(component);
      }),

    release: async (component) => {
      try {
        // Its policy goes with it, and the alarms of that.
        await client.send(new DeregisterScalableTargetCommand(target(component)));
      } catch (error) {
        if (!(error instanceof ObjectNotFoundException)) throw error;
      }
    },
  };
};
