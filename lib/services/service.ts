import type * as z from 'zod';
import type { ChatRequest } from '../api/chat-request.ts';
import type { ChatErrorDetails, InferenceError } from '../api/errors.ts';
import type { InputType } from '../api/input-type.ts';
import type { JsonObject, Words } from '../api/read-settings.ts';
import type { InferenceResult, StreamEvent } from '../api/results.ts';
import type { TaskType } from '../api/task-type.ts';
import type { Auth, Frame, Framing } from '../transport/types.ts';

/** One inference call: what every function of a descriptor may look at. */
export type Call<S, T> = {
  readonly id: string;
  readonly task: TaskType;
  readonly settings: S;
  /** The stored task settings with those of the request over them. */
  readonly taskSettings: T;
  /** The texts of one request to the service: all of them, or the part that fits. */
  readonly input: readonly string[];
  readonly inputType?: InputType;
  readonly query?: string;
  readonly topN?: number;
  readonly returnDocuments?: boolean;
  readonly chat?: ChatRequest;
  readonly stream: boolean;
};

/** What one call sends: an HTTP request, or a route of the ML node (lib/ml-node knows where that lies). */
export type ServiceRequest =
  | { readonly url: string; readonly headers?: Readonly<Record<string, string>>; readonly body: unknown }
  | {
      readonly node: 'embed' | 'embed_sparse' | 'rerank';
      readonly model: string;
      /** @default the endpoint's own */
      readonly deployment?: string | undefined;
      readonly limit?: number | undefined;
      readonly body: unknown;
    };

/** A whole answer of a service; `body` is parsed JSON, or the text where it is none. */
export type ServiceAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** The body as it came. */
  readonly text: string;
  /** Address called, for messages; never with a query. */
  readonly url: string;
};

/** A failed call in the service's words. */
export type Failure = {
  /** Status for the caller. */
  readonly status: number;
  /** `status_exception` unless said. */
  readonly type?: string;
  readonly reason: string;
  readonly retry?: boolean;
  /** The texts were too long: they are cut to half and sent again. */
  readonly shorten?: boolean;
  readonly chat?: ChatErrorDetails;
  /** What lies behind it, where the reason does not say it. */
  readonly cause?: { readonly type: string; readonly reason: string };
};

/** Reads the frames of one streamed answer; its state lives in the closure that made it. */
export type StreamReader = {
  /** @returns the events of this frame, or the failure that it tells of */
  readonly next: (frame: Frame) => readonly StreamEvent[] | Failure;
  /** Whether the service has said its last word: an answer that stops before is cut. */
  readonly finished: () => boolean;
  /** Whether an answer may stop here, though more may follow. @default when it is finished */
  readonly mayEnd?: () => boolean;
};

/** Some settings of S: what an update or a request may carry. */
export type Changes<S> = { readonly [Name in keyof S]?: S[Name] | undefined };

/** A piece of the input that stands at index `owner`. */
export type Piece = { readonly owner: number; readonly text: string };

