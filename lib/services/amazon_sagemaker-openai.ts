import * as z from 'zod';
import { text } from '../api/settings.ts';
import { notTranslated } from './amazon_sagemaker-failures.ts';
import { invocation, oneOrMany } from './amazon_sagemaker-request.ts';
import {
  type Api,
  common,
  commonEcho,
  dense,
  requestSettings,
  type SageMakerTask,
  shared,
} from './amazon_sagemaker-settings.ts';
import { withFinishReason } from './amazon_sagemaker-stream.ts';
import { probedDimensions } from './dense.ts';
import { openChatStream, openCompletionStream, readChat, readCompletion } from './openai-chat.ts';
import { chatBody, streamFlags } from './openai-chat-request.ts';
import { readEmbeddings } from './openai-embeddings.ts';
import { refuseChatFields } from './refusals.ts';

// Models that speak OpenAI's dialect: their streams are server-sent events inside the event stream of SageMaker.

const taskSettings = z.object({ ...requestSettings, user: text().optional() });
const ours = { ...shared, taskSettings: { put: taskSettings, request: taskSettings } } as const;

const textEmbedding: SageMakerTask = {
  ...ours,
  put: z
    .object({ ...common, dimensions: dense.dimensions })
    .transform((sent) => ({ ...sent, dimensions_set_by_user: sent.dimensions !== undefined })),
  echo: [...commonEcho, 'dimensions'],
  inputs: { perRequest: ({ batch_size }) => batch_size ?? Number.POSITIVE_INFINITY },
  request: (call) =>
    invocation(call, {
      input: oneOrMany(call.input),
      user: call.taskSettings.user,
      // The discovered length is not sent: models that know no `dimensions` refuse it.
      dimensions: call.settings.dimensions_set_by_user ? call.settings.dimensions : undefined,
    }),
  response: readEmbeddings,
  probed: ({ settings, id }, result) => ({ ...settings, dimensions: probedDimensions(settings, result, id) }),
};

const framing = () => ['aws-eventstream', 'sse'] as const;

const completion: SageMakerTask = {
  ...ours,
  request: (call) =>
    invocation(call, {
      messages: call.input.map((content) => ({ content, role: 'user' })),
      n: 1,
      ...streamFlags(call.stream),
      user: call.taskSettings.user,
    }),
  response: () => readCompletion,
  stream: {
    framing,
    open: (call) =>
      withFinishReason(call, (_, dialect) => openCompletionStream(call, { ...dialect, unreadable: notTranslated })),
  },
};

const chat: SageMakerTask = {
  ...ours,
  check: (call) => refuseChatFields('amazon_sagemaker', call, ['reasoning', 'cache_control', 'session_id']),
  request: (call) => {
    const { max_completion_tokens, ...body } = chatBody(call);
    return invocation(call, {
      ...body,
      ...streamFlags(call.stream),
      user: call.taskSettings.user,
      max_completion_tokens,
    });
  },
  response: () => readChat,
  stream: { framing, open: (call) => withFinishReason(call, openChatStream) },
};

export const openai: Api = { text_embedding: textEmbedding, completion, chat_completion: chat };
