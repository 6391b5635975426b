import * as z from 'zod';
import { taskTypes } from '../api/task-type.ts';

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
});

export type EndpointRow = z.output<typeof endpointRow>;

export const secrets = z.record(z.string(), z.string());
export type Secrets = z.output<typeof secrets>;

/** Where endpoints lie. Every read is consistent. */
export type EndpointStore = {
  readonly get: (id: string) => Promise<EndpointRow | undefined>;
  /** All of them, sorted by id in byte order. */
  readonly list: () => Promise<readonly EndpointRow[]>;
  /** @throws InferenceError 400 `resource_already_exists_exception` when the id is taken */
  readonly create: (row: EndpointRow) => Promise<void>;
  /** @returns false when the stored revision is no longer `readRevision`, and nothing was written */
  readonly update: (row: EndpointRow, readRevision: string) => Promise<boolean>;
  /** @returns false when the stored revision is no longer `readRevision`, and nothing was deleted */
  readonly delete: (id: string, readRevision: string) => Promise<boolean>;
};

/** Where secrets lie: written before the row that names them, so that no reader meets a row without its secret. */
export type SecretStore = {
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
  /** The deployment that runs it; equal to the inference id. */
  readonly deployment: string;
  readonly body: unknown;
};

/** What a model answers: status and JSON of Text Embeddings Inference; sparse rows are `sparseRows` of lib/api: tokens for ids. */
export type NodeAnswer = { readonly status: number; readonly body: unknown };

/** Where built-in models run. */
export type MlNode = {
  /** @throws InferenceError 400 when there is no node, 404 when it does not know the model */
  readonly ready: (model: string) => Promise<void>;
  /** @throws InferenceError 400 when there is no node, 404 when it does not know the model */
  readonly call: (request: NodeRequest, signal: AbortSignal) => Promise<NodeAnswer>;
};

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
