import { parseJson } from '../../lib/api/json.ts';
import { deleteEndpoint } from '../../lib/inference/delete-endpoint.ts';
import type { ManageDependencies, ManageRequest } from '../../lib/inference/manage-request.ts';
import type { EndpointStore } from '../../lib/inference/ports.ts';
import { putEndpoint } from '../../lib/inference/put-endpoint.ts';
import { sweep } from '../../lib/inference/sweep.ts';
import { updateEndpoint } from '../../lib/inference/update-endpoint.ts';
import { wakeDeployment } from '../../lib/inference/wake-deployment.ts';
import type { Log } from '../../lib/log.ts';
import { sageMakerComponents } from '../../lib/ml-node/components.ts';
import { sageMakerDeployments } from '../../lib/ml-node/deployments.ts';
import { noUploadedModels } from '../../lib/ml-node/model-bucket.ts';
import { sageMakerScaling } from '../../lib/ml-node/scaling.ts';
import { findService } from '../../lib/services/index.ts';
import { memoryEndpointStore, memorySecretStore } from '../helpers/memory-stores.ts';
import type { createFakeControl } from './fake-control.ts';

// Loaded before any clock is a fake one: a module takes real time.
await findService('elasticsearch');

export const endpoint = 'Inlet-ml-node';

/** Nobody reads it. */
export const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const slowed = (store: EndpointStore, step: () => Promise<void>): EndpointStore => ({
  requireFit: store.requireFit,
  get: async (id) => step().then(() => store.get(id)),
  stored: async (id) => step().then(() => store.stored(id)),
  list: async (options) => step().then(() => store.list(options)),
  create: async (row) => step().then(() => store.create(row)),
  update: async (row, revision) => step().then(() => store.update(row, revision)),
  delete: async (id, revision) => step().then(() => store.delete(id, revision)),
});

type Setup = Partial<Pick<ManageDependencies, 'models' | 'node'>> & {
  readonly step?: () => Promise<void>;
  readonly accelerator?: 'gpu' | 'cpu';
  readonly store?: ReturnType<typeof memoryEndpointStore>;
};

/** The use cases of `manage` on top of the real control plane of the node, whose SDK clients are fakes or call stand-ins. */
export const createLifeCycle = (
  control: Pick<ReturnType<typeof createFakeControl>, 'sageMaker' | 'autoScaling'>,
  setup: Setup = {},
) => {
  const { step = async () => {}, accelerator = 'gpu', store = memoryEndpointStore() } = setup;
  const dependencies: ManageDependencies = {
    endpoints: slowed(store, step),
    secrets: memorySecretStore(),
    send: {
      whole: async () => Promise.reject(new Error('nothing is sent')),
      stream: async () => Promise.reject(new Error('nothing is sent')),
    },
    node: setup.node ?? { call: async () => ({ status: 200, body: [[0.6, -0.8]] }) },
    deployments: sageMakerDeployments({
      components: sageMakerComponents(control.sageMaker, endpoint),
      scaling: sageMakerScaling(control.autoScaling),
      containers: { image: 'registry.test/tei:1.9', accelerator, bucket: 'models' },
      mostInstances: 3,
    }),
    models: setup.models ?? noUploadedModels,
    limiter: { acquire: async () => 'passed' },
    operator: { awsRole: false },
    now: Date.now,
  };
  const request = (id: string, body: unknown, timeout: number | undefined): ManageRequest => ({
    inferenceId: id,
    taskType: undefined,
    body: () => parseJson(JSON.stringify(body)),
    timeout,
    log: silent,
  });
  const never = new AbortController().signal;
  const removal = { ...dependencies, log: silent };
  return {
    store,
    dependencies,
    put: (id: string, body: unknown, timeout?: number) => putEndpoint(request(id, body, timeout), dependencies, never),
    update: (id: string, body: unknown, timeout?: number) =>
      updateEndpoint(request(id, body, timeout), dependencies, never),
    delete: (id: string, force = false) =>
      deleteEndpoint({ inferenceId: id, taskType: undefined, force, dryRun: false, log: silent }, dependencies),
    wake: (id: string) => wakeDeployment(id, removal),
    sweep: () => sweep(removal, Date.now),
  };
};

/** Body of a PUT for a built-in model. */
export const sparse = (allocations: object) => ({
  task_type: 'sparse_embedding',
  service: 'elasticsearch',
  service_settings: { model_id: '.elser_model_2', num_threads: 1, ...allocations },
});

export const dense = (allocations: object) => ({
  task_type: 'text_embedding',
  service: 'elasticsearch',
  service_settings: { model_id: '.multilingual-e5-small', num_threads: 1, ...allocations },
});
