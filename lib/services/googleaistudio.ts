import * as z from 'zod';
import { validationException } from '../api/errors.ts';
import { isSpecified } from '../api/input-type.ts';
import type { InferenceResult } from '../api/results.ts';
import { positiveInteger, rateLimit, rateLimitUpdate, similarity, text } from '../api/settings.ts';
import { discoverDimensions, vector } from './dense.ts';
import { frameJson } from './frame-json.ts';
import { googleFailure, readGoogleError } from './google-failures.ts';
import { pathSegment, taskTypeOf } from './google-requests.ts';
import { refuseFurtherInputs } from './refusals.ts';
import { type Call, defineService, type StreamReader, type TaskDefinition } from './service.ts';

const label = 'Google AI Studio';

/** In the order in which Elasticsearch tells what is wrong with them. */
const storedSettings = z.object({
  model_id: text(),
  max_input_tokens: positiveInteger().optional(),
  similarity: similarity().optional(),
  dimensions: positiveInteger().optional(),
  rate_limit: rateLimit(360),
});
type Settings = z.output<typeof storedSettings>;
type TaskSettings = Readonly<Record<never, never>>;

type StudioCall = Call<Settings, TaskSettings>;

const shared = {
  stored: storedSettings,
  taskSettings: { put: z.object({}), request: z.object({}) },
} as const;

const urlOf = ({ model_id }: Settings, method: string): string =>
  `https://generativelanguage.googleapis.com/v1/models/${pathSegment(model_id)}:${method}`;

const firstFields = { embeddings: 'embeddings', completion: 'candidates' } as const;

/** What Elasticsearch says of the first field that is missing, by its name alone. */
const missingField = ({ issues: [issue] }: z.ZodError, what: keyof typeof firstFields): string => {
  const name = issue?.path.findLast((step) => typeof step === 'string') ?? firstFields[what];
  return `Failed to find required field [${name}] in ${label} ${what} response`;
};

/** Callers say what texts are for to this model alone; the other ones learn it from nobody but Elasticsearch itself. */
const takesInputTypes = ({ model_id }: Settings): boolean => model_id === 'embedding-001';

const refuseInputTypes = ({ settings, inputType }: StudioCall): void => {
  if (!isSpecified(inputType) || takesInputTypes(settings)) return;
  throw validationException([
    `Invalid value [${inputType}] received. [input_type] is not allowed for model [${settings.model_id}]`,
  ]);
};

const embeddingsAnswer = z.object({ embeddings: z.array(z.object({ values: vector })) });

const readEmbeddings: z.ZodType<InferenceResult> = z.unknown().transform((body, context) => {
  const read = embeddingsAnswer.safeParse(body);
  if (read.success) {
    const rows = read.data.embeddings.map(({ values }) => ({ embedding: values }));
    return { kind: 'dense', key: 'text_embedding', rows };
  }
  context.addIssue({ code: 'custom', message: missingField(read.error, 'embeddings') });
  return z.NEVER;
});

const embeddings: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: storedSettings,
  update: {
    settings: z.object({ max_input_tokens: positiveInteger(), rate_limit: rateLimitUpdate() }).partial(),
    others: 'ignored',
  },
  echo: ['model_id', 'max_input_tokens', 'dimensions', 'similarity', 'rate_limit'],
  inputs: { perRequest: () => 100, maxTokens: ({ max_input_tokens }) => max_input_tokens },
  check: refuseInputTypes,
  request: ({ input, inputType, settings }) => ({
    url: urlOf(settings, 'batchEmbedContents'),
    body: {
      requests: input.map((content) => ({
        model: `models/${settings.model_id}`,
        content: { parts: [{ text: content }] },
        // The discovered length too: nobody remembers whose it is.
        outputDimensionality: settings.dimensions,
        taskType: taskTypeOf(inputType),
      })),
    },
  }),
  response: () => readEmbeddings,
  probed: ({ settings, id }, result) => discoverDimensions(settings, result, id, 'dot_product'),
};

const part = z.object({ text: z.string() });
const candidate = z.object({
  content: z.object({ parts: z.tuple([part], z.unknown()) }),
  finishReason: z.string().optional().catch(undefined),
});

/** Elasticsearch reads the first part of the first candidate, and nothing else. */
const completionAnswer = z
  .object({ candidates: z.tuple([candidate], z.unknown()) })
  .transform(({ candidates: [{ content, finishReason }] }) => ({
    text: content.parts[0].text,
    stopped: finishReason !== undefined,
  }));

const readCompletion: z.ZodType<InferenceResult> = z.unknown().transform((body, context) => {
  const read = completionAnswer.safeParse(body);
  if (read.success) return { kind: 'completion', results: [read.data.text] };
  context.addIssue({ code: 'custom', message: missingField(read.error, 'completion') });
  return z.NEVER;
});

const openCompletion = ({ id }: StudioCall): StreamReader => {
  let mayEnd = false;
  return {
    // Nothing marks the end, but a reason to stop comes before it.
    finished: () => false,
    mayEnd: () => mayEnd,
    next: ({ data }) => {
      const body = frameJson(data);
      const error = readGoogleError(body);
      if (error) {
        const reason = `Received an error response for request from inference entity id [${id}]. Error message: [${error.message}]`;
        return { status: 500, reason };
      }
      const read = completionAnswer.safeParse(body);
      if (!read.success) return { status: 500, reason: missingField(read.error, 'completion') };
      mayEnd ||= read.data.stopped;
      return [{ kind: 'completion', deltas: [read.data.text] }];
    },
  };
};

const completion: TaskDefinition<Settings, TaskSettings> = {
  ...shared,
  put: z.object({ model_id: text(), rate_limit: rateLimit(120) }),
  update: { settings: z.object({ rate_limit: rateLimitUpdate() }).partial(), others: 'ignored' },
  echo: ['model_id', 'rate_limit'],
  check: (call) => refuseFurtherInputs(call, `${label} completion`),
  request: ({ input, settings, stream }) => ({
    url: stream ? `${urlOf(settings, 'streamGenerateContent')}?alt=sse` : urlOf(settings, 'generateContent'),
    body: { contents: [{ parts: [{ text: input[0] }], role: 'user' }], generationConfig: { candidateCount: 1 } },
  }),
  response: () => readCompletion,
  stream: { framing: () => ['sse'], open: openCompletion },
};

const counted = z.object({ usageMetadata: z.object({ totalTokenCount: z.number() }) });

/** Google AI Studio: the Gemini API with an API key. */
export const googleaistudio = defineService<Settings, TaskSettings, { readonly api_key: string }>({
  name: 'googleaistudio',
  label,
  words: 'collected',
  secrets: z.object({ api_key: text() }),
  rateLimitGroup: ({ model_id }) => [model_id],
  auth: ({ api_key }) => ({ type: 'query', name: 'key', value: api_key }),
  failure: (answer, { id }) => googleFailure(answer, id, label),
  unreadable: ({ task }, cause) =>
    `Failed to send ${label} ${task === 'completion' ? task : 'embeddings'} request. Cause: ${cause}`,
  units: (body) => counted.safeParse(body).data?.usageMetadata.totalTokenCount,
  tasks: { text_embedding: embeddings, completion },
});
