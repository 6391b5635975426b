import * as z from 'zod';
import { logLevels } from '../../lib/log.ts';

/** What the engine process tells its supervisor. */
export const engineMessage = z.discriminatedUnion('type', [
  /** It takes connections. */
  z.object({ type: z.literal('ready') }),
  /** The connection of that number is its own now. */
  z.object({ type: z.literal('taken'), number: z.int() }),
  z.object({
    type: z.literal('log'),
    level: z.enum(logLevels),
    message: z.string(),
    fields: z.record(z.string(), z.unknown()),
  }),
]);
export type EngineMessage = z.output<typeof engineMessage>;

/** What the supervisor tells the engine process: a connection, whose socket comes with the message. */
export const connectionMessage = z.object({ type: z.literal('connection'), number: z.int() });
export type ConnectionMessage = z.output<typeof connectionMessage>;
