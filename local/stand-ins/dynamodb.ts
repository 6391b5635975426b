import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { dataFolderError, inMemory } from './data-folder.ts';
import type { WorkerOptions, WorkerReport } from './dynamodb-worker.ts';
import type { StandIn } from './stand-in.ts';
import { createTables, type TableNames } from './tables.ts';

type DynamoDbOptions = {
  /** The server's data folder, or `:memory:`. */
  readonly dataDir: string;
  readonly tables: TableNames;
  readonly log: { readonly error: (message: string, fields: { readonly error: unknown }) => void };
};

/** A thread with dynalite in it; `ended` resolves to what ended it, once its database is closed. */
type Thread = { readonly port: number; readonly ended: Promise<unknown>; readonly close: () => Promise<void> };

const restartPauseMs = 1000;

const endpointOf = (port: number): string => `http://127.0.0.1:${port}`;

const startThread = async (dataDir: string, port: number): Promise<Thread> => {
  const options: WorkerOptions = { path: dataDir === inMemory ? undefined : join(dataDir, 'dynamodb'), port };
  const worker = new Worker(new URL('./dynamodb-worker.ts', import.meta.url), { workerData: options });
  const ended = new Promise<unknown>((resolve) => {
    let failure: unknown;
    worker.once('error', (error) => {
      failure = error;
    });
    worker.once('exit', () => resolve(failure));
  });
  const [report]: WorkerReport[] = await once(worker, 'message');
  if (!report || 'failure' in report) {
    await ended;
    throw dataFolderError(dataDir, report?.failure ?? { message: 'its database gave no answer' });
  }
  return {
    port: report.port,
    ended,
    close: async () => {
      worker.postMessage('close');
      await ended;
    },
  };
};

const startDatabase = async ({ dataDir, tables }: DynamoDbOptions, port: number): Promise<Thread> => {
  const thread = await startThread(dataDir, port);
  const crashed = thread.ended.then((error) => {
    throw dataFolderError(dataDir, error instanceof Error ? error : { message: 'its database ended' });
  });
  try {
    await Promise.race([createTables(endpointOf(thread.port), tables), crashed]);
    return thread;
  } catch (error) {
    await thread.close();
    throw error;
  }
};

/**
 * Starts dynalite as the DynamoDB of the local server, with the three tables.
 *
 * What it answered is on disk when the process is killed. It runs in a thread of its own because it throws where nobody can catch
 * (a full disk, a caller that leaves in the middle of a request) and then holds locks for ever: the thread ends, and another one
 * takes its port; the SDK repeats what was under way.
 *
 * @throws StartError when the data folder is in use by another server or cannot be written
 */
export const startDynamoDb = async (options: DynamoDbOptions): Promise<StandIn> => {
  let thread = await startDatabase(options, 0);
  let closing = false;
  const { port } = thread;

  const restart = async (): Promise<Thread> => {
    try {
      return await startDatabase(options, port);
    } catch (error) {
      options.log.error('The DynamoDB stand-in does not start again; the next try follows', { error });
      await sleep(restartPauseMs, undefined, { ref: false });
      return closing ? thread : restart();
    }
  };

  const supervise = async (): Promise<void> => {
    const error = await thread.ended;
    if (closing) return;
    options.log.error('The DynamoDB stand-in broke off and is started again', { error });
    thread = await restart();
    if (closing) return thread.close();
    return supervise();
  };
  void supervise();

  return {
    endpoint: endpointOf(port),
    close: async () => {
      closing = true;
      await thread.close();
    },
  };
};
