import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** A port that is free now. The servers that we start take no 0. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || !address) throw new Error('A TCP server has a port');
  return address.port;
};

type ServerOptions = {
  readonly command: string;
  readonly args: readonly string[];
  /** All of its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Answers 200 when the server is ready. */
  readonly health: string;
  readonly patienceMs: number;
};

const isUp = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
};

/** Ends a server and what it has started, which are a process group of their own. */
const killGroup = ({ pid }: ChildProcess): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
};

const stop = async (child: ChildProcess): Promise<void> => {
  const ended = child.exitCode !== null || child.signalCode !== null ? undefined : once(child, 'exit');
  child.kill('SIGTERM');
  const giveUp = new AbortController();
  const late = setTimeout(10_000, undefined, { signal: giveUp.signal }).catch(() => {});
  await Promise.race([ended, late]);
  giveUp.abort();
  killGroup(child);
  await ended;
};

/**
 * Starts a server as a process group of its own and waits until it answers.
 *
 * @throws Error with the end of what it printed when it does not
 */
export const startProcess = async ({ command, args, env, health, patienceMs }: ServerOptions) => {
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const killWithUs = () => killGroup(child);
  process.once('exit', killWithUs);
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => {
      printed = `${printed}${piece}`.slice(-8_000);
    });
  const failed = once(child, 'error').then(([error]) => {
    printed += String(error);
  });
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  const deadline = Date.now() + patienceMs;
  while (!(await isUp(health))) {
    await Promise.race([setTimeout(100), failed]);
    if (ended() || Date.now() > deadline || child.pid === undefined) {
      await stop(child);
      throw new Error(`${command} ${args.join(' ')} does not answer at ${health}:\n${printed}`);
    }
  }
  return {
    stop: async (): Promise<void> => {
      process.off('exit', killWithUs);
      await stop(child);
    },
  };
};
