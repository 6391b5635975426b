import { readHandlers } from '../lib/http/read-handlers.ts';
import { serve } from '../lib/http/serve.ts';
import { lambdaHandler } from '../lib/http/stream.ts';
import { processRuntime } from '../lib/runtime.ts';

const runtime = processRuntime();

/** Shows endpoints, and takes unknown paths. It sees no secret of any service. */
export const respond = serve(
  'read',
  runtime.edge,
  readHandlers(runtime.endpoints, runtime.watched, runtime.countAllocations),
);
export const handler = lambdaHandler(respond, runtime);
