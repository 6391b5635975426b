import * as z from 'zod';
import type { InputType } from '../api/input-type.ts';
import { orText, positiveInteger, rateLimitUpdate, text } from '../api/settings.ts';
import type { TaskType } from '../api/task-type.ts';
import { readCompletion, readEmbeddings, readRanking } from './cohere-answers.ts';
import {
  common,
  dense,
  embeddingTaskSettings,
  rerankTaskSettings,
  type Settings,
  storedSettings,
  type TaskSettings,
} from './cohere-settings.ts';
import { openCompletionStream } from './cohere-stream.ts';
import { discoverDimensions } from './dense.ts';
import { callerStatus, failureReason, plainPrefix } from './failures.ts';
import { refuseFurtherInputs } from './refusals.ts';
import { type Call, defineService, type Failure, type ServiceAnswer, type TaskDefinition } from './service.ts';

const secretSettings = z.object({ api_key: text() });
type Secrets = z.output<typeof secretSettings>;

type CohereCall = Call<Settings, TaskSettings>;

/** Only the path of the address is Cohere's; a gateway's own would not be known to Elasticsearch either. */
const urlOf = ({ url: given }: Settings, path: string): string => {
  const address = new URL(given ?? 'https://api.cohere.ai');
  address.pathname = `/v2/${path}`;
  address.hash = '';
  return address.href;
};

/** Cohere's names of the kinds of numbers. */
const embeddingTypes = { float: 'float', byte: 'int8', bit: 'binary' } as const;

const headers = { 'request-source': 'unspecified:elasticsearch' };

const sentInputTypes: Partial<Record<InputType, string>> = {
  ingest: 'search_document',
  internal_ingest: 'search_document',
  classification: 'classification',
  clustering: 'clustering',
};

/** What the texts are for: what the caller says counts, then what is stored. */
const inputTypeOf = ({ inputType, taskSettings }: CohereCall): string => {
  const given = inputType === 'unspecified' ? undefined : inputType;
  return sentInputTypes[given ?? taskSettings.input_type ?? 'search'] ?? 'search_query';
};

const shared = {
  stored: storedSettings,
  update: { settings: z.object({ rate_limit: rateLimitUpdate() }).partial(), others: 'refused' },
} as const;

/** The parser of task settings refuses what it does not know wherever they are sent. */
const parser = 'task_settings';
const echoed = ['model_id', 'rate_limit'] as const;

const textEmbedding: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(dense),
  update: {
    settings: z.object({ rate_limit: rateLimitUpdate(), max_input_tokens: orText(positiveInteger()) }).partial(),
    others: 'refused',
  },
  taskSettings: { put: embeddingTaskSettings, request: embeddingTaskSettings, parser },
  echo: [...echoed, 'similarity', 'dimensions', 'max_input_tokens', 'embedding_type'],
  inputs: { perRequest: () => 96 },
  request: (call) => ({
    url: urlOf(call.settings, 'embed'),
    headers,
    body: {
      texts: call.input,
      model: call.settings.model_id,
      input_type: inputTypeOf(call),
      embedding_types: [embeddingTypes[call.settings.embedding_type ?? 'float']],
      truncate: call.taskSettings.truncate,
    },
  }),
  response: () => readEmbeddings,
  probed: ({ settings, id }, result) => {
    const isBits = result.kind === 'dense' && result.key === 'text_embedding_bits';
    const found = discoverDimensions(settings, result, id, settings.embedding_type === 'bit' ? 'l2_norm' : 'cosine');
    return isBits ? { ...found, dimensions: (found.dimensions ?? 0) * 8 } : found;
  },
};

const rerank: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(common),
  taskSettings: { put: rerankTaskSettings, request: rerankTaskSettings, parser },
  echo: echoed,
  request: ({ settings, taskSettings, query, input, returnDocuments, topN }) => ({
    url: urlOf(settings, 'rerank'),
    headers,
    body: {
      model: settings.model_id,
      query,
      documents: input,
      return_documents: returnDocuments ?? taskSettings.return_documents,
      top_n: topN ?? taskSettings.top_n,
      max_chunks_per_doc: taskSettings.max_chunks_per_doc,
    },
  }),
  response: () => readRanking,
};

const completion: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(common),
  taskSettings: { put: z.object({}), request: z.object({}), parser },
  echo: echoed,
  check: (call) => refuseFurtherInputs(call, 'Cohere completion'),
  request: ({ settings, input, stream }) => ({
    url: urlOf(settings, 'chat'),
    headers,
    body: { messages: [{ role: 'user', content: input[0] }], model: settings.model_id, stream },
  }),
  response: () => readCompletion,
  stream: { framing: () => ['sse'], open: openCompletionStream },
};

const providerError = z.object({ message: z.string() });
const tooManyTexts = 'invalid request: total number of texts must be at most';

const failure = ({ status, body }: ServiceAnswer, { id }: CohereCall): Failure => {
  const message = providerError.safeParse(body).data?.message;
  const prefix =
    status === 400 && message?.includes(tooManyTexts)
      ? 'Received a texts array too large response'
      : plainPrefix(status);
  return {
    status: callerStatus(status),
    reason: failureReason(prefix, id, status, message),
    retry: status === 500 || status === 429,
  };
};

const tokens = z.object({ input_tokens: z.number().optional(), output_tokens: z.number().optional() });
const usage = z.object({
  meta: z.object({ billed_units: tokens }).optional(),
  usage: z.object({ tokens }).optional(),
});

const countTokens = (body: unknown): number | undefined => {
  const counted = usage.safeParse(body).data;
  const { input_tokens, output_tokens } = counted?.usage?.tokens ?? counted?.meta?.billed_units ?? {};
  return input_tokens === undefined && output_tokens === undefined
    ? undefined
    : (input_tokens ?? 0) + (output_tokens ?? 0);
};

const taskWord = (task: TaskType): string => (task === 'text_embedding' ? 'embeddings' : task);

/** Cohere, by version 2 of its API: embeddings of floats, bytes or bits, ranking and completions. */
export const cohere = defineService<Settings, TaskSettings, Secrets>({
  name: 'cohere',
  label: 'Cohere',
  words: 'strict',
  secrets: secretSettings,
  catalogue: {
    embedding_type: 'Kind of the numbers: float, byte (int8) or bit (binary).',
    max_input_tokens: 'Tokens that the model takes; texts are not cut.',
    url: 'Origin to call instead of Cohere’s own; its path does not count.',
  },
  // An older name of the model.
  relocate: (config) => {
    const { model: alias, ...rest } = config.service_settings;
    if (alias === undefined) return config;
    return { ...config, service_settings: { ...rest, model_id: rest.model_id ?? alias } };
  },
  rateLimitGroup: () => [],
  auth: ({ api_key }) => ({ type: 'bearer', token: api_key }),
  failure,
  unreadable: ({ task }, cause) => `Failed to send Cohere ${taskWord(task)} request. Cause: ${cause}`,
  units: countTokens,
  tasks: { text_embedding: textEmbedding, rerank, completion },
});
