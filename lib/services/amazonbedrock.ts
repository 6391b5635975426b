import * as z from 'zod';
import { statusException, validationException } from '../api/errors.ts';
import { isSpecified } from '../api/input-type.ts';
import {
  numberBetween,
  oneOf,
  positiveInteger,
  rateLimit,
  rateLimitReset,
  strictSimilarity,
  strictWord,
  text,
} from '../api/settings.ts';
import { readConverseChat, readConverseCompletion } from './amazonbedrock-answer.ts';
import { converseChatBody } from './amazonbedrock-chat-request.ts';
import { bedrockUnits, cohereBody, readCohere, readTitan, titanBody } from './amazonbedrock-embeddings.ts';
import {
  bedrockFailure,
  exceptionMessage,
  openConverseChat,
  openConverseCompletion,
  streamingProcessor,
} from './amazonbedrock-stream.ts';
import { awsAuth, awsKeyRules, awsKeys, awsKeyUpdateRules, awsRegion, requiredAwsKeys } from './aws-keys.ts';
import { discoverDimensions } from './dense.ts';
import { refuseChatFields } from './refusals.ts';
import { type Call, defineService, type ServiceAnswer, type TaskDefinition } from './service.ts';
import { urlPart } from './url-part.ts';

const requestsPerMinute = 240;

/** As they are sent, in any case, and as they are kept and shown. */
const providers = {
  ai21labs: 'AI21LABS',
  amazontitan: 'AMAZONTITAN',
  anthropic: 'ANTHROPIC',
  cohere: 'COHERE',
  meta: 'META',
  mistral: 'MISTRAL',
} as const;
type Provider = (typeof providers)[keyof typeof providers];

/** Texts that one request takes of those who have embeddings. */
const textsPerRequest: Partial<Record<Provider, number>> = { AMAZONTITAN: 1, COHERE: 96 };
const knowTopK: ReadonlySet<Provider> = new Set<Provider>(['ANTHROPIC', 'COHERE', 'MISTRAL']);

const provider = text().pipe(
  strictWord(providers, {
    complaint: (value) =>
      `[service_settings] Invalid value [${value}] received. [provider] must be one of [${Object.keys(providers).join(', ')}]`,
    told: 'alone',
  }),
);

const common = { region: awsRegion(), model: text(), provider, rate_limit: rateLimit(requestsPerMinute) };
const dense = {
  ...common,
  similarity: strictSimilarity().optional(),
  max_input_tokens: positiveInteger().optional(),
};
const storedSettings = z.object({
  ...dense,
  provider: z.enum(Object.values(providers)),
  dimensions: z.int().optional(),
  dimensions_set_by_user: z.boolean().optional(),
});
type Settings = z.output<typeof storedSettings>;

const embeddingTaskSettings = z.object({ truncate: oneOf(['none', 'start', 'end'], { anyCase: true }).optional() });
const share = () => numberBetween(0, 1).optional();
const chatTaskSettings = z.object({
  temperature: share(),
  top_p: share(),
  // Elasticsearch takes no more here either, though models do.
  top_k: share(),
  max_new_tokens: positiveInteger().optional(),
});
type TaskSettings = Partial<z.output<typeof embeddingTaskSettings> & z.output<typeof chatTaskSettings>>;

type BedrockCall = Call<Settings, TaskSettings>;

/** A chat may ask for another model than the endpoint's. */
const modelOf = ({ settings, chat: asked }: BedrockCall): string => asked?.model ?? settings.model;

const url = (call: BedrockCall, operation: string): string =>
  `https://bedrock-runtime.${call.settings.region}.amazonaws.com/model/${urlPart(modelOf(call))}/${operation}`;

const updatable = { rate_limit: rateLimitReset(requestsPerMinute) };

const embeddings: TaskDefinition<Settings, TaskSettings> = {
  put: z.object(dense).transform((sent) => ({ ...sent, dimensions_set_by_user: false })),
  stored: storedSettings,
  update: {
    settings: z.object({ ...updatable, max_input_tokens: positiveInteger() }).partial(),
    others: 'refused',
  },
  taskSettings: { put: embeddingTaskSettings, request: embeddingTaskSettings, words: 'collected' },
  refuse: ({ provider: name }, { truncate }) => {
    const task = `The [text_embedding] task type for provider [${name.toLowerCase()}]`;
    if (textsPerRequest[name] === undefined) throw statusException(400, `${task} is not available`);
    if (name === 'AMAZONTITAN' && truncate !== undefined)
      throw statusException(400, `${task} does not allow [truncate] field`);
  },
  echo: ['region', 'model', 'provider', 'rate_limit', 'dimensions', 'max_input_tokens', 'similarity'],
  inputs: {
    perRequest: ({ provider: name }) => textsPerRequest[name] ?? 1,
    maxTokens: ({ max_input_tokens }) => max_input_tokens,
  },
  check: ({ settings, inputType }) => {
    if (settings.provider === 'AMAZONTITAN' && isSpecified(inputType))
      throw validationException([`Invalid value [${inputType}] received. [input_type] is not allowed`]);
  },
  request: (call) => ({
    url: url(call, 'invoke'),
    headers: { accept: 'application/json' },
    body: call.settings.provider === 'COHERE' ? cohereBody(call) : titanBody(call),
  }),
  response: ({ settings }) => (settings.provider === 'COHERE' ? readCohere : readTitan),
  probed: ({ settings, id }, result) => discoverDimensions(settings, result, id, 'cosine'),
};

