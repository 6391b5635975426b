import type { JsonDocument } from '../api/json.ts';
import type { TaskType } from '../api/task-type.ts';
import type { Log } from '../log.ts';
import type { Route } from './routes.ts';

/** Who calls: an API key with its rights. */
export type Caller = {
  readonly keyId: string;
  readonly keyName: string;
  /** The user that the key stands for. */
  readonly username: string;
  /** Cluster privileges, as named in role descriptors: `all`, `monitor_inference`, … */
  readonly privileges: readonly string[];
};

/** A request that has passed the edge: routed, authorised, its query checked, its body there. */
export type Request = {
  /** Percent-decoded parts that the route names. */
  readonly path: { readonly inference_id: string; readonly task_type?: TaskType | 'any' };
  readonly query: Readonly<Record<string, string>>;
  /** The query parameter `timeout` in milliseconds. */
  readonly timeout: number | undefined;
  /**
   * The body, parsed when first read: some checks come before its errors. Undefined where none was sent, which a route with a
   * required body never sees.
   */
  readonly body: JsonDocument | undefined;
  readonly caller: Caller;
  readonly requestId: string;
  readonly log: Log;
  /** Fields for the request's log line: task type, service, times. Never inputs, answers or secrets. */
  readonly note: (fields: Readonly<Record<string, unknown>>) => void;
  /** Says which task type the endpoint has, once it is known: errors of chat look different from then on. */
  readonly noteTaskType: (taskType: TaskType) => void;
};

/** What a route's handler answers. */
export type Reply = {
  readonly status?: number;
  /** Besides those that every answer has. */
  readonly headers?: Readonly<Record<string, string>>;
} & (
  | /** JSON; bytes are JSON already. */ { readonly json: unknown }
  | { readonly jsonBytes: Uint8Array }
  | { readonly empty: true }
  /** Server-sent events. */
  | { readonly events: AsyncIterable<string> }
);

/** @param signal - aborted when the caller leaves, where that can be known */
export type Handler = (request: Request, signal: AbortSignal) => Promise<Reply>;

/** An answer as API Gateway and the local server take it; a text body is whole, an iterable one is written piece by piece. */
export type HttpAnswer = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Uint8Array | AsyncIterable<string | Uint8Array>;
};

/** Decides who calls and what they may do. Implemented in lib/security. */
export type Authenticator = {
  /**
   * @param authorization - the header as received
   * @param target - path and query, for the message
   * @throws InferenceError 401 `security_exception`
   */
  readonly authenticate: (authorization: string | undefined, target: string) => Promise<Caller>;
};

/** @throws InferenceError 403 `security_exception` when the caller lacks the privilege */
export type RequirePrivilege = (
  caller: Caller,
  privilege: Exclude<Route['privilege'], 'none' | 'authenticated'>,
  action: string,
) => void;
