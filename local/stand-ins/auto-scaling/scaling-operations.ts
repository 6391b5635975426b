import { randomUUID } from 'node:crypto';
import type * as z from 'zod';
import { AwsError, type Operation, operation } from '../aws-json.ts';
import type { LiveRecords } from '../live-records.ts';
import type { Components } from '../sagemaker/components.ts';
import { resourceOf } from './scaling.ts';
import { inputs } from './scaling-inputs.ts';
import {
  alarmsOf,
  dimension,
  namespace,
  policyArn,
  type ScalingPolicy,
  type ScalingTarget,
  targetArn,
} from './scaling-record.ts';

const invalid = (message: string) => new AwsError('ValidationException', message);

const notFound = (kind: string, resource: string) =>
  new AwsError(
    'ObjectNotFoundException',
    `No ${kind} found for service namespace: ${namespace}, resource ID: ${resource}, scalable dimension: ${dimension}`,
  );

/** AWS counts in seconds. */
const seconds = (milliseconds: number): number => milliseconds / 1000;

const reference = (target: ScalingTarget) => ({
  ServiceNamespace: namespace,
  ResourceId: target.name,
  ScalableDimension: dimension,
});

const role =
  'arn:aws:iam::000000000000:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint';

const targetDescription = (target: ScalingTarget) => ({
  ...reference(target),
  MinCapacity: target.least,
  MaxCapacity: target.most,
  RoleARN: role,
  CreationTime: seconds(target.created),
  SuspendedState: {
    DynamicScalingInSuspended: false,
    DynamicScalingOutSuspended: false,
    ScheduledScalingSuspended: false,
  },
  ScalableTargetARN: targetArn(target),
});

const policyDescription = (target: ScalingTarget, policy: ScalingPolicy) => ({
  ...reference(target),
  PolicyARN: policyArn(target, policy),
  PolicyName: policy.name,
  PolicyType: 'TargetTrackingScaling',
  TargetTrackingScalingPolicyConfiguration: policy.configuration,
  Alarms: alarmsOf(target, policy),
  CreationTime: seconds(policy.created),
});

/** The page behind `token`, the name that the page before ended with. */
const pageOf = <Item>(items: readonly Item[], nameOf: (item: Item) => string, most: number, token: string) => {
  const rest = items.filter((item) => nameOf(item) > token);
  const page = rest.slice(0, most);
  const last = page.at(-1);
  return { page, ...(last && rest.length > page.length && { next: nameOf(last) }) };
};

/**
 * The calls to Application Auto Scaling that the project makes.
 *
 * @param now - milliseconds since 1970
 */
export const scalingOperations = (
  targets: LiveRecords<ScalingTarget>,
  components: Pick<Components, 'list'>,
  now: () => number,
): Readonly<Record<string, Operation>> => {
  const takes = <Schema extends z.ZodType>(schema: Schema, run: (input: z.output<Schema>) => Promise<object>) =>
    operation(schema, 'ValidationException', run);

  const present = (resource: string): ScalingTarget => {
    const target = targets.find(resource);
    if (!target) throw notFound('scalable target', resource);
    return target;
  };

  return {
    RegisterScalableTarget: takes(inputs.register, async (input) => {
      const { ResourceId: name } = input;
      if (!components.list().some((component) => resourceOf(component.name) === name))
        throw invalid(`Inference component does not exist: ${name}`);
      const before = targets.find(name);
      const { MinCapacity: least = before?.least, MaxCapacity: most = before?.most } = input;
      if (least === undefined || most === undefined)
        throw invalid('MinCapacity and MaxCapacity are required when a scalable target is registered');
      if (least > most) throw invalid('Maximum capacity cannot be less than minimum capacity');
      const made = { name, id: randomUUID(), policies: [], created: now() };
      const target = { ...(before ?? made), least, most };
      await targets.set(name, target);
      return { ScalableTargetARN: targetArn(target) };
    }),

    DeregisterScalableTarget: takes(inputs.target, async ({ ResourceId: name }) => {
      await targets.set(present(name).name, undefined);
      return {};
    }),

    DescribeScalableTargets: takes(inputs.describeTargets, async (input) => {
      const chosen = targets.list().filter(({ name }) => input.ResourceIds?.includes(name) ?? true);
      const { page, next } = pageOf(chosen, ({ name }) => name, input.MaxResults, input.NextToken);
      return { ScalableTargets: page.map(targetDescription), ...(next && { NextToken: next }) };
    }),

    PutScalingPolicy: takes(inputs.putPolicy, async (input) => {
      const target = present(input.ResourceId);
      const { PolicyName: name, TargetTrackingScalingPolicyConfiguration: configuration } = input;
      const before = target.policies.find((policy) => policy.name === name);
      const policy = { name, id: before?.id ?? randomUUID(), configuration, created: before?.created ?? now() };
      const others = target.policies.filter((other) => other.name !== name);
      await targets.set(target.name, { ...target, policies: [...others, policy] });
      return { PolicyARN: policyArn(target, policy), Alarms: alarmsOf(target, policy) };
    }),

    DeleteScalingPolicy: takes(inputs.deletePolicy, async ({ ResourceId: resource, PolicyName: name }) => {
      const target = targets.find(resource);
      const others = target?.policies.filter((policy) => policy.name !== name);
      if (!target || others?.length === target.policies.length) throw notFound('scaling policy', resource);
      await targets.set(resource, { ...target, policies: others ?? [] });
      return {};
    }),

    DescribeScalingPolicies: takes(inputs.describePolicies, async (input) => {
      const chosen = targets
        .list()
        .filter(({ name }) => input.ResourceId === undefined || name === input.ResourceId)
        .flatMap((target) => target.policies.map((policy) => ({ target, policy })))
        .filter(({ policy }) => input.PolicyNames?.includes(policy.name) ?? true)
        .map(({ target, policy }) => policyDescription(target, policy))
        .sort((a, b) => (a.PolicyARN < b.PolicyARN ? -1 : 1));
      const { page, next } = pageOf(chosen, ({ PolicyARN }) => PolicyARN, input.MaxResults, input.NextToken);
      return { ScalingPolicies: page, ...(next && { NextToken: next }) };
    }),
  };
};
