import { noNode } from '../api/deployment-errors.ts';
import type { CountAllocations, Deployments, MlNode, ModelStore } from '../inference/ports.ts';
import type { Http, Send } from '../transport/types.ts';
import type { SparseTokenizer } from './bert-tokenizer.ts';
import type { Accelerator } from './catalogue.ts';
import { stateOf } from './component.ts';
import { nodeStatus } from './component-status.ts';
import { imageUri } from './image.ts';
import { modelBucket, noUploadedModels } from './model-bucket.ts';
import { componentName } from './names.ts';
import { sageMakerNode } from './sagemaker-node.ts';
import { type NodeAddresses, runningServers, textEmbeddingsInference } from './text-embeddings-inference.ts';
import { createWaitingRoom } from './waiting-room.ts';

/** The ML node as the use cases see it. */
export type Node = {
  readonly node: MlNode;
  readonly deployments: Deployments;
  readonly models: ModelStore;
  readonly countAllocations: CountAllocations;
};

type NodeOptions = {
  readonly http: Http;
  /** Signs with the process's own role. */
  readonly send: Send;
  readonly region: string;
  /** Servers by model id, or `sagemaker://<endpoint name>`. */
  readonly addresses: NodeAddresses | string | undefined;
  /** Of Text Embeddings Inference. @default AWS's own of the region */
  readonly image: string | undefined;
  readonly accelerator: Accelerator;
  readonly mostInstances: number;
  readonly bucket: string | undefined;
  readonly tokenizer: () => Promise<SparseTokenizer>;
  /** Has a deployment started; does not wait for it. */
  readonly wake: (deployment: string) => Promise<void>;
  readonly log: { readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void };
};

/** Milliseconds that those who only look wait for a number. */
const lookingTime = 2000;
/** Milliseconds that one look of those who wait may take. */
const watchingTime = 10_000;

/** Deployments that are opened when one is first touched. */
const lazyDeployments = (open: () => Promise<Deployments>): Deployments => {
  let opened: Promise<Deployments> | undefined;
  const own = () => {
    opened ??= open();
    return opened;
  };
  return {
    check: async (model) => (await own()).check(model),
    state: async (id) => (await own()).state(id),
    converge: async (wanted) => (await own()).converge(wanted),
    wake: async (wanted) => (await own()).wake(wanted),
    remove: async (id) => (await own()).remove(id),
    strays: async (wanted) => (await own()).strays(wanted),
  };
};

const sageMaker = (endpoint: string, options: NodeOptions): Node => {
  const { send, region, tokenizer, wake, log, accelerator, bucket, mostInstances } = options;
  const image = options.image ?? imageUri(region, accelerator);
  const status = nodeStatus({ send, region, endpoint });
  const wait = createWaitingRoom({
    look: async ({ deployment, model }) => {
      const signal = AbortSignal.timeout(watchingTime);
      const found = await status.find(componentName(endpoint, deployment), signal);
      if (!found && !(await status.hasEndpoint(signal))) throw noNode(model);
      return stateOf(found);
    },
    wake,
    log,
  });
  return {
    node: sageMakerNode({ send, region, endpoint, wait, tokenizer }),
    deployments: lazyDeployments(async () =>
      (await import('./sagemaker-control.ts')).openDeployments(endpoint, { image, accelerator, bucket }, mostInstances),
    ),
    models: bucket === undefined ? noUploadedModels : modelBucket({ send, region, bucket }),
    countAllocations: async (deployment) => {
      try {
        const found = await status.find(componentName(endpoint, deployment), AbortSignal.timeout(lookingTime));
        const state = stateOf(found);
        return 'copies' in state ? state.copies : undefined;
      } catch (error) {
        // The numbers that are stored are shown in their place.
        log.warn('The copies of a deployment could not be counted', { deployment, error });
        return undefined;
      }
    },
  };
};

const scheme = 'sagemaker://';

/** The ML node that `INLET_ML_NODE` names. */
export const createNode = (options: NodeOptions): Node => {
  const { http, addresses, tokenizer } = options;
  if (typeof addresses === 'string') return sageMaker(addresses.slice(scheme.length), options);
  return {
    node: textEmbeddingsInference({ http, addresses, tokenizer }),
    deployments: runningServers(addresses),
    models: noUploadedModels,
    countAllocations: async () => undefined,
  };
};
