import {
  ApplicationAutoScalingClient,
  DeleteScalingPolicyCommand,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
  type RegisterScalableTargetCommandInput,
} from '@aws-sdk/client-application-auto-scaling';
import {
  CreateInferenceComponentCommand,
  type CreateInferenceComponentCommandInput,
  DeleteInferenceComponentCommand,
  DescribeEndpointCommand,
  DescribeInferenceComponentCommand,
  ListInferenceComponentsCommand,
  type ListInferenceComponentsCommandInput,
  SageMakerClient,
  UpdateInferenceComponentCommand,
  UpdateInferenceComponentRuntimeConfigCommand,
} from '@aws-sdk/client-sagemaker';
import type { AwsError } from '../../local/stand-ins/aws-json.ts';
import { startModelHosting } from '../../local/stand-ins/model-hosting.ts';
import { clientFor } from '../../local/stand-ins/stand-in.ts';

export const endpoint = { name: 'Inlet-ml-node', variant: 'models', mostInstances: 3 };

/** Seconds, in milliseconds: of the order that AWS takes. */
export const pace = { create: 240_000, update: 180_000, delete: 60_000, patience: 1_800_000, idle: 900_000 };

export const minute = 60_000;

const specification = {
  Container: {
    Image: 'account/tei:tag',
    Environment: { HF_MODEL_ID: 'intfloat/multilingual-e5-small', POOLING: 'mean' },
  },
  ComputeResourceRequirements: { NumberOfAcceleratorDevicesRequired: 1, MinMemoryRequiredInMb: 2048 },
};

/** The stand-ins of SageMaker and Application Auto Scaling behind AWS's own clients, with a clock and trouble to set. */
export const hostModels = async (dataDir = ':memory:', startAt = 1_790_000_000_000) => {
  const faults: unknown[] = [];
  const world: {
    time: number;
    room: number;
    failure: string | undefined;
    refuse: (operation: string) => AwsError | undefined;
  } = { time: startAt, room: 3, failure: undefined, refuse: () => undefined };
  const hosting = await startModelHosting({
    dataDir,
    endpoint,
    pace,
    now: () => world.time,
    trouble: { room: () => world.room, failure: () => world.failure, refuse: (operation) => world.refuse(operation) },
    log: { error: (_message, { error }) => faults.push(error) },
  });
  const sageMaker = new SageMakerClient({ ...clientFor(hosting.sageMaker.endpoint), maxAttempts: 1 });
  const scaling = new ApplicationAutoScalingClient({ ...clientFor(hosting.autoScaling.endpoint), maxAttempts: 1 });
  const target = (component: string) => ({
    ServiceNamespace: 'sagemaker' as const,
    ResourceId: `inference-component/${component}`,
    ScalableDimension: 'sagemaker:inference-component:DesiredCopyCount' as const,
  });

  const describe = (name: string) =>
    sageMaker.send(new DescribeInferenceComponentCommand({ InferenceComponentName: name }));

  return {
    world,
    faults,
    hosting,
    sageMaker,
    autoScaling: scaling,
    create: (name: string, more: Partial<CreateInferenceComponentCommandInput> = {}) =>
      sageMaker.send(
        new CreateInferenceComponentCommand({
          InferenceComponentName: name,
          EndpointName: endpoint.name,
          VariantName: endpoint.variant,
          Specification: specification,
          RuntimeConfig: { CopyCount: 1 },
          ...more,
        }),
      ),
    describe,
    /** Status, copies asked for, copies that answer. */
    state: async (name: string) => {
      const { InferenceComponentStatus: status, RuntimeConfig: copies } = await describe(name);
      return `${status} ${copies?.DesiredCopyCount} ${copies?.CurrentCopyCount}`;
    },
    scale: (name: string, CopyCount: number) =>
      sageMaker.send(
        new UpdateInferenceComponentRuntimeConfigCommand({
          InferenceComponentName: name,
          DesiredRuntimeConfig: { CopyCount },
        }),
      ),
    update: (name: string, memory: number) =>
      sageMaker.send(
        new UpdateInferenceComponentCommand({
          InferenceComponentName: name,
          Specification: { ...specification, ComputeResourceRequirements: { MinMemoryRequiredInMb: memory } },
        }),
      ),
    remove: (name: string) => sageMaker.send(new DeleteInferenceComponentCommand({ InferenceComponentName: name })),
    list: (input: ListInferenceComponentsCommandInput) => sageMaker.send(new ListInferenceComponentsCommand(input)),
    describeEndpoint: (EndpointName: string) => sageMaker.send(new DescribeEndpointCommand({ EndpointName })),

    register: (component: string, more: Partial<RegisterScalableTargetCommandInput>) =>
      scaling.send(new RegisterScalableTargetCommand({ ...target(component), ...more })),
    deregister: (component: string) => scaling.send(new DeregisterScalableTargetCommand(target(component))),
    targets: (ResourceIds?: string[]) =>
      scaling.send(
        new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker', ...(ResourceIds && { ResourceIds }) }),
      ),
    putPolicy: (component: string, PolicyName = 'calls', more: { DisableScaleIn?: boolean } = {}) =>
      scaling.send(
        new PutScalingPolicyCommand({
          ...target(component),
          PolicyName,
          PolicyType: 'TargetTrackingScaling',
          TargetTrackingScalingPolicyConfiguration: {
            TargetValue: 100,
            PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerInferenceComponentInvocationsPerCopy' },
            ...more,
          },
        }),
      ),
    deletePolicy: (component: string, PolicyName = 'calls') =>
      scaling.send(new DeleteScalingPolicyCommand({ ...target(component), PolicyName })),
    policies: (component?: string) =>
      scaling.send(
        new DescribeScalingPoliciesCommand({
          ServiceNamespace: 'sagemaker',
          ...(component !== undefined && { ResourceId: target(component).ResourceId }),
        }),
      ),
    [Symbol.asyncDispose]: async () => {
      sageMaker.destroy();
      scaling.destroy();
      await Promise.all([hosting.sageMaker.close(), hosting.autoScaling.close()]);
    },
  };
};

export type HostedModels = Awaited<ReturnType<typeof hostModels>>;
