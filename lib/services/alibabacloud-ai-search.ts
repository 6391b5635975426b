import * as z from 'zod';
import { statusException, validationException } from '../api/errors.ts';
import type { JsonObject } from '../api/read-settings.ts';
import {
  flag,
  jsonMap,
  oneOf,
  positiveInteger,
  rateLimit,
  rateLimitReset,
  strictSimilarity,
  text,
} from '../api/settings.ts';
import type { Telling } from '../api/strict-settings.ts';
import type { TaskType } from '../api/task-type.ts';
import { readEmbeddings, readScores, readSparseEmbeddings, readText } from './alibabacloud-ai-search-answers.ts';
import { discoverDimensions } from './dense.ts';
import { documentOrQuery, refuseOtherUses } from './document-or-query.ts';
import { callerStatus, failureReason, plainPrefix } from './failures.ts';
import { type Call, defineService, type TaskDefinition } from './service.ts';
import { urlPart } from './url-part.ts';

const label = 'AlibabaCloud AI Search';

/** The scheme of the address, which Elasticsearch calls its schema. */
const scheme = (told?: Telling) =>
  z.custom<'https' | 'http'>((value) => value === 'https' || value === 'http', {
    error: 'Invalid value for [http_schema]. Must be one of [https, http]',
    params: { told },
  });

const common = {
  service_id: text(),
  host: text(),
  workspace: text(),
  http_schema: scheme('alone').optional(),
  rate_limit: rateLimit(1000),
};

const dense = {
  ...common,
  similarity: strictSimilarity().optional(),
  dimensions: positiveInteger().optional(),
  max_input_tokens: positiveInteger().optional(),
};

/** Null where an update has removed a setting. */
const storedSettings = z.object({
  ...dense,
  http_schema: scheme().nullish(),
  max_input_tokens: positiveInteger().nullish(),
});
type Settings = z.output<typeof storedSettings>;

const secretSettings = z.object({ api_key: text() });
type Secrets = z.output<typeof secretSettings>;

/** Elasticsearch takes, and lists, its own two names besides. */
const input_type = oneOf(['ingest', 'search', 'internal_ingest', 'internal_search'], { anyCase: true }).optional();
const embeddingTaskSettings = z.object({ input_type });
const sparseTaskSettings = z.object({ input_type, return_token: flag().optional() });
const noTaskSettings = z.object({});
const completionTaskSettings = z.object({ parameters: jsonMap().optional() });
/** No parameters are not stored. */
const newCompletionTaskSettings = z.object({
  parameters: jsonMap()
    .transform((parameters) => (Object.keys(parameters).length > 0 ? parameters : undefined))
    .optional(),
});
type TaskSettings = z.output<typeof sparseTaskSettings> & z.output<typeof completionTaskSettings>;

type AlibabaCall = Call<Settings, TaskSettings>;

const urlOf = ({ http_schema, host, workspace, service_id }: Settings, path: string): string =>
  `${http_schema ?? 'https'}://${host}/v3/openapi/workspaces/${urlPart(workspace)}/${path}/${urlPart(service_id)}`;

/** What the texts are for: what the caller says counts, then what is stored. */
const inputTypeOf = ({ inputType, taskSettings }: AlibabaCall) =>
  documentOrQuery(inputType) ?? documentOrQuery(taskSettings.input_type);

const shared = {
  put: z.object(common),
  stored: storedSettings,
  update: {
    settings: z.object({ http_schema: scheme().nullable(), rate_limit: rateLimitReset(1000) }).partial(),
    others: 'refused',
  },
  echo: ['service_id', 'host', 'workspace', 'http_schema', 'rate_limit'],
} as const;

const perRequest = () => 32;

const textEmbedding: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(dense),
  update: {
    settings: shared.update.settings.extend({ max_input_tokens: positiveInteger().nullish() }),
    others: 'refused',
  },
  taskSettings: { put: embeddingTaskSettings, request: embeddingTaskSettings, words: 'collected' },
  echo: [...shared.echo, 'similarity', 'dimensions', 'max_input_tokens'],
  inputs: { perRequest },
  check: (call) => refuseOtherUses(call, label),
  request: (call) => ({
    url: urlOf(call.settings, 'text-embedding'),
    body: { input: call.input, input_type: inputTypeOf(call) },
  }),
  response: () => readEmbeddings,
  probed: ({ settings, id }, result) => discoverDimensions(settings, result, id, 'dot_product'),
};

