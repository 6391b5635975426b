import { getEndpoint, listEndpoints } from '../inference/get-endpoints.ts';
import { listServices } from '../inference/list-services.ts';
import type { CountAllocations, EndpointStore } from '../inference/ports.ts';
import { showDiagnostics, type Watched } from '../inference/show-diagnostics.ts';
import type { Handlers } from './serve.ts';
import { version } from './version.ts';

/** What a caller with `monitor_inference` may look at; the health check takes no key. */
export const readHandlers = (
  endpoints: EndpointStore,
  watched: Watched,
  /** Where nobody counts, the stored numbers are shown. */
  count: CountAllocations = async () => undefined,
): Handlers<'read'> => ({
  info: async () => ({ json: version }),
  ping: async () => ({ empty: true }),
  health: async () => ({ json: { status: 'ok' } }),
  listEndpoints: async ({ path }) => ({ json: await listEndpoints(endpoints, count, path.task_type) }),
  listServices: async ({ path }) => ({
    json: await listServices(path.task_type === 'any' ? undefined : path.task_type),
  }),
  showDiagnostics: async () => ({ json: showDiagnostics(watched) }),
  getEndpoint: async ({ path }) => ({ json: await getEndpoint(endpoints, count, path.inference_id, path.task_type) }),
});
