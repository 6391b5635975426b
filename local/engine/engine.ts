import type { Log } from '../../lib/log.ts';
import { groupInputs, planBatches } from './batches.ts';
import { createCatalogue } from './catalogue.ts';
import type { Input, Row } from './encoder.ts';
import { limits } from './limits.ts';
import type { ModelDetails } from './model.ts';
import type { ModelKind } from './models.ts';
import type { SparseValue } from './pooling.ts';
import { createSchedule, type Lane } from './schedule.ts';
import type { EngineSettings } from './settings.ts';
import { backendFailed, empty, overloaded } from './tei-error.ts';
import type { InferenceThread } from './thread.ts';
import type { Cut } from './truncate.ts';

/** Inputs for one model, or pairs of the query and each text. */
export type Inputs = {
  readonly model: string;
  readonly inputs: readonly Input[];
  readonly query?: string;
  /** What happens to those that are too long. */
  readonly cut: Cut;
};

/** What the engine computed, for each input in its order. */
export type Answers<Answer> = {
  readonly answers: readonly Answer[];
  /** Read in all, special ones included, after the cut. */
  readonly tokens: number;
};

/**
 * What the engine computes.
 *
 * All throw TeiError: 404 unknown model, 400 an empty input, 422 one too long, 424 a model of another kind or a failure,
 * 429 too many inputs under way; or the signal's reason when the caller leaves.
 */
export type Engine = {
  readonly embed: (inputs: Inputs, normalize: boolean, signal: AbortSignal) => Promise<Answers<Float32Array>>;
  readonly embedSparse: (inputs: Inputs, signal: AbortSignal) => Promise<Answers<readonly SparseValue[]>>;
  /** Logits, not scores. */
  readonly score: (inputs: Inputs, signal: AbortSignal) => Promise<Answers<number>>;
  readonly describe: (model: string) => Promise<ModelDetails>;
  readonly loadPresent: () => Promise<void>;
};

/** UTF-16 units that are tokenized in one go: a tenth of a second for the slowest tokenizer. */
const charactersPerJob = 20_000;

const refusals: Readonly<Record<ModelKind, string>> = {
  embed: 'Model is not an embedding model',
  embed_sparse: 'Model is not an embedding model with SPLADE pooling',
  rerank: 'Model is not a re-ranker model',
};

/** Puts the parts together: each request is cut into jobs for the inference thread, which the schedule interleaves. */
export const createEngine = (settings: EngineSettings, thread: InferenceThread, log: Log): Engine => {
  const schedule = createSchedule();
  let inputsUnderWay = 0;

  const catalogue = createCatalogue(
    settings,
    (model, { folder, manifest }, how) => {
      // Loading goes on when the caller who asked first has left: others may wait for it, and the next one will need it.
      const lane = schedule.openLane(new AbortController().signal, how);
      return lane.run(() => thread.run('load', { model, folder, manifest, threads: settings.threads }));
    },
    log,
  );

  const encode = async ({ model, inputs, query, cut }: Inputs, lane: Lane): Promise<Row[]> => {
    const rows: Row[] = [];
    for (const group of groupInputs(inputs, charactersPerJob)) {
      rows.push(...(await lane.run(() => thread.run('encode', { model, inputs: group, query, cut }))));
    }
    return rows;
  };

  /** Answers each input's row by `forward`, which gets the rows of one forward pass. */
  const infer = async <Answer>(
    kind: ModelKind,
    inputs: Inputs,
    signal: AbortSignal,
    forward: (rows: readonly Row[]) => Promise<readonly Answer[]>,
  ): Promise<Answers<Answer>> => {
    if (!inputs.query && inputs.inputs.some((input) => input.length === 0)) throw empty('inputs');
    const count = inputs.inputs.length;
    if (inputsUnderWay + count > limits.concurrentInputs) throw overloaded();
    inputsUnderWay += count;
    try {
      const details = await catalogue.get(inputs.model);
      if (details.kind !== kind) throw backendFailed(refusals[kind]);
      const lane = schedule.openLane(signal);
      const rows = await encode(inputs, lane);
      const lengths = rows.map((row) => row.ids.length);
      const answers: { readonly position: number; readonly answer: Answer }[] = [];
      for (const batch of planBatches(lengths, limits.batchTokens)) {
        const given = await lane.run(() => forward(batch.flatMap((position) => rows[position] ?? [])));
        answers.push(...given.map((answer, index) => ({ position: batch[index] ?? index, answer })));
      }
      return {
        answers: answers.toSorted((a, b) => a.position - b.position).map(({ answer }) => answer),
        tokens: lengths.reduce((sum, length) => sum + length, 0),
      };
    } finally {
      inputsUnderWay -= count;
    }
  };

  return {
    embed: (inputs, normalize, signal) =>
      infer('embed', inputs, signal, (rows) => thread.run('embed', { model: inputs.model, rows, normalize })),
    embedSparse: (inputs, signal) =>
      infer('embed_sparse', inputs, signal, (rows) => thread.run('embed_sparse', { model: inputs.model, rows })),
    score: (inputs, signal) =>
      infer('rerank', inputs, signal, (rows) => thread.run('rerank', { model: inputs.model, rows })),
    describe: catalogue.get,
    loadPresent: catalogue.loadPresent,
  };
};
