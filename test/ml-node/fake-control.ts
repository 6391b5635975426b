import {
  ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  ObjectNotFoundException,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  CreateInferenceComponentCommand,
  DeleteInferenceComponentCommand,
  DescribeEndpointCommand,
  DescribeInferenceComponentCommand,
  ListInferenceComponentsCommand,
  SageMakerClient,
  SageMakerServiceException,
  UpdateInferenceComponentRuntimeConfigCommand,
} from '@aws-sdk/client-sagemaker';
import { mockClient } from 'aws-sdk-client-mock';

type Record = {
  status: 'Creating' | 'InService' | 'Updating' | 'Failed' | 'Deleting';
  desired: number;
  current: number;
  readonly environment: { readonly [name: string]: string } | undefined;
  readonly artifact: string | undefined;
  readonly needs: object | undefined;
  readonly image: string | undefined;
  /** When what is under way is done. */
  until: number;
};

type Range = { least: number; most: number; policy: boolean };

/** What a test may set. */
type Trouble = {
  /** Whether the next component that is made fails. */
  failsToStart: boolean;
  /** Calls that fail from now on. */
  failures: Error[];
  /** Why the next component, or the next copies, are refused. */
  limit: Error | undefined;
  /** The endpoint; undefined where there is none. */
  endpoint: string | undefined;
};

const refusal = (message: string) =>
  new SageMakerServiceException({ name: 'ValidationException', $fault: 'client', message, $metadata: {} });

export const limitExceeded = () =>
  new SageMakerServiceException({
    name: 'ResourceLimitExceeded',
    $fault: 'client',
    message: 'Too many',
    $metadata: {},
  });

export const throttled = () =>
  new SageMakerServiceException({ name: 'ThrottlingException', $fault: 'client', message: 'Slow', $metadata: {} });

/**
 * The control APIs of SageMaker and Application Auto Scaling in memory, behind the real SDK's commands. What is under way takes `pace`
 * milliseconds of `now`, and until then SageMaker refuses every other change of the same component.
 *
 * @param step - waits before each call is done, so that calls of several callers mix
 */
