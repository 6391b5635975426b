import * as z from 'zod';
import type { OutboundAnswer } from '../transport/types.ts';
import { isMissing } from './component.ts';

/** What became of a call: an answer of the model's server, a component that cannot take calls now, or no endpoint at all. */
export type Outcome =
  | { readonly kind: 'answer'; readonly status: number; readonly text: string }
  | { readonly kind: 'not_serving'; readonly message: string }
  | { readonly kind: 'no_endpoint' }
  /** SageMaker's own trouble, which may be over at once. */
  | { readonly kind: 'trouble'; readonly message: string };

/** The fields of SageMaker's errors; the runtime writes some with a capital and some without. */
const refusal = z.object({
  __type: z.string().optional(),
  message: z.string().optional(),
  Message: z.string().optional(),
  OriginalStatusCode: z.int().optional(),
  OriginalMessage: z.string().optional(),
});

const parse = (text: string): z.output<typeof refusal> => {
  try {
    return refusal.parse(JSON.parse(text));
  } catch {
    return { message: text };
  }
};

const asAnswer = (status: number, error: string): Outcome => ({
  kind: 'answer',
  status,
  text: JSON.stringify({ error }),
});

/** The server's own answer where there is one. A server that was too slow, or died, has none: 500. */
const modelError = ({
  OriginalStatusCode: status = 0,
  OriginalMessage: text = '',
  Message,
  message,
}: z.output<typeof refusal>) =>
  status >= 400 && text !== ''
    ? ({ kind: 'answer', status, text } satisfies Outcome)
    : asAnswer(500, Message ?? message ?? 'the model gave no answer');

/** Names the endpoint and not a component of it. */
const isEndpointMissing = (message: string): boolean =>
  isMissing(message) && /endpoint/i.test(message) && !/component/i.test(message);

/**
 * Reads an answer of `InvokeEndpoint`. What its errors say beyond their type is not documented, so that a refusal of the call as such
 * only means that the component's state has to be looked at.
 *
 * @see Amazon SageMaker API reference, `runtime_InvokeEndpoint`
 */
export const readOutcome = ({ status, headers, text }: OutboundAnswer): Outcome => {
  if (status >= 200 && status < 300) return { kind: 'answer', status: 200, text };
  const body = parse(text);
  const type = (headers['x-amzn-errortype'] ?? body.__type ?? '').replace(/^.*#/, '').replace(/:.*$/, '');
  const message = body.Message ?? body.message ?? type;
  if (status === 424 || type === 'ModelError') return modelError(body);
  if (status === 400 && isEndpointMissing(message)) return { kind: 'no_endpoint' };
  if (status === 400 || status === 404) return { kind: 'not_serving', message };
  if (status === 429) return asAnswer(429, message);
  if (status >= 500) return { kind: 'trouble', message };
  // The rights of the function, say: nothing that a caller could mend.
  return asAnswer(500, `the ML node refused the call: ${type || status}`);
};
