import * as z from 'zod';
import type { Send } from '../transport/types.ts';
import { type Component, component, isMissing } from './component.ts';

type StatusOptions = { readonly send: Send; readonly region: string; readonly endpoint: string };

/** What `infer` and `read` look at, by plain calls: they need no SDK for two of them. */
export type NodeStatus = {
  readonly hasEndpoint: (signal: AbortSignal) => Promise<boolean>;
  readonly find: (component: string, signal: AbortSignal) => Promise<Component | undefined>;
};

const refusal = z.object({
  __type: z.string().default(''),
  message: z.string().optional(),
  Message: z.string().optional(),
});

/** SageMaker's control API without its SDK. */
export const nodeStatus = ({ send, region, endpoint }: StatusOptions): NodeStatus => {
  /** @returns undefined for what is not there */
  const ask = async (operation: string, input: object, signal: AbortSignal): Promise<unknown> => {
    const { status, text } = await send.whole(
      {
        url: `https://api.sagemaker.${region}.amazonaws.com/`,
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `SageMaker.${operation}` },
        body: JSON.stringify(input),
      },
      { type: 'sigv4', service: 'sagemaker', region, credentials: 'role' },
      { signal },
    );
    if (status === 200) return JSON.parse(text);
    const { __type: type, message, Message } = refusal.catch({ __type: '' }).parse(parseJson(text));
    if (type.endsWith('ValidationException') && isMissing(message ?? Message ?? '')) return undefined;
    throw new Error(`SageMaker answered ${status} ${type} to ${operation}`);
  };

  return {
    hasEndpoint: async (signal) => (await ask('DescribeEndpoint', { EndpointName: endpoint }, signal)) !== undefined,
    find: async (name, signal) => {
      const found = await ask('DescribeInferenceComponent', { InferenceComponentName: name }, signal);
      return found === undefined ? undefined : component.parse(found);
    },
  };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
};