export const createFakeControl = ({
  now,
  pace,
  step = async () => {},
}: {
  readonly now: () => number;
  readonly pace: number;
  readonly step?: () => Promise<void>;
}) => {
  const components = new Map<string, Record>();
  const targets = new Map<string, Range>();
  const trouble: Trouble = { failsToStart: false, failures: [], limit: undefined, endpoint: 'InService' };
  const calls: string[] = [];

  const settle = (): void => {
    for (const [name, record] of components) {
      if (now() < record.until) continue;
      if (record.status === 'Deleting') components.delete(name);
      if (record.status !== 'Creating' && record.status !== 'Updating') continue;
      record.status = 'InService';
      record.current = record.desired;
    }
  };

  const begin = async (call: string): Promise<void> => {
    await step();
    const failure = trouble.failures.shift();
    if (failure) throw failure;
    calls.push(call);
    settle();
  };

  const present = (name = ''): Record => {
    const record = components.get(name);
    if (!record) throw refusal(`Could not find inference component "${name}".`);
    return record;
  };

  const settled = (name = ''): Record => {
    const record = present(name);
    if (record.status === 'InService' || record.status === 'Failed') return record;
    throw refusal(`Cannot change inference component "${name}" in state ${record.status}.`);
  };

  const requireRoom = (): void => {
    const { limit } = trouble;
    trouble.limit = undefined;
    if (limit) throw limit;
  };

  const requireEndpoint = (): void => {
    if (trouble.endpoint === undefined) throw refusal('Could not find endpoint "node".');
    if (trouble.endpoint !== 'InService') throw refusal(`Endpoint "node" is in state ${trouble.endpoint}.`);
  };

  const sageMaker = new SageMakerClient({ region: 'us-east-1' });
  const autoScaling = new ApplicationAutoScalingClient({ region: 'us-east-1' });

  const sageMakerMock = mockClient(sageMaker);
  sageMakerMock.on(DescribeEndpointCommand).callsFake(async () => {
    await begin('DescribeEndpoint');
    if (trouble.endpoint === undefined) throw refusal('Could not find endpoint "node".');
    return { EndpointStatus: trouble.endpoint };
  });
  sageMakerMock.on(CreateInferenceComponentCommand).callsFake(async (input) => {
    await begin('CreateInferenceComponent');
    requireEndpoint();
    requireRoom();
    const name: string = input.InferenceComponentName;
    if (components.has(name)) throw refusal(`Cannot create already existing inference component "${name}".`);
    if (input.RuntimeConfig.CopyCount < 1) throw refusal('CopyCount must be at least 1.');
    const fails = trouble.failsToStart;
    trouble.failsToStart = false;
    components.set(name, {
      status: fails ? 'Failed' : 'Creating',
      desired: input.RuntimeConfig.CopyCount,
      current: 0,
      environment: input.Specification.Container?.Environment,
      artifact: input.Specification.Container?.ArtifactUrl,
      image: input.Specification.Container?.Image,
      needs: input.Specification.ComputeResourceRequirements,
      until: now() + pace,
    });
    return {};
  });
  sageMakerMock.on(DescribeInferenceComponentCommand).callsFake(async (input) => {
    await begin('DescribeInferenceComponent');
    const { status, desired, current, environment, artifact } = present(input.InferenceComponentName);
    return {
      InferenceComponentStatus: status,
      ...(status === 'Failed' && { FailureReason: 'No instances' }),
      RuntimeConfig: { DesiredCopyCount: desired, CurrentCopyCount: current },
      Specification: { Container: { Environment: environment, ArtifactUrl: artifact } },
    };
  });
  sageMakerMock.on(UpdateInferenceComponentRuntimeConfigCommand).callsFake(async (input) => {
    await begin('UpdateInferenceComponentRuntimeConfig');
    const record = settled(input.InferenceComponentName);
    if (record.status === 'Failed') throw refusal('Cannot update inference component in state Failed.');
    requireRoom();
    const copies: number = input.DesiredRuntimeConfig.CopyCount;
    Object.assign(record, {
      status: 'Updating',
      desired: copies,
      current: Math.min(record.current, copies),
      until: now() + pace,
    });
    return {};
  });
  sageMakerMock.on(DeleteInferenceComponentCommand).callsFake(async (input) => {
    await begin('DeleteInferenceComponent');
    Object.assign(settled(input.InferenceComponentName), { status: 'Deleting', current: 0, until: now() + pace });
    return {};
  });
  sageMakerMock.on(ListInferenceComponentsCommand).callsFake(async (input) => {
    await begin('ListInferenceComponents');
    const names = [...components.keys()].sort().filter((name) => name > (input.NextToken ?? ''));
    const page = names.slice(0, 2); // pages are small, so that more than one is read
    return {
      InferenceComponents: page.map((name) => ({ InferenceComponentName: name })),
      ...(names.length > page.length && { NextToken: page.at(-1) }),
    };
  });

  const componentOf = (resource: string): string => resource.replace('inference-component/', '');
  const noTarget = () => new ObjectNotFoundException({ message: 'No scalable target found', $metadata: {} });
  const autoScalingMock = mockClient(autoScaling);
  autoScalingMock.on(RegisterScalableTargetCommand).callsFake(async (input) => {
    await begin('RegisterScalableTarget');
    const name = componentOf(input.ResourceId);
    present(name);
    targets.set(name, { policy: false, ...targets.get(name), least: input.MinCapacity, most: input.MaxCapacity });
    return {};
  });
  autoScalingMock.on(DeregisterScalableTargetCommand).callsFake(async (input) => {
    await begin('DeregisterScalableTarget');
    if (!targets.delete(componentOf(input.ResourceId))) throw noTarget();
    return {};
  });
  autoScalingMock.on(DescribeScalableTargetsCommand).callsFake(async (input) => {
    await begin('DescribeScalableTargets');
    const range = targets.get(componentOf(input.ResourceIds[0]));
    return { ScalableTargets: range ? [{ MinCapacity: range.least, MaxCapacity: range.most }] : [] };
  });
  autoScalingMock.on(DescribeScalingPoliciesCommand).callsFake(async (input) => {
    await begin('DescribeScalingPolicies');
    const range = targets.get(componentOf(input.ResourceId));
    return { ScalingPolicies: range?.policy ? [{ PolicyName: 'inlet-invocations' }] : [] };
  });
  autoScalingMock.on(PutScalingPolicyCommand).callsFake(async (input) => {
    await begin('PutScalingPolicy');
    const range = targets.get(componentOf(input.ResourceId));
    if (!range) throw noTarget();
    range.policy = true;
    return {};
  });

  return { sageMaker, autoScaling, components, targets, trouble, calls, settle };
};