/** One task of a service, for stored settings of type S and task settings of type T. */
export type TaskDefinition<S, T> = {
  /**
   * What counts in place of this definition, where a setting decides what a task takes and answers; this one then tells the catalogue
   * of all settings together.
   *
   * @param settings - as a PUT sends them, or as they are stored
   * @throws InferenceError for settings that have no such task
   */
  readonly variant?: (settings: JsonObject) => TaskDefinition<S, T>;
  /** Where messages about `service_settings` of this task are of another generation than its service's. @default the service's */
  readonly words?: Words;
  /** What a PUT may carry in `service_settings`, secrets aside, to what is stored. An object schema; unknown keys are found by the core. */
  readonly put: z.ZodType<S>;
  /**
   * Refuses what no other message fits, such as an unknown model; asked first.
   *
   * @throws InferenceError
   */
  readonly accept?: (sent: JsonObject, found: Found) => void;
  /** Where the settings of a PUT depend on each other so much that `put` does not fit all. */
  readonly putFor?: (sent: JsonObject) => z.ZodType<S>;
  /** What a PUT stores besides what was sent: of the model or deployment that was looked up. */
  readonly settled?: (settings: S, found: Found) => S;
  /** Messages about settings that depend on each other. */
  readonly rules?: (sent: JsonObject) => readonly string[];
  /** What a row holds: also what only we write. */
  readonly stored: z.ZodType<S>;
  readonly update: {
    /** The settings that an update may change; others are ignored or refused. */
    readonly settings: z.ZodType<Changes<S>>;
    readonly others: 'ignored' | 'refused';
    readonly rules?: (sent: JsonObject, stored: S) => readonly string[];
    /** @default field by field: a sent value replaces the stored one */
    readonly merge?: (stored: S, sent: Changes<S>) => S;
  };
  readonly taskSettings: {
    readonly put: z.ZodType<T>;
    /** Those of a request and of an update; keys that it does not know are ignored. */
    readonly request: z.ZodType<Changes<T>>;
    /** What counts for a request. @default field by field: a sent value replaces the stored one */
    readonly merge?: (stored: T, sent: Changes<T>) => T;
    /** What a PUT does with other keys. @default 'refused' */
    readonly others?: 'ignored' | 'refused';
    /** Name of the parser that refuses other keys wherever task settings are sent, in words of its own. */
    readonly parser?: string;
    /** Where messages about them are of another generation than those about service settings. @default the service's */
    readonly words?: Words;
    /** What an update does with them: `replaced` reads them as a PUT does, `overlaid` merges them as a request does. @default 'merged' */
    readonly updated?: 'merged' | 'replaced' | 'overlaid';
    /** What a PUT stores once the validation call has succeeded. @default what was sent */
    readonly kept?: (sent: T) => T;
  };
  /**
   * Refuses service and task settings that do not go together; asked for PUT, update and call, after each is read.
   *
   * @throws InferenceError
   */
  readonly refuse?: (settings: S, taskSettings: T) => void;
  /** Order of GET; what is not named is not shown. */
  readonly echo: readonly (keyof S & string)[];
  readonly inputs?: {
    /** Texts that one request to the service takes. @default all of them */
    readonly perRequest?: (settings: S) => number;
    /** Documents that are scored in pieces; the best piece counts. Found as they are asked for, each with the index of its input. */
    readonly pieces?: (call: Call<S, T>) => Iterable<Piece>;
    /** Texts are cut to so many tokens, at about three characters each, before they are sent. */
    readonly maxTokens?: (settings: S) => number | undefined;
  };
  /** @throws InferenceError for a call that the service cannot take; nothing is sent then */
  readonly check?: (call: Call<S, T>) => void;
  readonly request: (call: Call<S, T>) => ServiceRequest;
  /** Whether answers hold numbers that must keep their digits, such as arguments of tool calls: they are read as callers' bodies are. */
  readonly exactNumbers?: boolean;
  /** Reads a 2xx answer; sees its call: element type, `top_n`. Undefined for an answer that is well formed and holds no result. */
  readonly response: (call: Call<S, T>) => z.ZodType<InferenceResult | undefined>;
  /** Completes the joined result of all parts: order, `top_n`, texts of documents. */
  readonly finish?: (call: Call<S, T>, result: InferenceResult) => InferenceResult;
  readonly stream?: {
    readonly framing: (settings: S) => readonly Framing[];
    readonly open: (call: Call<S, T>) => StreamReader;
  };
  /** What the validation call teaches: dimensions, similarity. */
  readonly probed?: (call: Call<S, T>, result: InferenceResult) => S;
};

/** A model that a user has uploaded, as its manifest says. */
export type UploadedModel = {
  readonly taskType: TaskType;
  /** Put before texts. */
  readonly prefixes: { readonly search?: string | undefined; readonly ingest?: string | undefined };
  /** Tokens that it reads, special ones included. */
  readonly limit?: number | undefined;
  /** In the words of Text Embeddings Inference. */
  readonly pooling?: string | undefined;
  /** Whether its vectors are scaled to length 1. */
  readonly normalize?: boolean | undefined;
};

/** What a PUT refers to, looked up. */
export type Found = {
  readonly model?: UploadedModel;
  /** Of another endpoint, with the settings of that. */
  readonly deployment?: { readonly id: string; readonly taskType: TaskType; readonly settings: JsonObject };
};

/** How many copies of a model run: a number, or a range that follows the load. */
export type Allocations =
  | { readonly kind: 'fixed'; readonly copies: number }
  | { readonly kind: 'adaptive'; readonly least: number; readonly most: number };

/** How stored settings are deployed on the ML node. */
export type NodeDeployment = {
  /** As settings name it, without the platform suffix. */
  readonly model: string;
  /** The endpoint whose deployment serves this one; absent where it has its own. */
  readonly of?: string | undefined;
  /** How an uploaded model makes one vector of many, where its own files do not say it. */
  readonly pooling?: string | undefined;
  readonly allocations: Allocations;
  /** Whether only a call teaches what is stored: the length of vectors. */
  readonly probed: boolean;
};

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
