import type { PreTrainedModel } from '@huggingface/transformers';
import type { ModelManifest } from '../../lib/ml-node/manifest.ts';
import { createEncoder, type Encoder, type Row } from './encoder.ts';
import { describeModel, type ModelDescription } from './model-files.ts';
import { pools, type SparseValue, sparsePool, type TokenOutput } from './pooling.ts';

/** What is known of a model once it is loaded. */
export type ModelDetails = Pick<ModelDescription, 'kind' | 'pooling' | 'labels'> & {
  /** Tokens of an input, special tokens included. */
  readonly maxTokens: number;
};

/** A loaded model. Each call is one forward pass over all its rows and blocks the thread for as long as that takes. */
export type Model = {
  readonly details: ModelDetails;
  readonly encode: Encoder['encode'];
  readonly embed: (rows: readonly Row[], normalize: boolean) => Promise<Float32Array[]>;
  readonly embedSparse: (rows: readonly Row[]) => Promise<SparseValue[][]>;
  /** One logit for each row. */
  readonly score: (rows: readonly Row[]) => Promise<number[]>;
};

/**
 * Loads a model from its folder, offline.
 *
 * @param manifest - of an uploaded model
 * @param threads - of ONNX Runtime for one forward pass
 */
export const loadModel = async (
  folder: string,
  manifest: ModelManifest | undefined,
  threads: number,
): Promise<Model> => {
  // Loaded here and not above, so that a platform without ONNX Runtime gets an answer that says so.
  const { AutoModel, AutoTokenizer, env, LogLevel, Tensor } = await import('@huggingface/transformers');
  env.allowRemoteModels = false;
  // Its error lines hold the tokens of what callers sent; the errors themselves come to us anyway.
  env.logLevel = LogLevel.NONE;

  const { kind, pooling, dtype, labels, ...stated } = await describeModel(folder, manifest);
  const tokenizer = await AutoTokenizer.from_pretrained(folder);
  const model = await AutoModel.from_pretrained(folder, {
    ...(dtype && { dtype }),
    session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
  });
  const maxTokens = Math.min(tokenizer.model_max_length, stated.maxTokens);
  const padding = tokenizer.pad_token_id ?? 0;

  const forward = async (rows: readonly Row[]) => {
    const width = Math.max(...rows.map((row) => row.ids.length));
    const input = (padded: number, value: (row: Row, token: number) => number) => {
      const values = new BigInt64Array(rows.length * width).fill(BigInt(padded));
      for (const [number, row] of rows.entries()) {
        for (let token = 0; token < row.ids.length; token += 1)
          values[number * width + token] = BigInt(value(row, token));
      }
      return new Tensor('int64', values, [rows.length, width]);
    };
    return firstOutput(model, {
      input_ids: input(padding, (row, token) => row.ids[token] ?? padding),
      attention_mask: input(0, () => 1),
      token_type_ids: input(0, (row, token) => (token < row.secondAt ? 0 : 1)),
    });
  };

  const forwardTokens = async (rows: readonly Row[]): Promise<TokenOutput> => {
    const { data, dims } = await forward(rows);
    const [count, width, size] = dims;
    if (count !== rows.length || width === undefined || size === undefined) throw unexpectedShape(dims);
    return { data, width, size };
  };

  return {
    details: { kind, pooling, labels, maxTokens },
    encode: createEncoder(tokenizer, maxTokens).encode,
    embed: async (rows, normalize) => pools[pooling](await forwardTokens(rows), lengthsOf(rows), normalize),
    embedSparse: async (rows) => sparsePool(await forwardTokens(rows), lengthsOf(rows)),
    score: async (rows) => {
      const { data, dims } = await forward(rows);
      if (data.length !== rows.length) throw unexpectedShape(dims);
      return [...data];
    },
  };
};

const lengthsOf = (rows: readonly Row[]): number[] => rows.map((row) => row.ids.length);

const unexpectedShape = (dims: readonly number[]): Error =>
  new Error(`The model answers in the shape [${dims.join(', ')}], which is not that of its kind`);

/** Runs a model. Its first output is the one that counts, by whatever name: `last_hidden_state`, `logits`, `output`. */
const firstOutput = async (model: PreTrainedModel, inputs: Record<string, unknown>) => {
  const outputs: Record<string, { readonly data: unknown; readonly dims: readonly number[] }> = await model(inputs);
  const output = Object.values(outputs)[0];
  if (!(output?.data instanceof Float32Array)) throw new Error('The model answers no 32-bit floats');
  return { data: output.data, dims: output.dims };
};
