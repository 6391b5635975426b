import { InferenceError, statusException } from '../api/errors.ts';
import type { JsonObject } from '../api/read-settings.ts';
import type { InferenceResult } from '../api/results.ts';
import type { TaskType } from '../api/task-type.ts';
import type { Call, Service } from '../services/service.ts';
import type { Send } from '../transport/types.ts';
import { NoResult } from './call-service.ts';
import type { Deadline } from './deadline.ts';
import { findDefinition } from './definition.ts';
import { runCall } from './infer.ts';
import type { Outlet } from './outlet.ts';
import type { MlNode, RateLimiter } from './ports.ts';
import { openStream } from './stream-infer.ts';

const probeText = 'how big';

/** What the validation call asks, for each task type (contract §4.4). */
const probes: Readonly<Record<TaskType, Pick<Call<never, never>, 'input' | 'inputType' | 'query' | 'chat'>>> = {
  text_embedding: { input: [probeText], inputType: 'internal_ingest' },
  sparse_embedding: { input: [probeText], inputType: 'internal_ingest' },
  embedding: { input: [probeText], inputType: 'internal_ingest' },
  completion: { input: [probeText], inputType: 'internal_ingest' },
  rerank: { input: [probeText], query: 'test query' },
  chat_completion: { input: [], chat: { messages: [{ role: 'user', content: probeText }] } },
};

type ProbeDependencies = {
  readonly send: Send;
  readonly node: MlNode;
  readonly limiter: RateLimiter;
  readonly deadline: Deadline;
};

/** A candidate configuration, before it is stored. */
type Candidate<S, T, K> = {
  readonly id: string;
  readonly taskType: TaskType;
  readonly settings: S;
  readonly taskSettings: T;
  readonly secrets: K;
};

/** @returns undefined where the answer was a stream without any event */
const ask = async <S extends JsonObject, T extends JsonObject, K>(
  outlet: Outlet<S, T, K>,
  call: Call<S, T>,
): Promise<{ readonly result?: InferenceResult } | undefined> => {
  if (!call.stream) return { result: await runCall(outlet, call) };
  for await (const _event of await openStream(outlet, call)) return {};
  return undefined;
};

const nullResponse = 'returned null response';

/** 400 for a validation call that failed in the way that is named. */
const incomplete = (failure: string, cause?: InferenceError): InferenceError =>
  statusException(
    400,
    `Could not complete inference endpoint creation as validation call to service ${failure}.`,
    cause && { cause },
  );

/**
 * Makes the validation call of PUT and of a changing `_update`.
 *
 * @returns the settings with what the call taught: dimensions, similarity
 * @throws InferenceError 400 whose cause is what the service said
 */
export const validateEndpoint = async <S extends JsonObject, T extends JsonObject, K extends object>(
  service: Service<S, T, K>,
  candidate: Candidate<S, T, K>,
  dependencies: ProbeDependencies,
): Promise<S> => {
  const { id, taskType: task, settings, taskSettings, secrets } = candidate;
  const definition = findDefinition(service, task, settings);
  if (!definition) throw new Error(`${service.name} has no ${task}`);
  const call: Call<S, T> = { id, task, settings, taskSettings, ...probes[task], stream: task === 'chat_completion' };
  const probe = async () => {
    const outlet: Outlet<S, T, K> = {
      service,
      definition,
      secrets,
      // A secret that cannot be read is told like one that the service refuses.
      auth: service.auth(secrets, settings, id),
      freshAuth: async () => undefined,
      observe: { onServiceTime: () => {}, onServiceFailure: () => {}, onUnits: () => {}, onAnswerHeaders: () => {} },
      ...dependencies,
    };
    return ask(outlet, call);
  };
  const answer = await probe().catch((error: unknown) => {
    if (!(error instanceof InferenceError)) throw error;
    throw error.cause instanceof NoResult ? incomplete(nullResponse) : incomplete('threw an exception', error);
  });
  if (!answer) throw incomplete(nullResponse);
  return answer.result && definition.probed ? definition.probed(call, answer.result) : settings;
};
