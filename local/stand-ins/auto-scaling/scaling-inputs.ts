import * as z from 'zod';
import { dimension, namespace } from './scaling-record.ts';

const resourceId = z.string().regex(/^inference-component\/[a-zA-Z0-9](-*[a-zA-Z0-9])*$/);

/** What the project scales: nothing but copies of inference components. */
const target = {
  ServiceNamespace: z.literal(namespace),
  ResourceId: resourceId,
  ScalableDimension: z.literal(dimension),
};

const policyName = z
  .string()
  .min(1)
  .max(256)
  .refine((name) => !/[|]/.test(name));

const page = { MaxResults: z.int().min(1).max(50).default(50), NextToken: z.string().default('') };

const targetTracking = z
  .object({
    TargetValue: z.number(),
    PredefinedMetricSpecification: z
      .object({
        PredefinedMetricType: z.enum([
          'SageMakerInferenceComponentInvocationsPerCopy',
          'SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution',
        ]),
        ResourceLabel: z.string().exactOptional(),
      })
      .exactOptional(),
    CustomizedMetricSpecification: z.record(z.string(), z.json()).exactOptional(),
    ScaleOutCooldown: z.int().min(0).exactOptional(),
    ScaleInCooldown: z.int().min(0).exactOptional(),
    DisableScaleIn: z.boolean().exactOptional(),
  })
  .refine(
    (given) =>
      (given.PredefinedMetricSpecification === undefined) !== (given.CustomizedMetricSpecification === undefined),
    'Takes a predefined metric or a customized one',
  );

/** What each call takes, of what AWS takes. */
export const inputs = {
  register: z.object({
    ...target,
    MinCapacity: z.int().min(0).optional(),
    MaxCapacity: z.int().min(0).optional(),
    RoleARN: z.string().optional(),
  }),
  target: z.object(target),
  describeTargets: z.object({
    ServiceNamespace: z.literal(namespace),
    ResourceIds: z.array(z.string()).max(50).optional(),
    ScalableDimension: z.literal(dimension).optional(),
    ...page,
  }),
  putPolicy: z.object({
    ...target,
    PolicyName: policyName,
    PolicyType: z.literal('TargetTrackingScaling'),
    TargetTrackingScalingPolicyConfiguration: targetTracking,
  }),
  deletePolicy: z.object({ ...target, PolicyName: policyName }),
  describePolicies: z.object({
    ServiceNamespace: z.literal(namespace),
    ResourceId: z.string().optional(),
    ScalableDimension: z.literal(dimension).optional(),
    PolicyNames: z.array(z.string()).max(50).optional(),
    ...page,
  }),
};

/** What target tracking goes by, of a policy's configuration. */
export const isScalingIn = (configuration: unknown): boolean => !targetTracking.parse(configuration).DisableScaleIn;
