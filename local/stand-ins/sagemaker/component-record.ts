import * as z from 'zod';

export const componentStatuses = ['Creating', 'InService', 'Updating', 'Failed', 'Deleting'] as const;

const json = z.record(z.string(), z.json());

/** One inference component as the stand-in keeps it. Times are milliseconds since 1970. */
export const componentRecord = z.strictObject({
  name: z.string(),
  endpoint: z.string(),
  variant: z.string(),
  /** As the caller gave it. */
  specification: json,
  status: z.enum(componentStatuses),
  failureReason: z.string().optional(),
  /** Copies asked for, and copies that answer. */
  desired: z.int().min(0),
  current: z.int().min(0),
  /** When its status began. */
  since: z.number(),
  /** Whether it was seen without room for its copies. */
  waiting: z.literal(true).optional(),
  created: z.number(),
});

export type ComponentRecord = z.output<typeof componentRecord>;

const arn = (kind: string, name: string): string => `arn:aws:sagemaker:us-east-1:000000000000:${kind}/${name}`;

export const componentArn = (name: string): string => arn('inference-component', name);
export const endpointArn = (name: string): string => arn('endpoint', name);
export const endpointConfigName = (endpoint: string): string => `${endpoint}-config`;
export const modelArn = (name: string): string => arn('model', name);
