import { randomUUID } from 'node:crypto';
import { Agent, createServer, type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from '../http-listener.ts';
import type { StandIn } from '../stand-in.ts';
import type { Endpoint } from './component-operations.ts';
import type { ComponentRecord } from './component-record.ts';
import type { Components } from './components.ts';
import { passOn, regionOf } from './elsewhere.ts';
import {
  componentNotFound,
  componentNotNamed,
  endpointNotFound,
  modelError,
  noCapacity,
  type RuntimeError,
  sendError,
  unknownOperation,
} from './runtime-errors.ts';

type RuntimeOptions = {
  readonly endpoint: Endpoint;
  readonly components: Pick<Components, 'find' | 'noteCall'>;
  /** Where a component's container answers: a URL to which `/invocations` is added. */
  readonly containerOf: (component: ComponentRecord) => string;
  /** Where calls of other endpoints go, which users have in accounts of their own: a base URL, by region. */
  readonly elsewhere: (region: string) => string;
};

const attributes = 'x-amzn-sagemaker-custom-attributes';

/** What SageMaker passes on to a container; all else is dropped. */
const passedOn = ['content-type', 'content-length', 'accept', attributes];

const chosen = (headers: IncomingMessage['headers'], names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]] as const] : [])),
  );

const endpointIn = (url: string): string | undefined => /^\/endpoints\/([^/?]+)\/[^/?]+(?:\?|$)/.exec(url)?.[1];

/** The component that a request is for, or why there is none that answers. */
const componentFor = (
  { method, url = '', headers }: IncomingMessage,
  { endpoint, components }: RuntimeOptions,
): ComponentRecord | RuntimeError => {
  const name = endpointIn(url);
  if (name !== undefined && name !== endpoint.name) return endpointNotFound(name);
  if (method !== 'POST' || !/\/invocations(?:\?|$)/.test(url)) return unknownOperation();
  const wanted = headers['x-amzn-sagemaker-inference-component'];
  if (typeof wanted !== 'string' || wanted === '') return componentNotNamed();
  const component = components.find(wanted);
  if (!component) return componentNotFound(wanted);
  return component.current > 0 ? component : noCapacity();
};

/**
 * Starts SageMaker's runtime for the components of one endpoint; signed calls of any other one are passed on. Bodies run through as they come, in both directions; a call whose
 * caller leaves is cut at the container too. Signatures are not checked, and a container has more than SageMaker's 60 seconds: an
 * engine on processor cores needs them.
 */
export const startSageMakerRuntime = async (options: RuntimeOptions): Promise<StandIn> => {
  const { components, containerOf, endpoint, elsewhere } = options;
  const agent = new Agent({ keepAlive: true });

  /** @throws Error when the container breaks off */
  const invoke = (component: ComponentRecord, request: IncomingMessage, response: ServerResponse): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = chosen(request.headers, passedOn);
      const inner = openRequest(`${containerOf(component)}/invocations`, { method: 'POST', agent, headers });
      response.once('close', () => {
        inner.destroy();
        resolve();
      });
      inner.once('error', reject);
      inner.once('response', async (answer) => {
        answer.once('error', reject);
        if (answer.statusCode !== 200) {
          const words = await text(answer).catch(reject);
          if (typeof words === 'string')
            sendError(response, modelError(component.name, answer.statusCode ?? 500, words));
          return;
        }
        response.writeHead(200, {
          ...chosen(answer.headers, ['content-type', 'content-length', attributes]),
          'x-amzn-invoked-production-variant': endpoint.variant,
          'x-amzn-requestid': randomUUID(),
        });
        answer.pipe(response);
      });
      request.pipe(inner);
    });

  const server = createServer(async (request, response) => {
    response.on('error', () => {});
    const region = regionOf(request);
    if (region !== undefined && (endpointIn(request.url ?? '') ?? endpoint.name) !== endpoint.name) {
      passOn(request, response, elsewhere(region));
      return;
    }
    const component = componentFor(request, options);
    if ('type' in component) {
      // All that is sent is read first, or its sender might not see the answer.
      request.resume().once('end', () => sendError(response, component));
      return;
    }
    components.noteCall(component.name);
    try {
      await invoke(component, request, response);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (response.headersSent) response.destroy();
      else sendError(response, modelError(component.name, 500, `The container broke off: ${reason}`));
    }
  });

  const standIn = await listenOnLoopback(server);
  return {
    endpoint: standIn.endpoint,
    close: async () => {
      agent.destroy();
      await standIn.close();
    },
  };
};
