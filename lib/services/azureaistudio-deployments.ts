import { statusException } from '../api/errors.ts';
import type { Auth } from '../transport/types.ts';

// Who made a model, and how it is deployed: what it does, where it is called, and how it is authorised.

export const providers = ['cohere', 'databricks', 'meta', 'microsoft_phi', 'mistral', 'openai'] as const;
type Provider = (typeof providers)[number];

/** Paid by token, or on machines of its own. */
export const endpointTypes = ['token', 'realtime'] as const;
type EndpointType = (typeof endpointTypes)[number];

type Deployment = { readonly target: string; readonly provider: Provider; readonly endpoint_type: EndpointType };

/** How each provider's models are deployed, for each task that they do. */
const deployments = {
  text_embedding: { openai: ['token'], cohere: ['token'] },
  completion: {
    openai: ['token'],
    cohere: ['token'],
    meta: ['token', 'realtime'],
    mistral: ['realtime'],
    microsoft_phi: ['realtime'],
    databricks: ['realtime'],
  },
  rerank: { cohere: ['token'] },
} satisfies Record<string, Partial<Record<Provider, readonly EndpointType[]>>>;

/**
 * Refuses a task that models of a provider, or models that are deployed in this way, do not do.
 *
 * @throws InferenceError 400
 */
export const refuseUnavailable =
  (task: keyof typeof deployments) =>
  ({ provider, endpoint_type }: Deployment): void => {
    const byProvider: Partial<Record<Provider, readonly string[]>> = deployments[task];
    const types = byProvider[provider];
    if (!types) throw statusException(400, `The [${task}] task type for provider [${provider}] is not available`);
    if (types.includes(endpoint_type)) return;
    throw statusException(
      400,
      `The [${endpoint_type}] endpoint type with [${task}] task type for provider [${provider}] is not available`,
    );
  };

const slashesAtTheEnd = (path: string): number => {
  let count = 0;
  while (path.at(-1 - count) === '/') count += 1;
  return count;
};

/** The target with a path behind its own, before its query. */
export const below = (target: string, path: string): string => {
  const url = new URL(target);
  // Not by an expression for what ends in slashes: it would look again from each slash of a long path.
  url.pathname = url.pathname.slice(0, url.pathname.length - slashesAtTheEnd(url.pathname)) + path;
  return url.href;
};

/** OpenAI's models and realtime endpoints are called at the target itself. */
export const urlOf = ({ target, provider, endpoint_type }: Deployment, path: string): string =>
  provider === 'openai' || endpoint_type === 'realtime' ? target : below(target, path);

export const authOf = ({ provider, endpoint_type }: Deployment, key: string): Auth => {
  if (provider === 'openai') return { type: 'header', name: 'api-key', value: key };
  return endpoint_type === 'realtime'
    ? { type: 'bearer', token: key }
    : { type: 'header', name: 'authorization', value: key };
};
