/** The thread in which dynalite runs; `dynamodb.ts` starts it, and says why it is one. */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import dynalite from 'dynalite';

/** `path`: the database's folder, absent for memory; `port`: 0 takes a free one. */
export type WorkerOptions = { readonly path: string | undefined; readonly port: number };

export type WorkerReport =
  | { readonly port: number }
  | { readonly failure: { readonly code: string | undefined; readonly message: string } };

/** The little of `level`, dynalite's dependency, that `prepare` needs. */
type Database = {
  readonly open: () => Promise<void>;
  readonly close: () => Promise<void>;
  readonly del: (key: string) => Promise<void>;
  readonly iterator: (range: { gt: string; lt: string }) => AsyncIterable<[string, { TableStatus?: string }]>;
};

/**
 * Opens the database once before dynalite does, which keeps to itself why it cannot. A table that a killed server left in the
 * state `CREATING`, where dynalite would leave it for ever, holds no item yet and is removed.
 */
const prepare = async (path: string): Promise<void> => {
  const { Level }: { Level: new (path: string, options: { valueEncoding: 'json' }) => Database } = createRequire(
    import.meta.resolve('dynalite'),
  )('level');
  const database = new Level(path, { valueEncoding: 'json' });
  await database.open();
  for await (const [key, table] of database.iterator({ gt: 'table~', lt: 'table~\xff' })) {
    if (table.TableStatus === 'CREATING') await database.del(key);
  }
  await database.close();
};

/** @returns the port it listens on */
const serve = async ({ path, port }: WorkerOptions): Promise<number> => {
  if (path !== undefined) await prepare(path);
  const server = dynalite({ path, createTableMs: 0 });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  parentPort?.once('message', () => server.close(() => process.exit()));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
};

/** `level` says that a database did not open, and why in the cause. */
const describeFailure = (error: unknown): WorkerReport => {
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = reason instanceof Error && 'code' in reason ? String(reason.code) : undefined;
  return { failure: { code, message: reason instanceof Error ? reason.message : String(reason) } };
};

const report: WorkerReport = await serve(workerData).then((port) => ({ port }), describeFailure);
parentPort?.postMessage(report);
