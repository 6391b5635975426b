import type * as z from 'zod';
import type { StreamEvent } from '../api/results.ts';
import { explainField, typed } from './anthropic-answer.ts';
import type { Failure } from './service.ts';

// Events of Anthropic's Messages API: `message_start`, blocks of content one after the other, `message_delta`, `message_stop`.

/** What one frame gives. */
export type Events = readonly StreamEvent[] | Failure;

export const unreadable = (reason: string): Failure => ({ status: 500, reason });

/** Reads the data of a frame and makes events of it; what does not fit is a failure in Elasticsearch's words. */
export const reading =
  <Data>(schema: z.ZodType<Data>, events: (data: Data) => Events) =>
  (data: unknown): Events => {
    const read = schema.safeParse(data, { reportInput: true });
    return read.success ? events(read.data) : unreadable(explainField(read.error));
  };

/** What says nothing. */
export const none = (): Events => [];

/** What is made of the data of events, by their names. */
export type Handlers = Readonly<Record<string, (data: unknown) => Events>>;

/** The handler of a name, if there is one; other names are passed over, since Anthropic adds some from time to time. */
export const handlerOf = (handlers: Handlers, name: string | undefined): ((data: unknown) => Events) =>
  (name !== undefined && Object.hasOwn(handlers, name) && handlers[name]) || none;

export const typeOf = (data: unknown): string | undefined => typed.safeParse(data).data?.type;
