import type { ModelManifest } from '../../lib/ml-node/manifest.ts';
import type { Input, Row } from './encoder.ts';
import type { ModelDetails } from './model.ts';
import type { SparseValue } from './pooling.ts';
import type { Cut } from './truncate.ts';

/** What the inference thread does: from a job's name to what it takes and gives. */
export type ThreadJobs = {
  readonly load: {
    readonly takes: {
      readonly model: string;
      readonly folder: string;
      readonly manifest: ModelManifest | undefined;
      readonly threads: number;
    };
    readonly gives: ModelDetails;
  };
  readonly encode: {
    readonly takes: {
      readonly model: string;
      readonly inputs: readonly Input[];
      readonly query: string | undefined;
      readonly cut: Cut;
    };
    readonly gives: Row[];
  };
  readonly embed: {
    readonly takes: { readonly model: string; readonly rows: readonly Row[]; readonly normalize: boolean };
    readonly gives: Float32Array[];
  };
  readonly embed_sparse: {
    readonly takes: { readonly model: string; readonly rows: readonly Row[] };
    readonly gives: SparseValue[][];
  };
  readonly rerank: {
    readonly takes: { readonly model: string; readonly rows: readonly Row[] };
    readonly gives: number[];
  };
};

export type JobName = keyof ThreadJobs;

/** A job on its way to the thread. */
export type JobMessage = {
  [Name in JobName]: { readonly number: number; readonly name: Name; readonly takes: ThreadJobs[Name]['takes'] };
}[JobName];

/** Its outcome on the way back. An error that the caller may see keeps its status and type. */
export type OutcomeMessage =
  | { readonly number: number; readonly gives: unknown }
  | {
      readonly number: number;
      readonly error: { readonly message: string; readonly status?: number; readonly type?: string | undefined };
    };
