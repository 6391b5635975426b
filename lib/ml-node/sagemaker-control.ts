import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { Deployments } from '../inference/ports.ts';
import { sageMakerComponents } from './components.ts';
import { sageMakerDeployments } from './deployments.ts';
import { sageMakerScaling } from './scaling.ts';
import type { Containers } from './specification.ts';

/**
 * Deployments on a SageMaker endpoint, by AWS's own clients. This module alone brings these in: it is loaded when a deployment is first
 * touched, which most calls never do.
 *
 * @param endpoint - its name
 */
export const openDeployments = (endpoint: string, containers: Containers, mostInstances: number): Deployments =>
  sageMakerDeployments({
    components: sageMakerComponents(new SageMakerClient({}), endpoint),
    scaling: sageMakerScaling(new ApplicationAutoScalingClient({})),
    containers,
    mostInstances,
  });
