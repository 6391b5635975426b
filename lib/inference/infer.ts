import { statusException } from '../api/errors.ts';
import type { JsonDocument } from '../api/json.ts';
import type { JsonObject } from '../api/read-settings.ts';
import { readSettings, requireParsed } from '../api/read-settings.ts';
import type { InferenceResult } from '../api/results.ts';
import type { TaskType } from '../api/task-type.ts';
import type { Call, Service, TaskDefinition } from '../services/service.ts';
import type { Auth, Send } from '../transport/types.ts';
import { callService, unreadableError } from './call-service.ts';
import { createDeadline } from './deadline.ts';
import { findDefinition } from './definition.ts';
import type { Outlet } from './outlet.ts';
import { parseOnce } from './parse-once.ts';
import type { EndpointReader, MlNode, RateLimiter, Secrets } from './ports.ts';
import { type InferenceBody, readInferenceBody } from './read-request.ts';
import { type Endpoint, requireEndpoint, requireService, withSecrets } from './resolve-endpoint.ts';
import { cutToTokens, markCut } from './shorten.ts';
import { collect, foldPieces, inParallel, join, rowsOf, runs } from './split.ts';

/** What calls to services need; `lib/runtime.ts` builds it. */
export type InferDependencies = {
  readonly reader: EndpointReader;
  readonly send: Send;
  readonly node: MlNode;
  readonly limiter: RateLimiter;
};

/** One POST as the edge hands it over. */
export type InferRequest = {
  readonly inferenceId: string;
  /** From the path; absent where it named none. */
  readonly taskType: TaskType | 'any' | undefined;
  /** Parses when called: without a task type in the path a missing endpoint comes first. */
  readonly body: () => JsonDocument;
  /** Milliseconds; absent where the caller named none. */
  readonly timeout: number | undefined;
  /** Told once the endpoint is known, whatever happens then. */
  readonly onEndpoint: (taskType: TaskType, service: string) => void;
  readonly onServiceTime: (milliseconds: number) => void;
  /** Told the HTTP status of each answer of the service that is a refusal or a failure. */
  readonly onServiceFailure: (status: number) => void;
  /** What the service counted, where it says it: tokens. */
  readonly onUnits: (units: number) => void;
  /** Headers of a service's answer that are the caller's. */
  readonly onAnswerHeaders: (headers: Readonly<Record<string, string>>) => void;
};

/** A request whose endpoint is found, with its secrets, and whose body is read. */
export type Prepared = { readonly endpoint: Endpoint; readonly secrets: Secrets; readonly body: InferenceBody };

/**
 * Finds the endpoint and reads the body, in the order of the contract (§8): with a task type in the path the body comes first,
 * without one the endpoint.
 */
export const prepare = async (request: InferRequest, reader: EndpointReader): Promise<Prepared> => {
  const { inferenceId, body, onEndpoint } = request;
  const pathTaskType = request.taskType === 'any' ? undefined : request.taskType;
  const find = async () => {
    const found = await withSecrets(await requireEndpoint(inferenceId, reader.endpoint), reader);
    onEndpoint(found.endpoint.task_type, found.endpoint.service);
    return found;
  };
  if (!pathTaskType) {
    const { endpoint, secrets } = await find();
    return { endpoint, secrets, body: readInferenceBody(endpoint.task_type, undefined, body()) };
  }
  const parsed = readInferenceBody(pathTaskType, pathTaskType, body());
  const { endpoint, secrets } = await find();
  if (endpoint.task_type !== pathTaskType) {
    throw statusException(
      400,
      `Incompatible task_type, the requested type [${pathTaskType}] does not match the model type [${endpoint.task_type}]`,
    );
  }
  return { endpoint, secrets, body: parsed };
};

/** The definition of an endpoint's task. */
export const definitionOf = <S extends JsonObject, T extends JsonObject, K>(
  service: Service<S, T, K>,
  endpoint: Endpoint,
): TaskDefinition<S, T> => {
  const definition = findDefinition(service, endpoint.task_type, endpoint.service_settings);
  if (definition) return definition;
  const supported = Object.keys(service.tasks).join(', ');
  throw statusException(
    400,
    `Inference entity [${endpoint.inference_id}] does not support task type [${endpoint.task_type}] for inference, the task type must be one of [${supported}].`,
  );
};

const noPlace = () => ({ line: 1, column: 1 });

/** One call out of an endpoint and a body: settings checked again, task settings merged field by field. */
export const createCall = <S extends JsonObject, T extends JsonObject, K>(
  service: Service<S, T, K>,
  endpoint: Endpoint,
  body: InferenceBody,
  stream: boolean,
): Call<S, T> => {
  const definition = definitionOf(service, endpoint);
  const stored = parseOnce(definition.taskSettings.put, endpoint.task_settings);
  const { taskSettings, texts, ...rest } = body;
  const { request, parser, words = service.words } = definition.taskSettings;
  const sent = requireParsed(readSettings(request, 'task_settings', taskSettings), parser, {
    service: service.name,
    words,
    locate: noPlace,
  });
  const call: Call<S, T> = {
    ...rest,
    ...texts(service.name),
    id: endpoint.inference_id,
    task: endpoint.task_type,
    settings: parseOnce(definition.stored, endpoint.service_settings),
    taskSettings: (definition.taskSettings.merge ?? mergeSettings)(stored, sent),
    stream,
  };
  definition.refuse?.(call.settings, call.taskSettings);
  definition.check?.(call);
  return call;
};

