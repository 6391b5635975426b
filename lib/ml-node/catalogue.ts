// Which weights stand for Elastic's built-in models on the ML node, and what their servers need. Pure data, for the functions and
// for the stack of the node alike.

export const accelerators = ['gpu', 'cpu'] as const;

/** What computes: a graphics card for each copy of a model, or processor cores, several copies to an instance. */
export type Accelerator = (typeof accelerators)[number];

/** What one copy reserves. A copy with an accelerator owns it whole. */
export type ComponentNeeds = {
  readonly accelerators?: number;
  readonly cpuCores?: number;
  readonly memoryMb: number;
};

export type CatalogueModel = {
  /** A repository of Hugging Face, and the commit of it, so that every copy has the same weights. */
  readonly hub: { readonly repository: string; readonly revision: string };
  /** Settings of Text Embeddings Inference beyond those that all models share. */
  readonly settings: Readonly<Record<string, string>>;
  readonly needs: Readonly<Record<Accelerator, ComponentNeeds>>;
};

/** Weights of at most half a gigabyte, read once into the server and once onto the card. */
const small = {
  gpu: { accelerators: 1, memoryMb: 2048 },
  cpu: { cpuCores: 2, memoryMb: 2048 },
} as const;

/**
 * The built-in models by the id that service settings name, without platform. E5 is the model that Elastic ships too; the other two
 * answer the same requests as ELSER and Elastic Rerank with scores of their own. All are under MIT or Apache-2.0.
 *
 * @see `packages/sie_server/models` of superlinked/sie, which pins the same commits of E5 and the sparse model
 */
export const catalogue: Readonly<Record<string, CatalogueModel>> = {
  '.multilingual-e5-small': {
    hub: { repository: 'intfloat/multilingual-e5-small', revision: '614241f622f53c4eeff9890bdc4f31cfecc418b3' },
    settings: { POOLING: 'mean' },
    needs: small,
  },
  '.elser_model_2': {
    hub: {
      repository: 'opensearch-project/opensearch-neural-sparse-encoding-v2-distill',
      revision: '269e6638b2c4f648996691f6d751495285d8f330',
    },
    settings: { POOLING: 'splade' },
    needs: small,
  },
  '.rerank-v1': {
    hub: { repository: 'mixedbread-ai/mxbai-rerank-base-v1', revision: '800f24c113213a187e65bde9db00c15a2bb12738' },
    settings: {},
    needs: { gpu: { accelerators: 1, memoryMb: 4096 }, cpu: { cpuCores: 2, memoryMb: 4096 } },
  },
};

/** Settings of Text Embeddings Inference for every model: SageMaker passes on bodies of 6 MiB, and the callers count on 32 texts a call. */
const shared = { AUTO_TRUNCATE: 'true', MAX_CLIENT_BATCH_SIZE: '32', PAYLOAD_LIMIT: '6291456' } as const;

/** The environment of a container that serves a model of the catalogue. */
export const catalogueEnvironment = ({ hub, settings }: CatalogueModel): Readonly<Record<string, string>> => ({
  HF_MODEL_ID: hub.repository,
  HF_MODEL_REVISION: hub.revision,
  ...shared,
  ...settings,
});

/** What a copy of an uploaded model reserves, and how its container is set up: the archive lies where SageMaker unpacks it. */
export const uploadedNeeds: CatalogueModel['needs'] = {
  gpu: { accelerators: 1, memoryMb: 4096 },
  cpu: { cpuCores: 2, memoryMb: 4096 },
};

/** @param pooling - where the model's own files do not say it */
export const uploadedEnvironment = (pooling: string | undefined): Readonly<Record<string, string>> => ({
  HF_MODEL_ID: '/opt/ml/model',
  ...shared,
  ...(pooling !== undefined && { POOLING: pooling }),
});

/**
 * Seconds that a copy may take to fetch its weights and answer its first health check: SageMaker's longest, since a hub may be slow and
 * a copy that is late is a failed one.
 */
export const startupSeconds = 3600;

/**
 * How the copies of a component follow their load: calls a minute that one copy is meant for, a beginning and not a measured limit,
 * and seconds after more copies. Elasticsearch, too, waits five minutes after it has scaled up.
 */
export const scalingPolicy = { name: 'inlet-invocations', invocationsPerCopy: 300, afterScaleOut: 300 } as const;

/**
 * The most copies of one component: Elasticsearch's safeguard, and with graphics cards what the instances hold, each copy owning one.
 *
 * @param instances - the most that the node may have
 */
export const mostCopies = (accelerator: Accelerator, instances: number): number =>
  accelerator === 'gpu' ? Math.min(32, instances) : 32;
