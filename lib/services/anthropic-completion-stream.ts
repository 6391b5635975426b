import * as z from 'zod';
import type { Frame } from '../transport/types.ts';
import { type Events, handlerOf, reading, typeOf, unreadable } from './anthropic-events.ts';
import { frameJson } from './frame-json.ts';
import type { Failure, StreamReader } from './service.ts';

const errorEvent = z.object({ error: z.object({ type: z.string().optional(), message: z.string().optional() }) });

const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
};

const completionFailure = ({ data }: Frame): Failure => {
  const { type = '', message = data } = errorEvent.safeParse(frameJson(data)).data?.error ?? {};
  return { status: (Object.hasOwn(statuses, type) ? statuses[type] : undefined) ?? 500, reason: message };
};

const maybeText = z.object({ text: z.string().optional() }).optional();
const textStart = z.object({ content_block: maybeText });
const textDelta = z.object({ delta: maybeText });

/** Blanks alone are passed over, as Elasticsearch does. */
const deltaOf = (text: string | undefined): Events =>
  text !== undefined && /\S/.test(text) ? [{ kind: 'completion', deltas: [text] }] : [];

/** The text of a completion as it comes. */
export const openAnthropicCompletion = (): StreamReader => {
  let stopped = false;
  const handlers = {
    content_block_start: reading(textStart, ({ content_block: block }) => deltaOf(block?.text)),
    content_block_delta: reading(textDelta, ({ delta }) => deltaOf(delta?.text)),
    message_stop: () => {
      stopped = true;
      return [];
    },
  };
  return {
    finished: () => stopped,
    next: (frame) => {
      const data = frameJson(frame.data);
      const type = typeOf(data);
      if (type === 'error' || frame.event === 'error') return completionFailure(frame);
      if (type === undefined)
        return unreadable('Failed to find required field [type] in Anthropic chat completions response');
      return handlerOf(handlers, type)(data);
    },
  };
};
