import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../lib/config.ts';
import type { Log } from '../lib/log.ts';
import { catalogue } from '../lib/ml-node/catalogue.ts';
import { mlNodeName, variantName } from '../lib/ml-node/names.ts';
import { startEngine } from './engine/supervisor.ts';
import { findUploaded } from './engine/uploaded.ts';
import { inMemory } from './stand-ins/data-folder.ts';
import { startModelHosting } from './stand-ins/model-hosting.ts';
import { startS3 } from './stand-ins/s3.ts';
import { startSageMakerRuntime } from './stand-ins/sagemaker/runtime.ts';
import { servedModel } from './stand-ins/sagemaker/served-model.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export type ModelNode = {
  /** What the functions must find in their environment to use it. */
  readonly environment: Environment;
  readonly close: () => Promise<void>;
};

const endpoint = { name: mlNodeName('Inlet'), variant: variantName, mostInstances: 1 };

const shippedModels = fileURLToPath(new URL('../models', import.meta.url));

/** From a repository on the hub to the id of the built-in model whose components name it. */
const builtIn = Object.fromEntries(Object.entries(catalogue).map(([id, { hub }]) => [hub.repository, id]));

/** Where users' own SageMaker endpoints are, which the service `amazon_sagemaker` calls. */
const awsRuntime =
  ({ AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: own, AWS_ENDPOINT_URL: all }: Environment) =>
  (region: string): string =>
    own || all || `https://runtime.sagemaker.${region}.amazonaws.com`;

/**
 * Starts what stands for the ML node's stack: the engine in a process of its own, and in this one SageMaker's control API and runtime,
 * Application Auto Scaling, and the bucket of uploaded models.
 *
 * @param environment - the server's own
 * @throws StartError when the data folder cannot be used
 */
export const startModelNode = async (config: Config, environment: Environment, log: Log): Promise<ModelNode> => {
  const { INLET_MODEL_DIR, INLET_DATA_DIR: dataDir, INLET_MODEL_BUCKET: bucket = 'inlet-models' } = config;
  const downloadDir = dataDir === inMemory ? undefined : join(dataDir, 'models');
  const modelDirs = [INLET_MODEL_DIR ?? shippedModels, ...(downloadDir === undefined ? [] : [downloadDir])];
  const { sageMaker, autoScaling, components } = await startModelHosting({ dataDir, endpoint, log });
  const engine = await startEngine({ modelDirs, downloadDir, log });
  const runtime = await startSageMakerRuntime({
    endpoint,
    components,
    containerOf: (component) => `${engine.url}/${encodeURIComponent(servedModel(component, builtIn) ?? '')}`,
    elsewhere: awsRuntime(environment),
  });
  const s3 = await startS3({ bucket, folderOf: (id) => findUploaded(modelDirs, id), log });
  const standIns = [sageMaker, autoScaling, runtime, s3];
  return {
    environment: {
      INLET_ML_NODE: `sagemaker://${endpoint.name}`,
      INLET_ML_IMAGE: 'text-embeddings-inference',
      // Several copies to an instance, as all of them are the one engine.
      INLET_ML_ACCELERATOR: 'cpu',
      INLET_MODEL_BUCKET: bucket,
      AWS_ENDPOINT_URL_SAGEMAKER: sageMaker.endpoint,
      AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: runtime.endpoint,
      AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING: autoScaling.endpoint,
      AWS_ENDPOINT_URL_S3: s3.endpoint,
    },
    close: async () => {
      await Promise.all([engine.close(), ...standIns.map(({ close }) => close())]);
    },
  };
};
