import * as z from 'zod';
import type { JsonObject } from '../api/read-settings.ts';
import {
  absentIfNull,
  address,
  flag,
  integer,
  jsonMap,
  oneOf,
  positiveInteger,
  positiveIntegerUpTo,
  rateLimit,
  rateLimitUpdate,
  similarity,
  text,
  urlProblem,
} from '../api/settings.ts';

/** Whose models answer: Google's own, or those of its Model Garden. */
const providers = ['google', 'anthropic', 'meta', 'hugging_face', 'mistral', 'ai21'] as const;

/** Sent in any case, kept and shown in capitals, as Elasticsearch does. */
const provider = z
  .preprocess((sent) => (typeof sent === 'string' ? sent.trim() : sent), oneOf(providers, { anyCase: true }))
  .transform((name) => storedNames[name]);

const storedNames = {
  google: 'GOOGLE',
  anthropic: 'ANTHROPIC',
  meta: 'META',
  hugging_face: 'HUGGING_FACE',
  mistral: 'MISTRAL',
  ai21: 'AI21',
} as const satisfies Record<(typeof providers)[number], string>;

export type Provider = (typeof storedNames)[keyof typeof storedNames];

/** The most texts that one request takes. */
export const mostTexts = 250;

/** In the order in which Elasticsearch tells what is wrong with them. */
export const embeddingSettings = z
  .object({
    location: text().optional(),
    project_id: text(),
    model_id: text(),
    max_input_tokens: positiveInteger().optional(),
    similarity: similarity().default('dot_product'),
    dimensions: positiveInteger().optional(),
    max_batch_size: positiveIntegerUpTo(mostTexts).optional(),
    rate_limit: rateLimit(30_000),
  })
  .transform((sent) => ({ ...sent, dimensions_set_by_user: sent.dimensions !== undefined }));

export const rerankSettings = z.object({
  project_id: text(),
  model_id: text().optional(),
  rate_limit: rateLimit(300),
});

export const chatSettings = z.object({
  project_id: text().optional(),
  location: text().optional(),
  model_id: text().optional(),
  url: address().optional(),
  streaming_url: address().optional(),
  provider: provider.prefault('google'),
  rate_limit: rateLimit(1000),
});

const rate_limit = z.object({ requests_per_minute: z.number() });

export const storedSettings = z.object({
  project_id: z.string().optional(),
  location: z.string().optional(),
  model_id: z.string().optional(),
  max_input_tokens: z.number().optional(),
  dimensions: z.number().optional(),
  dimensions_set_by_user: z.boolean().optional(),
  max_batch_size: z.number().optional(),
  similarity: similarity().optional(),
  url: z.string().optional(),
  streaming_url: z.string().optional(),
  provider: z.enum(storedNames).optional(),
  rate_limit,
});
export type Settings = z.output<typeof storedSettings>;

export const embeddingUpdate = z
  .object({
    max_input_tokens: positiveInteger(),
    max_batch_size: positiveIntegerUpTo(mostTexts),
    rate_limit: rateLimitUpdate(),
  })
  .partial();

export const rateLimitOnly = z.object({ rate_limit: rateLimitUpdate() }).partial();

/** Who set the dimensions is for us to find out. */
export const embeddingRules = ({ dimensions_set_by_user }: JsonObject): readonly string[] =>
  dimensions_set_by_user === undefined
    ? []
    : ['[service_settings] does not allow the setting [dimensions_set_by_user]'];

const textIn = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const urlIn = (value: unknown): string | undefined => {
  const url = textIn(value);
  return url === undefined || urlProblem(url) ? undefined : url;
};

/** Google's models are named, those of the Model Garden have an address. A provider that nobody knows counts as Google. */
export const chatRules = (sent: JsonObject): readonly string[] => {
  const name = textIn(sent.provider)?.trim().toLowerCase();
  const url = urlIn(sent.url);
  const streamingUrl = urlIn(sent.streaming_url);
  const hasUrl = url !== undefined || streamingUrl !== undefined;
  if (name !== 'google' && providers.some((known) => known === name)) {
    return hasUrl
      ? []
      : [`Google Model Garden provider=${name} selected. Either 'uri' or 'streaming_uri' must be provided`];
  }
  if (hasUrl) {
    return [
      `'provider' is either GOOGLE or null. For Google Vertex AI models 'uri' and 'streaming_uri' must not be provided. Remove 'url' and 'streaming_url' fields. Provided values: uri=${url ?? null}, streaming_uri=${streamingUrl ?? null}`,
    ];
  }
  const [projectId, modelId] = [sent.project_id, sent.model_id].map(textIn);
  if (projectId !== undefined && modelId !== undefined) return [];
  return [
    `For Google Vertex AI models, you must provide [project_id] and [model_id]. Provided values: [project_id] is [${projectId ?? null}], [model_id] is [${modelId ?? null}]`,
  ];
};

export const embeddingTaskSettings = z.object({
  auto_truncate: flag().optional(),
  input_type: oneOf(['ingest', 'search', 'classification', 'clustering'], { anyCase: true }).optional(),
});

export const rerankTaskSettings = z.object({ top_n: positiveInteger().optional() });

/**
 * What else stands there is passed over, as in Elasticsearch. An empty one says nothing: it is not stored, and in a request it leaves
 * the stored one as it is.
 */
const thinkingConfig = jsonMap()
  .pipe(z.object({ thinking_budget: absentIfNull(integer().optional()) }))
  .optional()
  .transform((sent) => (sent?.thinking_budget === undefined ? undefined : { thinking_budget: sent.thinking_budget }));

export const chatTaskSettings = z.object({
  thinking_config: thinkingConfig,
  max_tokens: positiveInteger().optional(),
});

export type TaskSettings = z.output<typeof embeddingTaskSettings> &
  z.output<typeof rerankTaskSettings> &
  Partial<z.output<typeof chatTaskSettings>>;
