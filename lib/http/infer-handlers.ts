import { renderResult } from '../api/render-result.ts';
import { type InferDependencies, type InferRequest, infer } from '../inference/infer.ts';
import { streamInfer } from '../inference/stream-infer.ts';
import { errorBody } from './answer.ts';
import { requireBody } from './request-body.ts';
import type { Handlers } from './serve.ts';
import { serverSentEvents } from './sse.ts';
import type { Request } from './types.ts';

const inferRequest = (request: Request): InferRequest => ({
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
});

/** What a caller with `monitor_inference` may run: `POST /_inference/…`, whole and streamed. */
export const inferHandlers = (dependencies: InferDependencies): Handlers<'infer'> => ({
  infer: async (request, signal) => {
    const { result } = await infer(inferRequest(request), dependencies, signal);
    return { jsonBytes: renderResult(result) };
  },
  streamInfer: async (request, signal) => {
    const { events, taskType } = await streamInfer(inferRequest(request), dependencies, signal);
    const chat = taskType === 'chat_completion';
    return {
      events: serverSentEvents(
        events,
        (error) => errorBody(error, chat),
        (failure) => request.note({ failure }),
      ),
    };
  },
});
