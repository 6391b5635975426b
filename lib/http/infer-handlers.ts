import { renderResult } from '../api/render-result.ts';
import { type InferDependencies, type InferRequest, infer } from '../inference/infer.ts';
import { streamInfer } from '../inference/stream-infer.ts';
import { errorBody } from './answer.ts';
import { requireBody } from './request-body.ts';
import type { Handlers } from './serve.ts';
import { serverSentEvents } from './sse.ts';
import type { Request } from './types.ts';

const inferRequest = (request: Request, headers: Record<string, string>): InferRequest => ({
  inferenceId: request.path.inference_id,
  taskType: request.path.task_type,
  body: () => requireBody(request),
  timeout: request.timeout,
  onEndpoint: (taskType, service) => {
    request.noteTaskType(taskType);
    request.note({ service });
  },
  onServiceTime: (milliseconds) => request.note({ service_milliseconds: Math.round(milliseconds * 10) / 10 }),
  onServiceFailure: (status) => request.note({ service_status: status }),
  onUnits: (units) => request.note({ units }),
  onAnswerHeaders: (found) => Object.assign(headers, found),
});

/** What a caller with `monitor_inference` may run: `POST /_inference/…`, whole and streamed. */
export const inferHandlers = (dependencies: InferDependencies): Handlers<'infer'> => ({
  infer: async (request, signal) => {
    const headers = {};
    const { result } = await infer(inferRequest(request, headers), dependencies, signal);
    return { headers, jsonBytes: renderResult(result) };
  },
  streamInfer: async (request, signal) => {
    const headers = {};
    const { events, taskType } = await streamInfer(inferRequest(request, headers), dependencies, signal);
    const chat = taskType === 'chat_completion';
    return {
      headers,
      events: serverSentEvents(
        events,
        (error) => errorBody(error, chat),
        (failure) => request.note({ failure }),
      ),
    };
  },
});
