import { Socket } from 'node:net';
import type { Log, LogLevel } from '../../lib/log.ts';
import { createEngine } from './engine.ts';
import { connectionMessage, type EngineMessage } from './messages.ts';
import { createEngineServer } from './server.ts';
import { engineSettings } from './settings.ts';
import { startThread } from './thread.ts';

/*
 * The engine process. Its supervisor owns the port and passes each connection on; when the supervisor goes, so does this.
 */

/** At once: a regular exit waits for the forward pass that runs, which then fails with a native abort. */
const end = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

const tell = (message: EngineMessage): void => {
  process.send?.(message, undefined, undefined, (error) => {
    if (error) end();
  });
};

const logAt =
  (level: LogLevel): Log[LogLevel] =>
  (message, fields = {}) =>
    tell({ type: 'log', level, message, fields: describeErrors(fields) });

/** Errors lose all they have on their way through a message. */
const describeErrors = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? String(value) : value]),
  );

const log: Log = { debug: logAt('debug'), info: logAt('info'), warn: logAt('warn'), error: logAt('error') };

const settings = engineSettings.parse(JSON.parse(process.argv[2] ?? ''));
const thread = startThread((error) => {
  log.error('The inference thread ended', { error });
  process.disconnect();
});
const engine = createEngine(settings, thread, log);
const server = createEngineServer(engine, log);

process.on('disconnect', end);
// Who stops a process group lets the server decide when the engine goes: answers under way need it until then.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('message', (message, socket) => {
  const { number } = connectionMessage.parse(message);
  tell({ type: 'taken', number });
  // The handle is missing when the caller had left before the connection was passed on.
  if (socket instanceof Socket) {
    server.emit('connection', socket);
    socket.resume();
  }
});
tell({ type: 'ready' });
void engine.loadPresent();
