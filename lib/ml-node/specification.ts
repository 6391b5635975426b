import type { CreateInferenceComponentCommandInput } from '@aws-sdk/client-sagemaker';
import type { WantedDeployment } from '../inference/ports.ts';
import {
  type Accelerator,
  catalogue,
  catalogueEnvironment,
  startupSeconds,
  uploadedEnvironment,
  uploadedNeeds,
} from './catalogue.ts';
import type { Component } from './component.ts';
import { archiveUrl } from './model-bucket.ts';
import { deploymentVariable } from './names.ts';

type Specification = NonNullable<CreateInferenceComponentCommandInput['Specification']>;

/** How the containers of a node are made. */
export type Containers = {
  /** Text Embeddings Inference for the region and the accelerator. */
  readonly image: string | undefined;
  readonly accelerator: Accelerator;
  /** Where uploaded models lie. */
  readonly bucket: string | undefined;
};

type Model = Pick<WantedDeployment, 'model' | 'pooling'>;

const builtIn = (model: string) => (Object.hasOwn(catalogue, model) ? catalogue[model] : undefined);

/** Whether the node knows the model by itself. */
export const isBuiltIn = (model: string): boolean => builtIn(model) !== undefined;

const containerOf = ({ model, pooling }: Model, { bucket }: Containers) => {
  const entry = builtIn(model);
  if (entry) return { needs: entry.needs, environment: catalogueEnvironment(entry), artifact: undefined };
  return {
    needs: uploadedNeeds,
    environment: uploadedEnvironment(pooling),
    artifact: bucket === undefined ? undefined : archiveUrl(bucket, model),
  };
};

/** What SageMaker is asked for. */
export const specificationOf = (wanted: WantedDeployment, containers: Containers): Specification => {
  const { needs, environment, artifact } = containerOf(wanted, containers);
  const { accelerators, cpuCores, memoryMb } = needs[containers.accelerator];
  return {
    Container: {
      Image: containers.image,
      ...(artifact !== undefined && { ArtifactUrl: artifact }),
      Environment: { ...environment, [deploymentVariable]: wanted.id },
    },
    ComputeResourceRequirements: {
      MinMemoryRequiredInMb: memoryMb,
      ...(accelerators !== undefined && { NumberOfAcceleratorDevicesRequired: accelerators }),
      ...(cpuCores !== undefined && { NumberOfCpuCoresRequired: cpuCores }),
    },
    StartupParameters: {
      ModelDataDownloadTimeoutInSeconds: startupSeconds,
      ContainerStartupHealthCheckTimeoutInSeconds: startupSeconds,
    },
  };
};

/**
 * Whether a component serves the wanted model: one of a former endpoint with the same id may be there still. Another revision of the
 * same model is as good: vectors that are stored elsewhere were made by it.
 */
export const serves = ({ Specification: specification }: Component, wanted: Model, containers: Containers): boolean => {
  const { Environment: environment, ArtifactUrl: artifact } = specification?.Container ?? {};
  if (environment?.HF_MODEL_ID === undefined) return true;
  const expected = containerOf(wanted, containers);
  return environment.HF_MODEL_ID === expected.environment.HF_MODEL_ID && artifact === expected.artifact;
};
