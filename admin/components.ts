import {
  type ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  DeleteInferenceComponentCommand,
  paginateListInferenceComponents,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker';

export type Component = { readonly name: string; readonly status: string };

type Clients = { readonly sageMaker: SageMakerClient; readonly autoScaling: ApplicationAutoScalingClient };

type Waiting = {
  /** Told each time of what is still there. */
  readonly onWait: (left: readonly Component[]) => void;
  /** Resolves when it is time for another look. */
  readonly pause: () => Promise<unknown>;
  /** Looks before it gives up. */
  readonly most: number;
};

/** Inference components that run on an endpoint, which SageMaker does not delete while it has one. */
export const listComponents = async (client: SageMakerClient, endpoint: string): Promise<Component[]> => {
  const components: Component[] = [];
  for await (const page of paginateListInferenceComponents({ client }, { EndpointNameEquals: endpoint })) {
    for (const { InferenceComponentName: name, InferenceComponentStatus: status } of page.InferenceComponents ?? [])
      if (name) components.push({ name, status: status ?? 'unknown' });
  }
  return components;
};

/** Scaling of a component is registered elsewhere, outlives it, and keeps two alarms that cost. */
const stopScaling = async (client: ApplicationAutoScalingClient, component: string): Promise<void> => {
  const resource = { ServiceNamespace: 'sagemaker', ResourceId: `inference-component/${component}` } as const;
  const { ServiceNamespace, ResourceId } = resource;
  const found = await client.send(new DescribeScalableTargetsCommand({ ServiceNamespace, ResourceIds: [ResourceId] }));
  for (const { ScalableDimension } of found.ScalableTargets ?? [])
    await client.send(new DeregisterScalableTargetCommand({ ...resource, ScalableDimension }));
};

/** While a component is made or changed SageMaker refuses to delete it, as it does where it is gone: the next look tells which. */
const isRefusal = (error: unknown): boolean => error instanceof Error && error.name === 'ValidationException';

const remove = async ({ sageMaker, autoScaling }: Clients, component: string): Promise<void> => {
  await stopScaling(autoScaling, component);
  try {
    await sageMaker.send(new DeleteInferenceComponentCommand({ InferenceComponentName: component }));
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
};

/**
 * Deletes all components of an endpoint and waits until they are gone; also those that are still being made, as soon as SageMaker
 * lets it.
 *
 * @throws Error that names what is left after the last look
 */
export const removeComponents = async (clients: Clients, endpoint: string, waiting: Waiting): Promise<void> => {
  for (let looks = 0; ; looks += 1) {
    const left = await listComponents(clients.sageMaker, endpoint);
    if (left.length === 0) return;
    if (looks === waiting.most) {
      const shown = left.map(({ name, status }) => `${name} (${status})`).join(', ');
      throw new Error(`SageMaker still has components of ${endpoint}: ${shown}. Run this again in a few minutes.`);
    }
    for (const { name, status } of left) if (status !== 'Deleting') await remove(clients, name);
    waiting.onWait(left);
    await waiting.pause();
  }
};
