import { Worker } from 'node:worker_threads';
import { backendFailed, TeiError } from './tei-error.ts';
import type { JobName, OutcomeMessage, ThreadJobs } from './thread-jobs.ts';

/** The inference thread, seen from outside. */
export type InferenceThread = {
  /** @throws TeiError what the thread refused; 424 when it failed */
  readonly run: <Name extends JobName>(
    name: Name,
    takes: ThreadJobs[Name]['takes'],
  ) => Promise<ThreadJobs[Name]['gives']>;
};

/**
 * Starts the inference thread.
 *
 * @param onDeath - called when the thread has ended, which it never does by itself
 */
export const startThread = (onDeath: (cause: Error) => void): InferenceThread => {
  const worker = new Worker(new URL('./thread-main.ts', import.meta.url));
  const pending = new Map<number, { resolve: (gives: unknown) => void; reject: (error: Error) => void }>();
  let jobs = 0;

  worker.on('message', (outcome: OutcomeMessage) => {
    const job = pending.get(outcome.number);
    pending.delete(outcome.number);
    if ('gives' in outcome) job?.resolve(outcome.gives);
    else {
      const { message, status, type } = outcome.error;
      job?.reject(status === undefined ? backendFailed(message) : new TeiError(status, type, message));
    }
  });
  worker.on('error', onDeath);
  worker.on('exit', (code) => onDeath(new Error(`The inference thread ended with code ${code}`)));

  return {
    run: <Name extends JobName>(name: Name, takes: ThreadJobs[Name]['takes']) =>
      new Promise<ThreadJobs[Name]['gives']>((resolve, reject) => {
        jobs += 1;
        // The thread answers each job by the table that `ThreadJobs` describes, which a message cannot carry.
        pending.set(jobs, { resolve: resolve as (gives: unknown) => void, reject });
        worker.postMessage({ number: jobs, name, takes });
      }),
  };
};
