import * as z from 'zod';
import { statusException } from '../api/errors.ts';
import type { JsonObject } from '../api/read-settings.ts';
import {
  address,
  positiveInteger,
  rateLimit,
  rateLimitUpdate,
  similarity,
  stringMap,
  text,
  textList,
} from '../api/settings.ts';
import { discoverDimensions } from './dense.ts';
import { openAiFailure } from './failures.ts';
import { openChatStream, openCompletionStream, readChat, readCompletion } from './openai-chat.ts';
import { chatBody, completionBody, streamFlags } from './openai-chat-request.ts';
import { readEmbeddings } from './openai-embeddings.ts';
import { totalTokens } from './openai-usage.ts';
import { refuseFurtherInputs, refuseInputType } from './refusals.ts';
import { type Call, defineService, type TaskDefinition } from './service.ts';

const oauth = { client_id: text().optional(), scopes: textList().optional(), token_url: address().optional() };
const common = (requestsPerMinute: number) => ({
  ...oauth,
  model_id: text(),
  url: address().optional(),
  organization_id: text().optional(),
  max_input_tokens: positiveInteger().optional(),
  rate_limit: rateLimit(requestsPerMinute),
});

const dense = {
  ...common(3000),
  similarity: similarity().optional(),
  dimensions: positiveInteger().optional(),
};

const storedSettings = z.object({ ...dense, dimensions_set_by_user: z.boolean().optional() });
type Settings = z.output<typeof storedSettings>;

const secretSettings = z.object({ api_key: text().optional(), client_secret: text().optional() });
type Secrets = z.output<typeof secretSettings>;

const taskSettings = z.object({ user: text().optional(), headers: stringMap().optional() });
/** No headers are not stored; in a request they stand against the stored ones. */
const newTaskSettings = taskSettings.extend({
  headers: taskSettings.shape.headers.transform((headers) =>
    headers && Object.keys(headers).length > 0 ? headers : undefined,
  ),
});
type TaskSettings = z.output<typeof taskSettings>;

type OpenAiCall = Call<Settings, TaskSettings>;

/** All three OAuth2 fields or none; the messages name what is missing. */
const oauthRules = (sent: JsonObject): readonly string[] => {
  const given = (name: string) => sent[name] !== undefined;
  const pair = ['client_id', 'scopes'];
  const missingOfPair = pair.filter((name) => !given(name));
  if (missingOfPair.length === 1)
    return [
      `[service_settings] OAuth2 fields [client_id, scopes] must be provided together; missing: [${missingOfPair}]`,
    ];
  const missing = [...missingOfPair, ...(given('token_url') ? [] : ['token_url'])];
  if (missing.length === 0 || missing.length === 3) return [];
  return [`[service_settings] all OpenAI OAuth2 fields must be provided together; missing: [${missing.join(', ')}]`];
};

const secretRules = (sent: JsonObject, settings: JsonObject): readonly string[] => {
  const given = Object.keys(secretSettings.shape).filter((name) => sent[name] !== undefined);
  const rule = '[service_settings] must have exactly one field of [api_key, client_secret] set';
  if (given.length === 0) return [rule];
  if (given.length > 1) return [`${rule}, received: [${given.join(', ')}]`];
  if (given[0] === 'client_secret' && settings.client_id === undefined)
    return ['OAuth2 requires the fields [client_id, scopes, token_url], to be set.'];
  return [];
};

const oauthUpdateRules = (sent: JsonObject, stored: Settings): readonly string[] =>
  stored.client_id === undefined && Object.keys(oauth).some((name) => sent[name] !== undefined)
    ? [
        'Cannot update OAuth2 fields as the service was not configured with OAuth2 settings. Please create a new Inference Endpoint with the OAuth2 settings instead.',
      ]
    : [];

const secretUpdateRules = (sent: JsonObject, stored: Secrets): readonly string[] => {
  const kept = stored.api_key === undefined ? 'client_secret' : 'api_key';
  const given = Object.keys(secretSettings.shape).filter((name) => sent[name] !== undefined);
  return given.some((name) => name !== kept)
    ? [`[service_settings] only the field [${kept}] can be updated for this secret, received: [${given.join(', ')}]`]
    : [];
};

const headers = ({ settings, taskSettings: { headers: own } }: OpenAiCall) => ({
  ...(settings.organization_id && { 'OpenAI-Organization': settings.organization_id }),
  ...own,
});

const shared = {
  stored: storedSettings,
  rules: oauthRules,
  update: {
    settings: z
      .object({ ...oauth, organization_id: text(), max_input_tokens: positiveInteger(), rate_limit: rateLimitUpdate() })
      .partial(),
    others: 'ignored',
    rules: oauthUpdateRules,
  },
  taskSettings: { put: newTaskSettings, request: taskSettings },
} as const;

