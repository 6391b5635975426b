import type * as z from 'zod';
import type { ChatRequest } from '../api/chat-request.ts';
import type { InferenceResult } from '../api/results.ts';
import type { Settings, TaskSettings } from './googlevertexai-settings.ts';
import type { Call, Failure, ServiceAnswer, StreamReader } from './service.ts';

export type VertexCall = Call<Settings, TaskSettings>;

type Dialect = {
  readonly body: (call: VertexCall) => unknown;
  /** Reads a 2xx answer. */
  readonly read: (call: VertexCall) => z.ZodType<InferenceResult>;
  readonly open: (call: VertexCall) => StreamReader;
};

/** How the models of one provider are spoken to. */
export type BackEnd = {
  /** Fields of a chat request that have no place there. */
  readonly refused: readonly (keyof ChatRequest)[];
  readonly completion: Dialect;
  readonly chat: Dialect;
  readonly failure: (answer: ServiceAnswer, call: VertexCall) => Failure;
  /** The tokens that an answer says it took, for the log. */
  readonly units: (body: unknown) => number | undefined;
};
