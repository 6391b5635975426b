import type { ChatRequest } from '../api/chat-request.ts';
import type { ChatErrorDetails } from '../api/errors.ts';
import type { InputType } from '../api/input-type.ts';
import type { StreamEvent } from '../api/results.ts';
import type { TaskType } from '../api/task-type.ts';
import type { Frame } from '../transport/types.ts';

// What goes to a service and what comes back, as descriptors see it.

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
