import { parentPort } from 'node:worker_threads';
import { loadModel, type Model } from './model.ts';
import { TeiError } from './tei-error.ts';
import type { JobMessage, OutcomeMessage } from './thread-jobs.ts';

/*
 * The inference thread: tokenizers and ONNX Runtime both block the thread they run in, so they run here, away from the
 * thread that serves HTTP. Jobs come one at a time.
 */

const models = new Map<string, Model>();

const loaded = (name: string): Model => {
  const model = models.get(name);
  if (model === undefined) throw new Error(`Model ${name} is not loaded`);
  return model;
};

const work = async (job: JobMessage): Promise<unknown> => {
  switch (job.name) {
    case 'load': {
      const model = await loadModel(job.takes.folder, job.takes.manifest, job.takes.threads);
      models.set(job.takes.model, model);
      return model.details;
    }
    case 'encode':
      return loaded(job.takes.model).encode(job.takes.inputs, job.takes.query, job.takes.cut);
    case 'embed':
      return loaded(job.takes.model).embed(job.takes.rows, job.takes.normalize);
    case 'embed_sparse':
      return loaded(job.takes.model).embedSparse(job.takes.rows);
    case 'rerank':
      return loaded(job.takes.model).score(job.takes.rows);
  }
};

const failure = (error: unknown) => {
  if (error instanceof TeiError) return { message: error.message, status: error.status, type: error.type };
  return { message: error instanceof Error ? error.message : String(error) };
};

parentPort?.on('message', (job: JobMessage) => {
  const answer = (outcome: OutcomeMessage) => parentPort?.postMessage(outcome);
  work(job).then(
    (gives) => answer({ number: job.number, gives }),
    (error: unknown) => answer({ number: job.number, error: failure(error) }),
  );
});