const chatProvider = {
  put: z.object(common),
  stored: storedSettings,
  update: { settings: z.object(updatable).partial(), others: 'refused' },
  taskSettings: { put: chatTaskSettings, request: chatTaskSettings, words: 'collected' },
  refuse: ({ provider: name }: Settings, { top_k }: TaskSettings) => {
    if (top_k !== undefined && !knowTopK.has(name))
      throw statusException(400, `The [top_k] task parameter is not available for provider [${name.toLowerCase()}]`);
  },
  echo: ['region', 'model', 'provider', 'rate_limit'],
} as const;

const converseUrl = (call: BedrockCall) => url(call, call.stream ? 'converse-stream' : 'converse');

/** @returns undefined where nothing is set */
const inferenceConfig = ({ temperature, top_p: topP, max_new_tokens: maxTokens }: TaskSettings) =>
  temperature === undefined && topP === undefined && maxTokens === undefined
    ? undefined
    : { temperature, topP, maxTokens };

const completion: TaskDefinition<Settings, TaskSettings> = {
  ...chatProvider,
  request: (call) => ({
    url: converseUrl(call),
    body: {
      messages: call.input.map((input) => ({ role: 'user', content: [{ text: input }] })),
      inferenceConfig: inferenceConfig(call.taskSettings),
      // Elasticsearch puts it where Bedrock does not look.
      additionalModelRequestFields:
        call.taskSettings.top_k === undefined ? undefined : { top_k: call.taskSettings.top_k },
    },
  }),
  response: () => readConverseCompletion,
  stream: { framing: () => ['aws-eventstream'], open: openConverseCompletion },
};

const isClaude = ({ provider: name }: Settings): boolean => name === 'ANTHROPIC';

const chat: TaskDefinition<Settings, TaskSettings> = {
  ...chatProvider,
  check: (call) => refuseChatFields('amazonbedrock', call, ['reasoning', 'cache_control', 'session_id']),
  request: (call) => ({ url: converseUrl(call), body: converseChatBody(call.chat ?? { messages: [] }) }),
  json: 'exact',
  response: (call) => readConverseChat(modelOf(call), isClaude(call.settings)),
  stream: {
    framing: () => ['aws-eventstream'],
    open: (call) => openConverseChat(modelOf(call), isClaude(call.settings)),
  },
};

const whereIn = ({ task, stream }: BedrockCall): string => {
  if (stream) return streamingProcessor;
  return task === 'text_embedding' ? 'invoke model' : 'converse';
};

/** What AWS calls the error: `ThrottlingException`, which may be followed by an address. */
const errorName = ({ headers, status }: ServiceAnswer): string =>
  headers['x-amzn-errortype']?.replace(/:.*$/s, '') || `status ${status}`;

/** Amazon Bedrock: embeddings, and completions and chat through Converse. */
export const amazonbedrock = defineService<Settings, TaskSettings, z.output<typeof awsKeys>>({
  name: 'amazonbedrock',
  label: 'Amazon Bedrock',
  words: 'strict',
  secrets: awsKeys,
  secretRules: awsKeyRules,
  secretUpdateRules: awsKeyUpdateRules,
  required: requiredAwsKeys,
  catalogue: {
    model: 'Id or ARN of the model or inference profile that answers.',
    provider: `Who made the model: ${Object.keys(providers).join(', ')}.`,
    region: 'Region of AWS where the model is called.',
  },
  rateLimitGroup: () => [],
  auth: (keys, { region }) => awsAuth('bedrock', keys, region),
  failure: (answer, call) => bedrockFailure(whereIn(call), exceptionMessage(answer.body, errorName(answer))),
  unreadable: (call, cause) =>
    call.stream
      ? bedrockFailure(streamingProcessor, cause).reason
      : {
          status: 500,
          type: 'exception',
          reason: `Amazon Bedrock ${whereIn(call)} call failed`,
          cause: { type: 'illegal_state_exception', reason: cause },
        },
  errorType: 'exception',
  retried: false,
  refusesInStream: true,
  units: bedrockUnits,
  tasks: { text_embedding: embeddings, completion, chat_completion: chat },
});
