import type { LiveRecords } from '../live-records.ts';
import type { WantedCopies } from '../sagemaker/components.ts';
import { isScalingIn } from './scaling-inputs.ts';
import type { ScalingTarget } from './scaling-record.ts';

export const resourceOf = (component: string): string => `inference-component/${component}`;

/**
 * What Application Auto Scaling does to a component's copies: it keeps their number between the target's bounds and, where a policy
 * tracks a target, goes down to the least of them once nobody has called for a while. More copies for more calls it does not bring:
 * locally all copies are the same engine.
 *
 * @param idle - milliseconds without a call; on AWS the alarm for fewer copies takes 15 minutes
 */
export const wantedCopies =
  (targets: Pick<LiveRecords<ScalingTarget>, 'find'>, idle: number): WantedCopies =>
  ({ name, desired }, lastUse, now) => {
    const target = targets.find(resourceOf(name));
    if (!target) return undefined;
    const { least, most, policies } = target;
    const bounded = Math.max(least, Math.min(most, desired));
    if (bounded !== desired) return { copies: bounded, since: now };
    const isIdle = now >= lastUse + idle && policies.some(({ configuration }) => isScalingIn(configuration));
    return isIdle ? { copies: least, since: lastUse + idle } : undefined;
  };
