import * as z from 'zod';
import { float } from '../api/float.ts';
import type { JsonObject } from '../api/read-settings.ts';
import type { InferenceResult } from '../api/results.ts';
import {
  address,
  flag,
  numberBetween,
  oneOf,
  positiveInteger,
  rateLimit,
  rateLimitUpdate,
  settingNotAllowed,
  similarity,
  text,
} from '../api/settings.ts';
import type { TaskType } from '../api/task-type.ts';
import { authOf, below, endpointTypes, providers, refuseUnavailable, urlOf } from './azureaistudio-deployments.ts';
import { discoverDimensions } from './dense.ts';
import { documentOrQuery, refuseOtherUses } from './document-or-query.ts';
import { type Classify, classifyOpenAi, openAiFailure, rateLimitedWithRest } from './failures.ts';
import { openCompletionStream, readCompletion } from './openai-chat.ts';
import { readEmbeddings } from './openai-embeddings.ts';
import { totalTokens } from './openai-usage.ts';
import { type Call, defineService, type TaskDefinition } from './service.ts';

const common = {
  target: address(),
  rate_limit: rateLimit(240),
  endpoint_type: oneOf(endpointTypes, { anyCase: true }),
  provider: oneOf(providers, { anyCase: true }),
};

const dense = {
  ...common,
  similarity: similarity().optional(),
  dimensions: positiveInteger().optional(),
  max_input_tokens: positiveInteger().optional(),
};

const storedSettings = z.object({ ...dense, dimensions_set_by_user: z.boolean().optional() });
type Settings = z.output<typeof storedSettings>;

const secretSettings = z.object({ api_key: text() });
type Secrets = z.output<typeof secretSettings>;

const embeddingTaskSettings = z.object({ user: text().optional() });
const completionTaskSettings = z.object({
  temperature: numberBetween(0, 2).optional(),
  top_p: numberBetween(0, 2).optional(),
  do_sample: flag().optional(),
  max_new_tokens: positiveInteger().optional(),
});
const rerankTaskSettings = z.object({ return_documents: flag().optional(), top_n: positiveInteger().optional() });
type TaskSettings = z.output<typeof embeddingTaskSettings> &
  z.output<typeof completionTaskSettings> &
  z.output<typeof rerankTaskSettings>;

type AzureCall = Call<Settings, TaskSettings>;

const shared = {
  stored: storedSettings,
  update: {
    settings: z.object({ rate_limit: rateLimitUpdate() }).partial(),
    others: 'ignored',
  },
} as const;

const echoed = ['target', 'provider', 'endpoint_type', 'rate_limit'] as const;

const embeddings: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(dense).transform((sent) => ({ ...sent, dimensions_set_by_user: sent.dimensions !== undefined })),
  rules: ({ dimensions_set_by_user }: JsonObject) =>
    dimensions_set_by_user === undefined ? [] : [settingNotAllowed('service_settings', 'dimensions_set_by_user')],
  refuse: refuseUnavailable('text_embedding'),
  update: {
    settings: z.object({ rate_limit: rateLimitUpdate(), max_input_tokens: positiveInteger() }).partial(),
    others: 'ignored',
  },
  taskSettings: { put: embeddingTaskSettings, request: embeddingTaskSettings },
  echo: [...echoed, 'dimensions', 'max_input_tokens', 'similarity'],
  inputs: { perRequest: () => 2048, maxTokens: ({ max_input_tokens }) => max_input_tokens },
  check: (call) => refuseOtherUses(call, 'Azure AI Studio'),
  request: ({ input, inputType, settings, taskSettings }) => ({
    url: urlOf(settings, '/v1/embeddings'),
    body: {
      input,
      user: taskSettings.user,
      dimensions: settings.dimensions_set_by_user ? settings.dimensions : undefined,
      input_type: documentOrQuery(inputType),
    },
  }),
  response: readEmbeddings,
  probed: ({ settings, id }, result) => discoverDimensions(settings, result, id, 'dot_product'),
};

/** The whole text of a realtime endpoint, under a name that models write in different cases. */
const readOutput = z.unknown().transform((body, context): InferenceResult => {
  const entries = typeof body === 'object' && body !== null ? Object.entries(body) : [];
  const [, output] = entries.find(([name]) => name.toLowerCase() === 'output') ?? [];
  if (typeof output === 'string') return { kind: 'completion', results: [output] };
  const message = 'Failed to find required field [output] in Azure AI Studio completion response';
  context.addIssue({ code: 'custom', message, input: null });
  return z.NEVER;
});

