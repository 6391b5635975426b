import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Log } from '../../lib/log.ts';
import { type ConnectionMessage, engineMessage } from './messages.ts';
import { builtInModels, type ModelTable } from './models.ts';
import type { EngineSettings } from './settings.ts';

export type EngineOptions = {
  /** Where model folders lie, `org/name` below each; searched in this order. */
  readonly modelDirs: readonly string[];
  /** Where built-in models without a folder are downloaded to; without it they answer 424. */
  readonly downloadDir?: string | undefined;
  /** @default `HF_ENDPOINT`, or else Hugging Face */
  readonly hub?: { readonly endpoint: string } | undefined;
  /** Threads of ONNX Runtime. @default the number of cores */
  readonly threads?: number | undefined;
  /** @default the built-in models */
  readonly models?: ModelTable | undefined;
  readonly log: Log;
};

export type RunningEngine = {
  /** `http://127.0.0.1:<port>`, the same for as long as the engine runs. */
  readonly url: string;
  readonly close: () => Promise<void>;
};

/** A process that ends sooner than this is broken, and started again only after a pause. */
const soundMilliseconds = 5_000;
const closeMilliseconds = 1_000;

/**
 * Starts the engine that computes the built-in models, in a process of its own, and starts it again when it dies.
 *
 * Resolves when the port is open; models load behind it, and a call waits for its model. The port belongs to this process,
 * which passes each connection on, so that none is refused or lost while there is no engine process: the calls it was
 * working on are cut, all others are answered by the next one.
 */
export const startEngine = async (options: EngineOptions): Promise<RunningEngine> => {
  const { log } = options;
  const settings: EngineSettings = {
    modelDirs: [...options.modelDirs],
    downloadDir: options.downloadDir,
    hub: options.hub?.endpoint ?? process.env.HF_ENDPOINT ?? 'https://huggingface.co',
    threads: options.threads ?? availableParallelism(),
    models: options.models ?? builtInModels,
  };
  /** Connections that no engine process has taken over yet. */
  const waiting = new Map<number, Socket>();
  let connections = 0;
  let ready: ChildProcess | undefined;
  let current: ChildProcess | undefined;
  let closed = false;
  let failures = 0;

  const pass = (number: number, socket: Socket): void => {
    const message: ConnectionMessage = { type: 'connection', number };
    // Kept open here until the process says that it has it. One that dies before leaves it to the next.
    ready?.send(message, socket, { keepOpen: true }, () => {});
  };

  const start = (): void => {
    const started = performance.now();
    const child = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), [JSON.stringify(settings)], {
      execPath: process.execPath,
      execArgv: [],
      // Standard output belongs to whoever started this process.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    current = child;
    child.on('message', (json) => {
      const message = engineMessage.parse(json);
      switch (message.type) {
        case 'ready':
          ready = child;
          log.info('The engine process is ready', { pid: child.pid });
          for (const [number, socket] of waiting) pass(number, socket);
          break;
        case 'taken':
          waiting.get(message.number)?.destroy();
          waiting.delete(message.number);
          break;
        case 'log':
          log[message.level](message.message, message.fields);
      }
    });
    child.on('error', (error) => log.error('The engine process failed', { error }));
    child.once('exit', async (code, signal) => {
      if (ready === child) ready = undefined;
      if (closed) return;
      log.warn('The engine process ended and is started again', { code, signal });
      failures = performance.now() - started < soundMilliseconds ? failures + 1 : 0;
      if (failures > 1) await delay(Math.min(100 * 2 ** failures, 10_000));
      if (!closed) start();
    });
  };

  const server = createServer({ pauseOnConnect: true }, (socket) => {
    connections += 1;
    const number = connections;
    waiting.set(number, socket);
    socket.on('error', () => waiting.delete(number));
    pass(number, socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  start();

  const close = async (): Promise<void> => {
    closed = true;
    server.close();
    for (const socket of waiting.values()) socket.destroy();
    if (!current || current.exitCode !== null || current.signalCode !== null) return;
    const ended = once(current, 'exit');
    if (current.connected) current.disconnect();
    const killed = setTimeout(() => current?.kill('SIGKILL'), closeMilliseconds);
    await ended;
    clearTimeout(killed);
  };
  return { url: `http://127.0.0.1:${port}`, close };
};
