import { withInternalEvents } from '../lib/http/internal-events.ts';
import { manageHandlers } from '../lib/http/manage-handlers.ts';
import { serve } from '../lib/http/serve.ts';
import { lambdaHandler } from '../lib/http/stream.ts';
import { processRuntime } from '../lib/runtime.ts';

const runtime = processRuntime();

/** Creates, updates and deletes endpoints: the only function that writes them and their secrets, and starts deployments. */
export const respond = withInternalEvents(
  serve('manage', runtime.edge, manageHandlers(runtime.manage, runtime.forgetEndpoint)),
  runtime.internal,
  runtime.log,
);
export const handler = lambdaHandler(respond, runtime);