/** Field by field: what was sent replaces what is stored, and null removes it. */
export const mergeSettings = <Settings extends object>(stored: Settings, sent: object): Settings => {
  const merged = { ...stored, ...Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined)) };
  // Only settings that may be absent have a schema that lets null through.
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)) as Settings;
};

/** The authorisation of a call, and how to look for a newer one. */
export const authorise = <S, T, K>(
  service: Service<S, T, K>,
  endpoint: Endpoint,
  settings: S,
  secrets: Secrets,
  reader: EndpointReader,
): { readonly auth: Auth; readonly freshAuth: () => Promise<Auth | undefined> } => {
  const authFrom = (current: Secrets) =>
    service.auth(parseOnce(service.secrets, current), settings, endpoint.inference_id);
  return {
    auth: authFrom(secrets),
    freshAuth: async () => {
      // An update makes a new secret, so the row must be read again too.
      const row = await reader.freshEndpoint(endpoint.inference_id);
      const fresh = row?.secret && row.service === service.name ? await reader.freshSecrets(row.secret) : undefined;
      return fresh && JSON.stringify(fresh) !== JSON.stringify(secrets) ? authFrom(fresh) : undefined;
    },
  };
};

/** One of several parts. Each must bring a row for each of its inputs, or those of the parts behind it would be taken for others' rows. */
const callPart = async <S extends JsonObject, T extends JsonObject, K>(
  outlet: Outlet<S, T, K>,
  part: Call<S, T>,
  signal: AbortSignal,
): Promise<InferenceResult> => {
  const result = await callService(outlet, part, signal);
  const rows = rowsOf(result)?.length ?? part.input.length;
  if (rows === part.input.length) return result;
  throw unreadableError(outlet.service, part, `the answer has ${rows} results for ${part.input.length} inputs`);
};

/**
 * Runs one call of any length: cut to the service's limits, split, sent in parts, joined in order.
 *
 * @throws InferenceError in the words of the service
 */
export const runCall = async <S extends JsonObject, T extends JsonObject, K>(
  outlet: Outlet<S, T, K>,
  call: Call<S, T>,
): Promise<InferenceResult> => {
  const { inputs, finish } = outlet.definition;
  const maxTokens = inputs?.maxTokens?.(call.settings);
  const cut = maxTokens === undefined ? call.input : call.input.map((text) => cutToTokens(text, maxTokens));
  const { signal } = outlet.deadline;
  const pieces = inputs?.pieces && (await collect(inputs.pieces(call), signal));
  const sent = pieces ? pieces.map(({ text }) => text) : cut;
  const size = inputs?.perRequest?.(call.settings) ?? Math.max(sent.length, 1);
  const parts = sent.length > size ? runs(sent.length, size) : [[0, sent.length] as const];
  const results = await inParallel(parts, signal, ([start, end], partSignal) =>
    parts.length === 1
      ? callService(outlet, { ...call, input: sent }, partSignal)
      : callPart(outlet, { ...call, input: sent.slice(start, end) }, partSignal),
  );
  const joined = join(
    results,
    parts.map(([start]) => start),
  );
  const whole = pieces
    ? foldPieces(
        joined,
        pieces.map(({ owner }) => owner),
      )
    : markCut(joined, call.input, sent);
  return finish ? finish(call, whole) : whole;
};

/** What the edge notes about a call. */
export type Inferred = { readonly taskType: TaskType; readonly service: string; readonly result: InferenceResult };

/**
 * Answers one POST: `POST /_inference/…`.
 *
 * @param signal - aborted when the caller leaves
 * @see the contract, §8
 */
export const infer = async (
  request: InferRequest,
  dependencies: InferDependencies,
  signal: AbortSignal,
): Promise<Inferred> => {
  const { reader, ...rest } = dependencies;
  const { endpoint, secrets, body } = await prepare(request, reader);
  const registered = await requireService(endpoint);
  const deadline = createDeadline(request.timeout, endpoint.task_type, signal);
  try {
    const result = await registered.bind((service) => {
      const call = createCall(service, endpoint, body, false);
      const auth = authorise(service, endpoint, call.settings, secrets, reader);
      const definition = definitionOf(service, endpoint);
      return runCall({ service, definition, secrets, ...auth, ...rest, deadline, observe: request }, call);
    });
    return { taskType: endpoint.task_type, service: registered.name, result };
  } finally {
    deadline.clear();
  }
};
