import {
  ApplicationAutoScalingClient,
  paginateDescribeScalableTargets,
} from '@aws-sdk/client-application-auto-scaling';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateInferenceComponentCommand,
  DescribeInferenceComponentCommand,
  paginateListInferenceComponents,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { componentName, deploymentVariable, mlNodeName, sweepEvent, variantName } from '../../../lib/ml-node/names.ts';
import { prefix } from '../cdk.ts';
import { readOutputs } from './deployment.ts';

const endpoint = mlNodeName(prefix);
const sageMaker = new SageMakerClient({});
const autoScaling = new ApplicationAutoScalingClient({});

/** The component that a deployment must have. */
export const componentOf = (inferenceId: string): string => componentName(endpoint, inferenceId);

/** The components that SageMaker has, in the order of their names. */
export const components = async (): Promise<string[]> => {
  const names: string[] = [];
  for await (const page of paginateListInferenceComponents({ client: sageMaker }, { EndpointNameEquals: endpoint }))
    names.push(...(page.InferenceComponents ?? []).flatMap(({ InferenceComponentName: name }) => name ?? []));
  return names.toSorted();
};

/** Those that follow their load. */
export const adaptiveComponents = async (): Promise<string[]> => {
  const names: string[] = [];
  for await (const page of paginateDescribeScalableTargets({ client: autoScaling }, { ServiceNamespace: 'sagemaker' }))
    names.push(
      ...(page.ScalableTargets ?? []).map(({ ResourceId = '' }) => ResourceId.replace('inference-component/', '')),
    );
  return names.toSorted();
};

/** Status of a component, and its copies. */
export const describeComponent = async (inferenceId: string) => {
  const { InferenceComponentStatus: status, RuntimeConfig: copies } = await sageMaker.send(
    new DescribeInferenceComponentCommand({ InferenceComponentName: componentOf(inferenceId) }),
  );
  return { status, copies: copies?.CurrentCopyCount };
};

/** A component that a killed process left: it says whose it is, and no endpoint has that id. */
export const leaveComponent = async (inferenceId: string): Promise<void> => {
  await sageMaker.send(
    new CreateInferenceComponentCommand({
      InferenceComponentName: componentOf(inferenceId),
      EndpointName: endpoint,
      VariantName: variantName,
      Specification: {
        Container: { Image: 'text-embeddings-inference', Environment: { [deploymentVariable]: inferenceId } },
        ComputeResourceRequirements: { MinMemoryRequiredInMb: 1024 },
      },
      RuntimeConfig: { CopyCount: 1 },
    }),
  );
};

/** What the schedule of the ML node's stack does. */
export const sweep = async (): Promise<void> => {
  const { StatusCode: status } = await new LambdaClient({}).send(
    new InvokeCommand({
      FunctionName: readOutputs().ManageFunction,
      InvocationType: 'Event',
      Payload: JSON.stringify(sweepEvent),
    }),
  );
  if (status !== 202) throw new Error(`Lambda answered ${status} to the sweep`);
};
