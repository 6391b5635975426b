import * as z from 'zod';

export const namespace = 'sagemaker';
export const dimension = 'sagemaker:inference-component:DesiredCopyCount';

const policy = z.strictObject({
  name: z.string(),
  id: z.string(),
  /** As the caller gave it. */
  configuration: z.record(z.string(), z.json()),
  created: z.number(),
});

/** One scalable target, with its policies, as the stand-in keeps it. Times are milliseconds since 1970. */
export const scalingTarget = z.strictObject({
  /** `inference-component/<name>` */
  name: z.string(),
  id: z.string(),
  least: z.int().min(0),
  most: z.int().min(0),
  policies: z.array(policy),
  created: z.number(),
});

export type ScalingTarget = z.output<typeof scalingTarget>;
export type ScalingPolicy = z.output<typeof policy>;

const arn = 'arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy';

export const targetArn = ({ id }: ScalingTarget): string =>
  `arn:aws:application-autoscaling:us-east-1:000000000000:scalable-target/${id}`;

export const policyArn = (target: ScalingTarget, { id, name }: ScalingPolicy): string =>
  `${arn}:${id}:resource/${namespace}/${target.name}:policyName/${name}`;

/** The alarms that target tracking makes for a policy; CloudWatch itself is not here. */
export const alarmsOf = (target: ScalingTarget, { id }: ScalingPolicy) =>
  ['AlarmHigh', 'AlarmLow'].map((side) => {
    const name = `TargetTracking-${target.name}-${side}-${id}`;
    return { AlarmName: name, AlarmARN: `arn:aws:cloudwatch:us-east-1:000000000000:alarm:${name}` };
  });
