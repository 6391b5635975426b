import type { JsonObject } from '../api/read-settings.ts';
import type { TaskType } from '../api/task-type.ts';

// Models on the ML node, as descriptors see them.

/** A model that a user has uploaded, as its manifest says. */
export type UploadedModel = {
  readonly taskType: TaskType;
  /** Put before texts. */
  readonly prefixes: { readonly search?: string | undefined; readonly ingest?: string | undefined };
  /** Tokens that it reads, special ones included. */
  readonly limit?: number | undefined;
  /** In the words of Text Embeddings Inference. */
  readonly pooling?: string | undefined;
  /** Whether its vectors are scaled to length 1. */
  readonly normalize?: boolean | undefined;
};

/** What a PUT refers to, looked up. */
export type Found = {
  readonly model?: UploadedModel;
  /** Of another endpoint, with the settings of that. */
  readonly deployment?: { readonly id: string; readonly taskType: TaskType; readonly settings: JsonObject };
};

/** How many copies of a model run: a number, or a range that follows the load. */
export type Allocations =
  | { readonly kind: 'fixed'; readonly copies: number }
  | { readonly kind: 'adaptive'; readonly least: number; readonly most: number };

/** How stored settings are deployed on the ML node. */
export type NodeDeployment = {
  /** As settings name it, without the platform suffix. */
  readonly model: string;
  /** The endpoint whose deployment serves this one; absent where it has its own. */
  readonly of?: string | undefined;
  /** How an uploaded model makes one vector of many, where its own files do not say it. */
  readonly pooling?: string | undefined;
  readonly allocations: Allocations;
  /** Whether only a call teaches what is stored: the length of vectors. */
  readonly probed: boolean;
};