/** Undefined where nothing is set, so that none is sent. */
const parameters = ({ temperature, top_p, do_sample, max_new_tokens }: TaskSettings) => {
  const given = { temperature, top_p, do_sample, max_new_tokens };
  return Object.values(given).some((value) => value !== undefined) ? given : undefined;
};

const completionBody = ({ input, settings, taskSettings, stream }: AzureCall) => {
  const messages = input.map((content) => ({ content, role: 'user' }));
  const options = parameters(taskSettings);
  const body =
    settings.endpoint_type === 'realtime'
      ? { input_data: { input_string: messages, parameters: options } }
      : { messages, parameters: options };
  return { ...body, ...(stream && { stream }) };
};

const completion: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(common),
  refuse: refuseUnavailable('completion'),
  taskSettings: {
    put: completionTaskSettings,
    request: completionTaskSettings,
    // The validation call carries no limit of ours; all later calls do.
    kept: (sent) => ({ ...sent, max_new_tokens: sent.max_new_tokens ?? 64 }),
  },
  echo: echoed,
  request: (call) => ({ url: urlOf(call.settings, '/v1/chat/completions'), body: completionBody(call) }),
  response: ({ settings }) => (settings.endpoint_type === 'realtime' ? readOutput : readCompletion),
  stream: { framing: () => ['sse'], open: openCompletionStream },
};

const ranking = z
  .object({
    results: z.array(
      z.strictObject({
        index: z.int(),
        relevance_score: float,
        document: z.strictObject({ text: z.string().optional() }).nullish(),
      }),
    ),
  })
  .transform(
    ({ results }): InferenceResult => ({
      kind: 'rerank',
      documents: results
        .map(({ index, relevance_score, document }) => ({
          index,
          relevance_score,
          ...(document?.text !== undefined && { text: document.text }),
        }))
        .sort((a, b) => b.relevance_score - a.relevance_score),
    }),
  );

const rerank: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(common),
  refuse: refuseUnavailable('rerank'),
  taskSettings: { put: rerankTaskSettings, request: rerankTaskSettings },
  echo: echoed,
  request: ({ input, query, settings, taskSettings, topN, returnDocuments }) => ({
    url: below(settings.target, '/v1/rerank'),
    body: {
      documents: input,
      query,
      return_documents: returnDocuments ?? taskSettings.return_documents,
      top_n: topN ?? taskSettings.top_n,
    },
  }),
  response: () => ranking,
};

/** OpenAI's table with fewer distinctions. */
const classify: Classify = (answer, message) => {
  const known = classifyOpenAi(answer, message);
  const { status, headers } = answer;
  if (status === 429 && !headers['x-ratelimit-limit-tokens'] && !headers['x-ratelimit-limit-requests'])
    return { ...known, prefix: rateLimitedWithRest(answer) };
  return !known.shorten && [400, 404, 422].includes(status)
    ? { prefix: 'Received an unsuccessful status code' }
    : known;
};

const taskWord = (task: TaskType): string => (task === 'text_embedding' ? 'embeddings' : task);

/** Azure AI Studio, today Azure AI Foundry: models of several providers, each behind an address of its own. */
export const azureaistudio = defineService<Settings, TaskSettings, Secrets>({
  name: 'azureaistudio',
  label: 'Azure AI Studio',
  words: 'collected',
  secrets: secretSettings,
  catalogue: {
    target: 'Address of the deployed model.',
    provider: 'Who made the model.',
    endpoint_type: 'How the model is deployed: paid by token, or on machines of its own (realtime).',
  },
  rateLimitGroup: ({ target }) => [target],
  auth: ({ api_key }, settings) => authOf(settings, api_key),
  failure: (answer, call) => {
    const failure = openAiFailure(answer, call, classify);
    // Half a prompt asks something else.
    return call.task === 'text_embedding' ? failure : { ...failure, shorten: false };
  },
  unreadable: ({ task }, cause) => `Failed to send Azure AI Studio ${taskWord(task)} request. Cause: ${cause}`,
  units: totalTokens,
  tasks: { text_embedding: embeddings, completion, rerank },
});
