import * as z from 'zod';
import type { DeploymentState } from '../inference/ports.ts';

// An inference component as SageMaker describes it, and what that means for a deployment.

/** What is read of `DescribeInferenceComponent`, which the SDK and the plain call give alike. */
export const component = z.object({
  InferenceComponentStatus: z.string().optional(),
  FailureReason: z.string().optional(),
  RuntimeConfig: z
    .object({ DesiredCopyCount: z.int().optional(), CurrentCopyCount: z.int().optional() })
    .default({ DesiredCopyCount: 0, CurrentCopyCount: 0 }),
  Specification: z
    .object({
      Container: z
        .object({ ArtifactUrl: z.string().optional(), Environment: z.record(z.string(), z.string()).optional() })
        .optional(),
    })
    .optional(),
});

export type Component = z.output<typeof component>;

/** SageMaker refuses to change a component before what is under way has come to its end. */
export const isSettled = ({ InferenceComponentStatus: status }: Component): boolean =>
  status === 'InService' || status === 'Failed';

/** @param found - undefined for a component that is not there */
export const stateOf = (found: Component | undefined): DeploymentState => {
  if (!found) return { name: 'missing' };
  const { DesiredCopyCount: desired = 0, CurrentCopyCount: current = 0 } = found.RuntimeConfig;
  switch (found.InferenceComponentStatus) {
    case 'Failed':
      return { name: 'failed', reason: found.FailureReason ?? 'SageMaker gave no reason' };
    case 'Deleting':
      return { name: 'stopping', copies: desired };
    case 'Creating':
      return { name: 'starting', copies: desired };
    default:
      if (current > 0) return { name: 'started', copies: desired };
      return desired > 0 ? { name: 'starting', copies: desired } : { name: 'idle', copies: 0 };
  }
};

/** SageMaker has no error type of its own for what is not there. */
export const isMissing = (message: string): boolean => /could not find|does not exist|not found/i.test(message);
