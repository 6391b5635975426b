import { serve } from '../lib/http/serve.ts';
import { lambdaHandler } from '../lib/http/stream.ts';
import { processRuntime } from '../lib/runtime.ts';
import { securityHandlers } from '../lib/security/handlers.ts';

const runtime = processRuntime();

/** Makes, lists and invalidates API keys. It sees no endpoint. */
export const respond = serve(
  'security',
  runtime.edge,
  securityHandlers({ keys: runtime.keys, forget: runtime.authenticator.forget }),
);
export const handler = lambdaHandler(respond, runtime);
