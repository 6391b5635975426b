import { manageHandlers } from '../lib/http/manage-handlers.ts';
import { serve } from '../lib/http/serve.ts';
import { lambdaHandler } from '../lib/http/stream.ts';
import { processRuntime } from '../lib/runtime.ts';

const runtime = processRuntime();

/** Creates, updates and deletes endpoints: the only function that writes them and their secrets. */
export const respond = serve('manage', runtime.edge, manageHandlers(runtime.manage, runtime.forgetEndpoint));
export const handler = lambdaHandler(respond, runtime);