const sparseEmbedding: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  taskSettings: { put: sparseTaskSettings, request: sparseTaskSettings, words: 'collected' },
  inputs: { perRequest },
  check: (call) => refuseOtherUses(call, label),
  request: (call) => ({
    url: urlOf(call.settings, 'text-sparse-embedding'),
    body: { input: call.input, input_type: inputTypeOf(call), return_token: call.taskSettings.return_token },
  }),
  response: () => readSparseEmbeddings,
};

const refuseOption = (name: string, value: unknown): readonly string[] =>
  value === undefined ? [] : [`Invalid ${name} [${value}]. The ${name} option is not supported by this service`];

const rerank: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  taskSettings: { put: noTaskSettings, request: noTaskSettings, words: 'collected' },
  check: ({ topN, returnDocuments }) => {
    const reasons = [...refuseOption('return_documents', returnDocuments), ...refuseOption('top_n', topN)];
    if (reasons.length > 0) throw validationException(reasons);
  },
  request: ({ settings, query, input }) => ({ url: urlOf(settings, 'ranker'), body: { query, docs: input } }),
  response: () => readScores,
};

/** The stored parameters with those of the request over them, one by one. */
const mergeParameters = (stored: TaskSettings, { parameters }: { readonly parameters?: JsonObject | undefined }) =>
  parameters ? { ...stored, parameters: { ...stored.parameters, ...parameters } } : stored;

const completion: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  taskSettings: {
    put: newCompletionTaskSettings,
    request: completionTaskSettings,
    merge: mergeParameters,
    updated: 'overlaid',
    words: 'collected',
  },
  check: ({ input }) => {
    if (input.length % 2 === 1) return;
    throw statusException(
      400,
      "Alibaba Completion's inputs must be an odd number. The last input is the current query, all preceding inputs are the completion history as pairs of user input and the assistant's response.",
    );
  },
  request: ({ settings, input, taskSettings }) => ({
    url: urlOf(settings, 'text-generation'),
    body: {
      messages: input.map((content, turn) => ({ role: turn % 2 === 0 ? 'user' : 'assistant', content })),
      parameters: taskSettings.parameters,
    },
  }),
  response: () => readText,
};

const nouns: Partial<Record<TaskType, string>> = {
  text_embedding: 'embeddings',
  sparse_embedding: 'sparse embeddings',
};

const providerError = z.object({ message: z.string() });
const usage = z.object({
  usage: z.object({ total_tokens: z.number().optional(), token_count: z.number().optional() }),
});

/** AlibabaCloud's AI Search Open Platform: embeddings dense and sparse, ranking and text generation in a workspace. */
export const alibabaCloudAiSearch = defineService<Settings, TaskSettings, Secrets>({
  name: 'alibabacloud-ai-search',
  label,
  words: 'strict',
  secrets: secretSettings,
  catalogue: {
    service_id: 'Name of the model service.',
    workspace: 'Workspace that holds the model services.',
    http_schema: 'Scheme of the address, https unless set.',
    max_input_tokens: 'Tokens that the model takes; texts are not cut.',
  },
  rateLimitGroup: ({ workspace, service_id }) => [workspace, service_id],
  auth: ({ api_key }) => ({ type: 'bearer', token: api_key }),
  failure: ({ status, body }, { id }) => ({
    status: callerStatus(status),
    reason: failureReason(plainPrefix(status), id, status, providerError.safeParse(body).data?.message),
    retry: status === 429,
  }),
  unreadable: ({ task }, cause) => `Failed to send AlibabaCloud Search ${nouns[task] ?? task} request. Cause: ${cause}`,
  units: (body) => {
    const counted = usage.safeParse(body).data?.usage;
    return counted?.total_tokens ?? counted?.token_count;
  },
  tasks: { text_embedding: textEmbedding, sparse_embedding: sparseEmbedding, rerank, completion },
});
