import type * as z from 'zod';
import type { Words } from '../api/blame.ts';
import type { InferenceError } from '../api/errors.ts';
import type { JsonObject } from '../api/read-settings.ts';
import type { TaskType } from '../api/task-type.ts';
import type { Auth } from '../transport/types.ts';
import type { Call, Failure, ServiceAnswer } from './call.ts';
import type { NodeDeployment } from './node-deployment.ts';
import type { TaskDefinition } from './task-definition.ts';

// The service type: all that a descriptor imports.
export type * from './call.ts';
export type * from './node-deployment.ts';
export type * from './task-definition.ts';

/** An endpoint that exists without PUT: listed, callable, never stored. */
export type DefaultEndpoint = {
  readonly inference_id: string;
  readonly task_type: TaskType;
  readonly service_settings: JsonObject;
  readonly task_settings: JsonObject;
};

/** What whoever runs this deployment allows beyond the contract. */
export type Operator = {
  /** Endpoints of AWS's services may leave out their keys and use the process's own role. */
  readonly awsRole: boolean;
};

/** One inference service: schemas, tables and pure functions. Adding one changes no shared code. */
export type Service<S, T, K> = {
  readonly name: string;
  /** As people write it: `OpenAI`. */
  readonly label: string;
  /** Left out of the catalogue: an older name, kept for those who use it. */
  readonly hidden?: true;
  readonly words: Words;
  /** Settings that are kept apart and never shown; sent among `service_settings`. */
  readonly secrets: z.ZodType<K>;
  /** Secrets are told of before all else. @default after all settings */
  readonly secretsFirst?: true;
  readonly secretRules?: (sent: JsonObject, settings: JsonObject, operator: Operator) => readonly string[];
  /** Messages about secrets in an update: which may replace which. */
  readonly secretUpdateRules?: (sent: JsonObject, stored: K) => readonly string[];
  /** Settings that the catalogue calls required though their schema does not: some deployments may do without. */
  readonly required?: readonly string[];
  /** What settings are for, where the shared words of the catalogue do not fit; by name. */
  readonly catalogue?: Readonly<Record<string, string>>;
  /** Moves what older clients send elsewhere, before anything is read. */
  readonly relocate?: (config: Configuration) => Configuration;
  /** Deprecations, for the log. */
  readonly warnings?: (config: Configuration) => readonly string[];
  /**
   * What else endpoints must have in common to share one rate limit: service, secrets, called host and the limit itself always count.
   * Absent where no limit is set.
   */
  readonly rateLimitGroup?: (settings: S) => readonly unknown[];
  readonly auth: (secrets: K, settings: S, id: string) => Auth;
  readonly failure: (answer: ServiceAnswer, call: Call<S, T>) => Failure;
  /**
   * What is said when no answer comes, or one that cannot be read: `Failed to send OpenAI embeddings request. Cause: …`.
   *
   * @param cause - in our own words
   */
  readonly unreadable: (call: Call<S, T>, cause: string) => string | Failure;
  /** The same where no answer comes. @default as `unreadable` */
  readonly unreachable?: (call: Call<S, T>, cause: string) => string | Failure;
  /** Type of the errors that `unreadable` words. @default 'status_exception' */
  readonly errorType?: string;
  /** Whether what failed may be sent again at all: lost connections, unreadable answers, failures that say so. @default true */
  readonly retried?: boolean;
  /** How often one request goes out at most, for services that Elasticsearch reaches through an SDK. What cannot be read is not asked for again. */
  readonly attempts?: number;
  /** Elasticsearch has answered a stream with 200 before the service has said anything: what the service fails with is the stream's first event. */
  readonly refusesInStream?: true;
  /** Headers of an answer that its caller gets, by their names there. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** The refusal of a stream of a task that has none. @default 405 in the words of the contract; tasks with a whole result give one event */
  readonly notStreamed?: (settings: JsonObject, task: TaskType) => InferenceError;
  /** What the service counted for one answer, for the log: tokens. */
  readonly units?: (body: unknown) => number | undefined;
  /** Status and words when the time is over. @default 429 `timeout_exception` */
  readonly timedOut?: (timeout: string, call: Call<S, T>) => Failure;
  /** Services on the ML node. They are deployed by PUT, and called only where that teaches something. */
  readonly node?: {
    /** What a PUT refers to, to be looked up before its settings are read. */
    readonly refersTo: (sent: JsonObject) => { readonly model?: string; readonly deployment?: string };
    readonly deployment: (settings: S) => NodeDeployment;
    /** @throws InferenceError for settings with which no deployment starts; asked for PUT, once all else is good */
    readonly startable?: (settings: S) => void;
  };
  readonly defaults?: readonly DefaultEndpoint[];
  readonly tasks: Partial<Record<TaskType, TaskDefinition<S, T>>>;
};

/** The two settings objects of a PUT, and the name under which the service was asked for. */
export type Configuration = {
  readonly service: string;
  readonly service_settings: JsonObject;
  readonly task_settings: JsonObject;
};

/** What the registry holds: S, T and K are closed over, so no caller needs a cast. */
export type RegisteredService = {
  readonly name: string;
  readonly hidden: boolean;
  readonly defaults: readonly DefaultEndpoint[];
  readonly bind: <R>(
    use: <S extends JsonObject, T extends JsonObject, K extends object>(service: Service<S, T, K>) => R,
  ) => R;
};

export const defineService = <S extends JsonObject, T extends JsonObject, K extends object>(
  service: Service<S, T, K>,
): RegisteredService => ({
  name: service.name,
  hidden: service.hidden ?? false,
  defaults: service.defaults ?? [],
  bind: (use) => use(service),
});