const echoed = ['client_id', 'scopes', 'token_url', 'model_id', 'url', 'organization_id'] as const;

const embeddings: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(dense).transform((sent) => ({ ...sent, dimensions_set_by_user: sent.dimensions !== undefined })),
  echo: [...echoed, 'similarity', 'dimensions', 'max_input_tokens', 'rate_limit'],
  inputs: { perRequest: () => 2048, maxTokens: ({ max_input_tokens }) => max_input_tokens },
  check: refuseInputType,
  request: (call) => ({
    url: call.settings.url ?? 'https://api.openai.com/v1/embeddings',
    headers: headers(call),
    body: {
      input: call.input,
      model: call.settings.model_id,
      user: call.taskSettings.user,
      // The discovered length is not sent: models that know no `dimensions` refuse it.
      dimensions: call.settings.dimensions_set_by_user ? call.settings.dimensions : undefined,
      encoding_format: 'base64',
    },
  }),
  response: readEmbeddings,
  probed: ({ settings, id }, result) => discoverDimensions(settings, result, id, 'dot_product'),
};

const chatUrl = (settings: Settings) => settings.url ?? 'https://api.openai.com/v1/chat/completions';
const completionSettings = z.object(common(500));
const completionEcho = [...echoed, 'max_input_tokens', 'rate_limit'] as const;

const completion: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: completionSettings,
  echo: completionEcho,
  check: (call) => refuseFurtherInputs(call, 'OpenAI chat completions'),
  request: (call) => ({
    url: chatUrl(call.settings),
    headers: headers(call),
    body: {
      ...completionBody(call, call.settings.model_id),
      ...streamFlags(call.stream),
      user: call.taskSettings.user,
    },
  }),
  response: () => readCompletion,
  stream: { framing: () => ['sse'], open: openCompletionStream },
};

const chat: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: completionSettings,
  echo: completionEcho,
  check: ({ chat: request }) => {
    if (request?.reasoning && request.reasoning.effort === undefined)
      throw statusException(400, 'OpenAI chat completion requires [reasoning.effort] to map to [reasoning_effort]');
  },
  request: (call) => ({
    url: chatUrl(call.settings),
    headers: headers(call),
    body: {
      ...chatBody(call, call.settings.model_id),
      ...streamFlags(call.stream),
      user: call.taskSettings.user,
      reasoning_effort: call.chat?.reasoning?.effort,
    },
  }),
  response: () => readChat,
  stream: { framing: () => ['sse'], open: openChatStream },
};

const embeds = ({ task }: OpenAiCall): boolean => task === 'text_embedding' || task === 'embedding';

const modelOf = (settings: JsonObject) => settings.model ?? settings.model_id;

/** OpenAI: dense embeddings, completions and chat; also whatever speaks its dialect at another `url`. */
export const openai = defineService<Settings, TaskSettings, Secrets>({
  name: 'openai',
  label: 'OpenAI',
  words: 'collected',
  secrets: secretSettings,
  // Elasticsearch says so, though OAuth2 does without.
  required: ['api_key'],
  secretRules,
  secretUpdateRules,
  // Early clients sent the model among the task settings.
  relocate: (config) => {
    const model = modelOf(config.task_settings);
    if (config.service_settings.model_id !== undefined || model === undefined) return config;
    const { model: _model, model_id: _modelId, ...rest } = config.task_settings;
    return { ...config, service_settings: { ...config.service_settings, model_id: model }, task_settings: rest };
  },
  rateLimitGroup: ({ model_id, organization_id }) => [model_id, organization_id],
  auth: (secrets, settings, id) => {
    if (secrets.client_secret === undefined) return { type: 'bearer', token: secrets.api_key ?? '' };
    return {
      type: 'clientCredentials',
      tokenUrl: settings.token_url ?? '',
      id: settings.client_id ?? '',
      secret: secrets.client_secret,
      scopes: settings.scopes ?? [],
      in: 'basic',
      refused: ({ error = '', description = '' }) => ({
        status: 400,
        reason: `Failed to retrieve access token for request for inference id [${id}]: [${error}] ${description}`,
      }),
    };
  },
  failure: (answer, call) => {
    const failure = openAiFailure(answer, call);
    if (embeds(call)) return failure;
    // A chat user waits: the answer to a limit is better than a silent wait. And half a prompt asks something else.
    return { ...failure, retry: failure.retry === true && answer.status !== 429, shorten: false };
  },
  unreadable: (call, cause) =>
    `Failed to send OpenAI ${embeds(call) ? 'embeddings' : 'chat completions'} request. Cause: ${cause}`,
  units: totalTokens,
  tasks: { text_embedding: embeddings, completion, chat_completion: chat, embedding: embeddings },
});
