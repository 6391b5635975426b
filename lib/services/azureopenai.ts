import * as z from 'zod';
import type { JsonObject } from '../api/read-settings.ts';
import {
  positiveInteger,
  rateLimit,
  rateLimitUpdate,
  settingNotAllowed,
  similarity,
  stringMap,
  text,
  textList,
} from '../api/settings.ts';
import type { TaskType } from '../api/task-type.ts';
import { discoverDimensions } from './dense.ts';
import { type Classify, classifyCompletion, classifyOpenAi, openAiFailure, rateLimitedWithRest } from './failures.ts';
import { openChatStream, openCompletionStream, readChat, readCompletion } from './openai-chat.ts';
import { chatBody, completionBody, streamFlags } from './openai-chat-request.ts';
import { readEmbeddings } from './openai-embeddings.ts';
import { totalTokens } from './openai-usage.ts';
import { refuseChatFields, refuseFurtherInputs, refuseInputType } from './refusals.ts';
import { type Call, defineService, type TaskDefinition } from './service.ts';
import { urlPart } from './url-part.ts';

const oauth = { client_id: text().optional(), scopes: textList().optional(), tenant_id: text().optional() };
const common = (requestsPerMinute: number) => ({
  resource_name: text(),
  deployment_id: text(),
  api_version: text(),
  rate_limit: rateLimit(requestsPerMinute),
  ...oauth,
});

const dense = {
  ...common(1440),
  dimensions: positiveInteger().optional(),
  max_input_tokens: positiveInteger().optional(),
  similarity: similarity().optional(),
};

const storedSettings = z.object({ ...dense, dimensions_set_by_user: z.boolean().optional() });
type Settings = z.output<typeof storedSettings>;

const secretSettings = z.object({
  api_key: text().optional(),
  client_secret: text().optional(),
  entra_id: text().optional(),
});
type Secrets = z.output<typeof secretSettings>;
const secretNames = Object.keys(secretSettings.shape);

const taskSettings = z.object({ user: text().optional(), headers: stringMap().optional() });
/** In a request and an update null takes away what is stored. */
const taskSettingChanges = z.object({ user: text().nullish(), headers: stringMap().nullish() });
type TaskSettings = z.output<typeof taskSettingChanges>;

type AzureCall = Call<Settings, TaskSettings>;

/** All three OAuth2 fields or none; the messages name what is missing. */
const oauthRules = (sent: JsonObject): readonly string[] => {
  const missing = Object.keys(oauth).filter((name) => sent[name] === undefined);
  if (missing.length === 0 || missing.length === 3) return [];
  const missingOfPair = missing.filter((name) => name !== 'tenant_id');
  return missingOfPair.length === 1
    ? [`[service_settings] OAuth2 fields [client_id, scopes] must be provided together; missing: [${missingOfPair}]`]
    : [`[service_settings] all Azure OpenAI OAuth2 fields must be provided together; missing: [${missing.join(', ')}]`];
};

const denseRules = (sent: JsonObject): readonly string[] => [
  ...oauthRules(sent),
  ...(sent.dimensions_set_by_user === undefined
    ? []
    : [settingNotAllowed('service_settings', 'dimensions_set_by_user')]),
];

const secretRules = (sent: JsonObject, settings: JsonObject): readonly string[] => {
  const given = secretNames.filter((name) => sent[name] !== undefined);
  const rule = `[service_settings] must have exactly one field of [${secretNames.join(', ')}] set`;
  if (given.length === 0) return [rule];
  if (given.length > 1) return [`${rule}, received: [${given.join(', ')}]`];
  return given[0] === 'client_secret' && settings.client_id === undefined
    ? ['OAuth2 requires the fields [client_id, scopes, tenant_id], to be set.']
    : [];
};

const secretUpdateRules = (sent: JsonObject, stored: Secrets): readonly string[] => {
  const [kept] = Object.entries(stored).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const given = secretNames.filter((name) => sent[name] !== undefined);
  return given.some((name) => name !== kept)
    ? [`[service_settings] only the field [${kept}] can be updated for this secret, received: [${given.join(', ')}]`]
    : [];
};

const oauthUpdateRules = (sent: JsonObject, stored: Settings): readonly string[] =>
  stored.client_id === undefined && Object.keys(oauth).some((name) => sent[name] !== undefined)
    ? [
        'Cannot update OAuth2 fields as the service was not configured with OAuth2 settings. Please create a new Inference Endpoint with the OAuth2 settings instead.',
      ]
    : [];

/** The deployment fixes the model, so no request names one. */
const deploymentUrl = (
  { resource_name, deployment_id, api_version }: Settings,
  operation: 'embeddings' | 'chat/completions',
): string => {
  const [resource, deployment, version] = [resource_name, deployment_id, api_version].map(urlPart);
  return `https://${resource}.openai.azure.com/openai/deployments/${deployment}/${operation}?api-version=${version}`;
};

