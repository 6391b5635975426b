import { deleteEndpoint } from '../inference/delete-endpoint.ts';
import type { ManageDependencies, ManageRequest } from '../inference/manage-request.ts';
import { putEndpoint } from '../inference/put-endpoint.ts';
import { updateEndpoint } from '../inference/update-endpoint.ts';
import { booleanParameter } from './checks.ts';
import { requireBody } from './request-body.ts';
import type { Handlers } from './serve.ts';
import type { Request } from './types.ts';

const manageRequest = (request: Request): ManageRequest => ({
  inferenceId: request.path.inference_id,
  taskType: request.path.task_type,
  body: () => requireBody(request),
  timeout: request.timeout,
  log: request.log,
});

/**
 * What a caller with `manage_inference` may run: PUT, `_update` and DELETE of endpoints.
 *
 * @param changed - told of each endpoint that this process has changed, so that its own calls see it at once
 */
export const manageHandlers = (
  dependencies: ManageDependencies,
  changed: (inferenceId: string) => void,
): Handlers<'manage'> => ({
  putEndpoint: async (request, signal) => ({ json: await putEndpoint(manageRequest(request), dependencies, signal) }),
  updateEndpoint: async (request, signal) => {
    const json = await updateEndpoint(manageRequest(request), dependencies, signal);
    changed(request.path.inference_id);
    return { json };
  },
  deleteEndpoint: async (request) => {
    const { inference_id: inferenceId, task_type: taskType } = request.path;
    const options = {
      force: booleanParameter(request.query, 'force'),
      dryRun: booleanParameter(request.query, 'dry_run'),
    };
    const json = await deleteEndpoint({ inferenceId, taskType, ...options, log: request.log }, dependencies);
    changed(inferenceId);
    return { json };
  },
});
