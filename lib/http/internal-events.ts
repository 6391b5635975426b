import * as z from 'zod';
import type { Log } from '../log.ts';
import type { GatewayEvent } from './event.ts';
import type { Respond } from './serve.ts';
import type { HttpAnswer } from './types.ts';

/** What `manage` does besides answering callers. */
export type InternalEvents = {
  /** Starts the deployment that a call waits for. */
  readonly wake: (deployment: string) => Promise<void>;
  /** Puts deployments in order: the schedule's event. */
  readonly sweep: () => Promise<void>;
};

/** Events of the project's own. One that comes through the gateway never has this form: callers choose only what stands inside it. */
export const internalEvent = z.discriminatedUnion('inlet', [
  z.strictObject({ inlet: z.literal('wake'), deployment: z.string().min(1) }),
  z.strictObject({ inlet: z.literal('sweep') }),
]);

type OwnEvent = z.output<typeof internalEvent>;

const done: HttpAnswer = { statusCode: 204, headers: {}, body: '' };

/**
 * Lets a function take the project's own events beside those of the gateway. Nobody waits for their answer. One that fails is logged,
 * and rejected, so that Lambda counts it among the function's errors; the next one makes up for it.
 */
export const withInternalEvents =
  (respond: Respond, events: InternalEvents, log: Log) =>
  async (event: GatewayEvent | OwnEvent, signal: AbortSignal): Promise<HttpAnswer> => {
    if (!('inlet' in event)) return respond(event, signal);
    const started = performance.now();
    try {
      const own = internalEvent.parse(event);
      await (own.inlet === 'wake' ? events.wake(own.deployment) : events.sweep());
    } catch (error) {
      log.error('An event of the project itself failed', { event: event.inlet, error });
      throw error;
    }
    log.info('An event of the project itself is done', {
      event: event.inlet,
      milliseconds: Math.round(performance.now() - started),
    });
    return done;
  };
