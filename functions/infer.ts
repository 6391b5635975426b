import { inferHandlers } from '../lib/http/infer-handlers.ts';
import { serve } from '../lib/http/serve.ts';
import { lambdaHandler } from '../lib/http/stream.ts';
import { processRuntime } from '../lib/runtime.ts';

const runtime = processRuntime();

/** Calls endpoints: `POST /_inference/…`. */
export const respond = serve('infer', runtime.edge, inferHandlers(runtime.inference));
export const handler = lambdaHandler(respond, runtime);