const request = (
  { settings, taskSettings }: AzureCall,
  operation: 'embeddings' | 'chat/completions',
  body: object,
) => ({
  url: deploymentUrl(settings, operation),
  headers: taskSettings.headers ?? {},
  body: { ...body, user: taskSettings.user ?? undefined },
});

const changeable = { ...oauth, rate_limit: rateLimitUpdate() };

const shared = {
  stored: storedSettings,
  rules: oauthRules,
  update: { settings: z.object(changeable).partial(), others: 'ignored', rules: oauthUpdateRules },
  taskSettings: { put: taskSettings, request: taskSettingChanges, parser: 'azure_openai_task_settings_parser' },
} as const;

const echoed = [
  'resource_name',
  'deployment_id',
  'api_version',
  'rate_limit',
  'client_id',
  'scopes',
  'tenant_id',
] as const;

const embeddings: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(dense).transform((sent) => ({ ...sent, dimensions_set_by_user: sent.dimensions !== undefined })),
  rules: denseRules,
  update: {
    ...shared.update,
    settings: z.object({ ...changeable, max_input_tokens: positiveInteger() }).partial(),
  },
  echo: [...echoed, 'dimensions', 'max_input_tokens', 'similarity'],
  inputs: { perRequest: () => 2048, maxTokens: ({ max_input_tokens }) => max_input_tokens },
  check: refuseInputType,
  request: (call) =>
    request(call, 'embeddings', {
      input: call.input,
      // Only what no caller can name gets here: the validation call says what it is for.
      input_type: call.inputType === 'unspecified' ? undefined : call.inputType,
      dimensions: call.settings.dimensions_set_by_user ? call.settings.dimensions : undefined,
      encoding_format: 'base64',
    }),
  response: readEmbeddings,
  probed: ({ settings, id }, result) => discoverDimensions(settings, result, id, 'dot_product'),
};

const completion: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(common(120)),
  echo: echoed,
  check: (call) => refuseFurtherInputs(call, 'Azure OpenAI completion'),
  request: (call) => request(call, 'chat/completions', { ...completionBody(call), stream: call.stream || undefined }),
  response: () => readCompletion,
  stream: { framing: () => ['sse'], open: openCompletionStream },
};

const chat: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object(common(120)),
  echo: echoed,
  check: (call) => refuseChatFields('azureopenai', call, ['reasoning', 'cache_control', 'session_id']),
  request: (call) =>
    request(call, 'chat/completions', { ...chatBody(call), model: undefined, ...streamFlags(call.stream) }),
  response: () => readChat,
  stream: { framing: () => ['sse'], open: openChatStream },
};

/** Azure's answers to embeddings and completions say what is left of a limit, and not the limit. */
const classifyWithRest =
  (classify: Classify): Classify =>
  (answer, message) => {
    const found = classify(answer, message);
    return answer.status === 429 && found.retry ? { ...found, prefix: rateLimitedWithRest(answer) } : found;
  };

const tables: Partial<Record<TaskType, Classify>> = {
  text_embedding: classifyWithRest(classifyOpenAi),
  completion: classifyWithRest(classifyCompletion),
  chat_completion: classifyCompletion,
};

/** Azure OpenAI: models in deployments of one's own, which speak OpenAI's dialect. */
export const azureopenai = defineService<Settings, TaskSettings, Secrets>({
  name: 'azureopenai',
  label: 'Azure OpenAI',
  words: 'collected',
  secrets: secretSettings,
  secretRules,
  secretUpdateRules,
  rateLimitGroup: ({ deployment_id }) => [deployment_id],
  auth: ({ api_key, entra_id, client_secret }, { tenant_id, client_id, scopes }, id) => {
    if (api_key !== undefined) return { type: 'header', name: 'api-key', value: api_key };
    if (entra_id !== undefined) return { type: 'bearer', token: entra_id };
    return {
      type: 'clientCredentials',
      tokenUrl: `https://login.microsoftonline.com/${urlPart(tenant_id ?? '')}/oauth2/v2.0/token`,
      id: client_id ?? '',
      secret: client_secret ?? '',
      scopes: scopes ?? [],
      in: 'body',
      refused: () => ({
        status: 400,
        reason: `Failed attempting to retrieve access token for Azure OpenAI request for inference id: [${id}]`,
      }),
    };
  },
  failure: (answer, call) => openAiFailure(answer, call, tables[call.task]),
  unreadable: ({ task }, cause) =>
    `Failed to send Azure OpenAI ${task === 'text_embedding' ? 'embeddings' : task} request. Cause: ${cause}`,
  units: totalTokens,
  tasks: { text_embedding: embeddings, completion, chat_completion: chat },
});
