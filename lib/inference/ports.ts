import * as z from 'zod';
import { taskTypes } from '../api/task-type.ts';
import type { Allocations, UploadedModel } from '../services/service.ts';

export type { Allocations, UploadedModel } from '../services/service.ts';

/** Settings and secrets as they lie in a row or a secret: JSON, checked again by the service's own schema when used. */
const jsonObject = z.record(z.string(), z.json());

/** One stored inference endpoint. Its secrets lie elsewhere; `secret` names them. */
export const endpointRow = z.strictObject({
  /** The shape of this row; a reader that does not know it must not guess. */
  version: z.literal(1),
  inference_id: z.string(),
  task_type: z.enum(taskTypes),
  service: z.string(),
  service_settings: jsonObject,
  task_settings: jsonObject,
  chunking_settings: jsonObject.optional(),
  /** Name of the secret in Secrets Manager; absent where the service has none. */
  secret: z.string().optional(),
  /** Changes with each write: an update names the one it has read. */
  revision: z.string(),
  /** Milliseconds since 1970. */
  created: z.int(),
  updated: z.int(),
  /** Since when it is being removed: to callers it is gone, and its id is free once its deployment is gone as well. */
  deleting: z.int().optional(),
});

export type EndpointRow = z.output<typeof endpointRow>;

export const secrets = z.record(z.string(), z.string());
export type Secrets = z.output<typeof secrets>;

/** Where endpoints lie. Every read is consistent. */
export type EndpointStore = {
  /** A row that is being removed counts as none. */
  readonly get: (id: string) => Promise<EndpointRow | undefined>;
  /** The row even while it is being removed. */
  readonly stored: (id: string) => Promise<EndpointRow | undefined>;
  /** All of them, sorted by id in byte order; those that are being removed only when asked for. */
  readonly list: (options?: { readonly removed: boolean }) => Promise<readonly EndpointRow[]>;
  /** @throws InferenceError 400 for a row that is too large to be written */
  readonly requireFit: (row: EndpointRow) => void;
  /** @throws InferenceError 400 `resource_already_exists_exception` when the id is taken */
  readonly create: (row: EndpointRow) => Promise<void>;
  /** @returns false when the stored revision is no longer `readRevision`, and nothing was written */
  readonly update: (row: EndpointRow, readRevision: string) => Promise<boolean>;
  /** @returns false when the stored revision is no longer `readRevision`, and nothing was deleted */
  readonly delete: (id: string, readRevision: string) => Promise<boolean>;
};

/** Where secrets lie: written before the row that names them, so that no reader meets a row without its secret. */
export type SecretStore = {
  /** @throws InferenceError 400 for more than one secret holds */
  readonly requireFit: (secrets: Secrets) => void;
  /** @returns the reference for the row */
  readonly create: (secrets: Secrets) => Promise<string>;
  readonly get: (reference: string) => Promise<Secrets | undefined>;
  /** `forever` for what no row ever named (lost races, failed writes); otherwise it can be restored for 7 days. */
  readonly delete: (reference: string, how: { readonly forever: boolean }) => Promise<void>;
};

/** What `infer` reads on each call, through the caches of its process. */
export type EndpointReader = {
  readonly endpoint: (id: string) => Promise<EndpointRow | undefined>;
  /** Reads past the cache: after a row whose secret is gone. */
  readonly freshEndpoint: (id: string) => Promise<EndpointRow | undefined>;
  readonly secrets: (reference: string) => Promise<Secrets | undefined>;
  /** Reads past the cache: after a service's 401, the secret may have been replaced. */
  readonly freshSecrets: (reference: string) => Promise<Secrets | undefined>;
};

/** A call to a built-in model: the routes of Text Embeddings Inference. */
export type NodeRequest = {
  readonly route: 'embed' | 'embed_sparse' | 'rerank';
  /** The model as service settings name it, without the platform suffix: `.multilingual-e5-small`. */
  readonly model: string;
  /** The deployment that runs it: an inference id. */
  readonly deployment: string;
  /** Whether the endpoint is a default one, which nobody has started. */
  readonly startsItself: boolean;
  /** Tokens that the model reads, special ones included. @default 512 */
  readonly limit?: number | undefined;
  /** The time that the call has, as messages print it: `30s`. */
  readonly timeout: string;
  readonly body: unknown;
};

/** What a model answers: status and JSON of Text Embeddings Inference; sparse rows are `sparseRows` of lib/api: tokens for ids. */
export type NodeAnswer = { readonly status: number; readonly body: unknown };

/** Where built-in models run. */
export type MlNode = {
  /**
   * @throws InferenceError 400 when there is no node, 404 when it does not know the model, 408 when its deployment did not start in time,
   *   409 when that failed, 429 when too many calls wait for it
   */
  readonly call: (request: NodeRequest, signal: AbortSignal) => Promise<NodeAnswer>;
};

/** A deployment as its endpoint wants it. */
export type WantedDeployment = {
  /** The inference id of the endpoint that owns it. */
  readonly id: string;
  /** As service settings name it, without the platform suffix. */
  readonly model: string;
  /** How an uploaded model makes one vector of many, where its own files do not say it. */
  readonly pooling: string | undefined;
  readonly allocations: Allocations;
};

/** A deployment as it is. `copies` are those that are wanted of it, which an adaptive one changes by itself. */
export type DeploymentState =
  | { readonly name: 'missing' }
  | { readonly name: 'starting' | 'stopping'; readonly copies: number }
  /** It answers. Without `copies` nobody counts them. */
  | { readonly name: 'started'; readonly copies?: number }
  /** It has no copy, and gets one when it is called. */
  | { readonly name: 'idle'; readonly copies: 0 }
  | { readonly name: 'failed'; readonly reason: string };

/** The deployments of the ML node. Each call does what can be done now, and can be repeated: what is left is done by a later one. */
export type Deployments = {
  /** @throws InferenceError 400 when there is no node, or it does not serve the model */
  readonly check: (model: string) => Promise<void>;
  readonly state: (id: string) => Promise<DeploymentState>;
  /**
   * Makes the deployment, or brings the one that is there nearer to what is wanted.
   *
   * @throws InferenceError when the node refuses it for good
   */
  readonly converge: (wanted: WantedDeployment) => Promise<DeploymentState>;
  /** The same, and gives it a copy when it has none. */
  readonly wake: (wanted: WantedDeployment) => Promise<DeploymentState>;
  /** @returns whether nothing of it is left; while it is being made or removed, something is */
  readonly remove: (id: string) => Promise<boolean>;
  /**
   * Deployments that nobody wants.
   *
   * @param wanted - asked after the node was: a deployment is made after its row
   */
  readonly strays: (wanted: () => Promise<readonly string[]>) => Promise<readonly string[]>;
};

/** Models that users have uploaded, by id. */
export type ModelStore = { readonly find: (id: string) => Promise<UploadedModel | undefined> };

/** How many copies a deployment has, for those who only look. Undefined where that cannot be read. */
export type CountAllocations = (deployment: string) => Promise<number | undefined>;

/** Lets calls to services pass at the rate that their endpoints set. */
export type RateLimiter = {
  /**
   * Waits for a slot of the group.
   * @param remaining - milliseconds until the call's deadline
   * @returns `too_late` when no slot comes before the deadline (told at once where that can be known), `queue_full` when too many wait
   */
  readonly acquire: (
    group: string,
    perMinute: number,
    remaining: number,
    signal: AbortSignal,
  ) => Promise<'passed' | 'too_late' | 'queue_full'>;
};
