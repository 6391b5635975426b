import * as z from 'zod';
import type { ChatMessage } from '../api/chat-message.ts';
import type { InferenceResult } from '../api/results.ts';
import type { Frame } from '../transport/types.ts';
import { wholeTextFailure } from './failures.ts';
import { toOpenAi, toOpenAiStream } from './mistral-answers.ts';
import { openChatStream, openCompletionStream, readChat, readCompletion } from './openai-chat.ts';
import { chatBodyWithMaxTokens, completionBody } from './openai-chat-request.ts';
import type { Call, Failure, ServiceAnswer, StreamReader } from './service.ts';

// Mistral's completions, wherever its models run: OpenAI's dialect, with differences.

type ChatCall = Pick<Call<unknown, unknown>, 'id' | 'input' | 'chat' | 'stream'>;

export const mistralCompletionBody = (call: ChatCall, model?: string) => ({
  ...completionBody(call, model),
  stream: call.stream,
});

/** Mistral refuses keys that it does not know, so reasoning of earlier answers stays here. */
const toMistral = ({ content, role, tool_call_id, tool_calls }: ChatMessage) => ({
  content,
  role,
  tool_call_id,
  tool_calls,
});

export const mistralChatBody = (call: ChatCall, model?: string) => {
  const { messages, ...body } = chatBodyWithMaxTokens(call, model);
  // Usage comes without asking, and `stream_options` would be refused.
  return { ...body, messages: messages?.map(toMistral), stream: call.stream };
};

export const readMistralCompletion: z.ZodType<InferenceResult> = z.preprocess(toOpenAi, readCompletion);
export const readMistralChat: z.ZodType<InferenceResult> = z.preprocess(toOpenAi, readChat);

/** Mistral's errors have several shapes: callers get the whole text. */
const mistralError = { type: 'mistral_error' };

const errorEventIn = ({ event, data }: Frame) =>
  event === 'error' ? { message: data, chat: mistralError } : undefined;

const isChunk = (data: unknown): boolean => z.object({ choices: z.array(z.unknown()) }).safeParse(data).success;

export const openMistralCompletion = (call: ChatCall): StreamReader =>
  openCompletionStream(call, { adapt: toOpenAi, errorIn: errorEventIn });

export const openMistralChat = (call: ChatCall): StreamReader =>
  openChatStream(call, {
    adapt: toOpenAiStream(),
    errorIn: (frame, data) =>
      errorEventIn(frame) ?? (isChunk(data) ? undefined : { message: frame.data, chat: mistralError }),
  });

/** Reads a failed completion or chat. */
export const mistralFailure = (answer: ServiceAnswer, { id }: { readonly id: string }): Failure =>
  wholeTextFailure(answer, id, mistralError);
