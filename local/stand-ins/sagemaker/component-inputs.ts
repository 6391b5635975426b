import * as z from 'zod';
import { componentStatuses } from './component-record.ts';

const name = z.string().regex(/^[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/);
const endpointName = z.string().regex(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/);

/** A component may be named by its ARN too. */
const componentName = z
  .string()
  .transform((given) => given.replace(/^arn:aws:sagemaker:[^:]*:[^:]*:inference-component\//, ''))
  .pipe(name);

const seconds = z.int().min(60).max(3600);

/** What is kept of a specification; what AWS takes besides is dropped. */
const specification = z
  .object({
    ModelName: z.string().min(1).exactOptional(),
    Container: z
      .object({
        Image: z.string().min(1).exactOptional(),
        ArtifactUrl: z
          .string()
          .regex(/^(https|s3):\/\/([^/]+)\/?(.*)$/)
          .exactOptional(),
        Environment: z
          .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,1023}$/), z.string().max(1024))
          .refine((environment) => Object.keys(environment).length <= 100, 'Takes up to 100 variables')
          .exactOptional(),
      })
      .exactOptional(),
    StartupParameters: z
      .object({
        ModelDataDownloadTimeoutInSeconds: seconds.exactOptional(),
        ContainerStartupHealthCheckTimeoutInSeconds: seconds.exactOptional(),
      })
      .exactOptional(),
    ComputeResourceRequirements: z.object({
      NumberOfCpuCoresRequired: z.number().min(0.25).exactOptional(),
      NumberOfAcceleratorDevicesRequired: z.number().min(1).exactOptional(),
      MinMemoryRequiredInMb: z.int().min(128),
      MaxMemoryRequiredInMb: z.int().min(128).exactOptional(),
    }),
    DataCacheConfig: z.object({ EnableCaching: z.boolean() }).exactOptional(),
    SchedulingConfig: z
      .object({ PlacementStrategy: z.enum(['SPREAD', 'BINPACK']), AvailabilityZoneBalance: z.json().exactOptional() })
      .exactOptional(),
  })
  .refine(
    (given) => (given.ModelName === undefined) !== (given.Container === undefined),
    'Takes a model or a container',
  );

const runtimeConfig = z.object({ CopyCount: z.int().min(0) });

/** AWS writes times as seconds. */
const time = z.number().transform((given) => given * 1000);

/** What each call takes, of what AWS takes. */
export const inputs = {
  create: z.object({
    InferenceComponentName: name,
    EndpointName: endpointName,
    VariantName: z.string().optional(),
    Specification: specification,
    RuntimeConfig: runtimeConfig.default({ CopyCount: 1 }),
    Tags: z
      .array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256) }))
      .max(50)
      .optional(),
  }),
  update: z.object({
    InferenceComponentName: componentName,
    Specification: specification.optional(),
    RuntimeConfig: runtimeConfig.optional(),
  }),
  updateRuntimeConfig: z.object({ InferenceComponentName: componentName, DesiredRuntimeConfig: runtimeConfig }),
  one: z.object({ InferenceComponentName: componentName }),
  list: z.object({
    SortBy: z.enum(['Name', 'CreationTime', 'Status']).default('CreationTime'),
    SortOrder: z.enum(['Ascending', 'Descending']).default('Descending'),
    NextToken: z.string().optional(),
    MaxResults: z.int().min(1).max(100).default(10),
    NameContains: z.string().default(''),
    CreationTimeBefore: time.default(Number.POSITIVE_INFINITY),
    CreationTimeAfter: time.default(Number.NEGATIVE_INFINITY),
    LastModifiedTimeBefore: time.default(Number.POSITIVE_INFINITY),
    LastModifiedTimeAfter: time.default(Number.NEGATIVE_INFINITY),
    StatusEquals: z.enum(componentStatuses).optional(),
    EndpointNameEquals: endpointName.optional(),
    VariantNameEquals: z.string().optional(),
  }),
  endpoint: z.object({ EndpointName: endpointName }),
};

export type ListInput = z.output<typeof inputs.list>;
