import * as z from 'zod';
import type { InputType } from '../api/input-type.ts';
import { readDeltas, readDense, readRanking, readResults, readSparse } from './amazon_sagemaker-elastic-answers.ts';
import { notTranslated } from './amazon_sagemaker-failures.ts';
import { invocation, oneOrMany } from './amazon_sagemaker-request.ts';
import {
  type Api,
  common,
  commonEcho,
  dense,
  requestSettings,
  type SageMakerCall,
  type SageMakerTask,
  shared,
  type TaskSettings,
} from './amazon_sagemaker-settings.ts';
import { readParts, withFinishReason } from './amazon_sagemaker-stream.ts';
import { probedDimensions } from './dense.ts';
import { frameJson } from './frame-json.ts';
import { openChatStream, readChat } from './openai-chat.ts';
import type { StreamReader } from './service.ts';

// Models that take and answer what callers of Elasticsearch send and get: their streams are one JSON document in each part of the
// event stream of SageMaker.

/** They are the model's own and nobody knows which are right, so none are stored. */
const noneStored = z.looseObject({}).refine((sent) => Object.keys(sent).length === 0, {
  error: 'task_settings is only supported during the inference request and cannot be stored in the inference endpoint.',
});

/** None are stored, so there is nothing to merge: the map goes on as it was sent, null in it as well. */
const asSent = (_stored: TaskSettings, sent: Partial<TaskSettings>): TaskSettings => sent;

const ours = {
  ...shared,
  taskSettings: { put: noneStored, request: z.looseObject(requestSettings), merge: asSent, updated: 'replaced' },
} as const;

const perRequest: NonNullable<SageMakerTask['inputs']>['perRequest'] = ({ batch_size }) =>
  batch_size ?? Number.POSITIVE_INFINITY;

const inputTypes: Readonly<Record<InputType, string | undefined>> = {
  ingest: 'ingest',
  internal_ingest: 'ingest',
  search: 'search',
  internal_search: 'search',
  classification: 'classification',
  clustering: 'clustering',
  unspecified: undefined,
};

/** What is no header is the model's. */
const ownSettings = ({ taskSettings }: SageMakerCall) => {
  const own = Object.entries(taskSettings).filter(([name]) => !Object.hasOwn(requestSettings, name));
  return own.length > 0 ? Object.fromEntries(own) : undefined;
};

const inputBody = (call: SageMakerCall) => ({
  input: oneOrMany(call.input),
  input_type: call.inputType && inputTypes[call.inputType],
  task_settings: ownSettings(call),
});

const textEmbedding: SageMakerTask = {
  ...ours,
  put: z
    .object({ ...common, ...dense, element_type: dense.element_type.unwrap() })
    .transform((sent) => ({ ...sent, dimensions_set_by_user: sent.dimensions_set_by_user ?? false })),
  echo: [...commonEcho, 'dimensions', 'dimensions_set_by_user', 'similarity', 'element_type'],
  inputs: { perRequest },
  request: (call) => invocation(call, inputBody(call)),
  response: ({ settings }) => readDense(settings.element_type),
  probed: ({ settings, id }, result) => ({
    ...settings,
    dimensions: probedDimensions(settings, result, id, settings.element_type === 'bit' ? 8 : 1),
    dimensions_set_by_user: false,
  }),
};

const sparseEmbedding: SageMakerTask = {
  ...ours,
  inputs: { perRequest },
  request: (call) => invocation(call, inputBody(call)),
  json: 'maps',
  response: () => readSparse,
};

const rerank: SageMakerTask = {
  ...ours,
  request: (call) =>
    invocation(call, {
      input: oneOrMany(call.input),
      query: call.query,
      return_documents: call.returnDocuments,
      top_n: call.topN,
      task_settings: ownSettings(call),
    }),
  response: () => readRanking,
};

const framing = () => ['aws-eventstream', 'json'] as const;

/** One document after the other. Nothing tells the last, so the answer is over where its event stream is. */
const openCompletion = (call: SageMakerCall): StreamReader =>
  readParts(
    call,
    {
      finished: () => false,
      next: ({ data }) => {
        const read = readDeltas.safeParse(frameJson(data));
        return read.success ? [{ kind: 'completion', deltas: read.data }] : notTranslated('no deltas of a completion');
      },
    },
    () => true,
  );

const completion: SageMakerTask = {
  ...ours,
  request: (call) => invocation(call, inputBody(call)),
  response: () => readResults,
  stream: { framing, open: openCompletion },
};

const chat: SageMakerTask = {
  ...ours,
  request: (call) => invocation(call, call.chat),
  response: () => readChat,
  stream: { framing, open: (call) => withFinishReason(call, openChatStream) },
};

export const elastic: Api = {
  text_embedding: textEmbedding,
  sparse_embedding: sparseEmbedding,
  rerank,
  completion,
  chat_completion: chat,
};
