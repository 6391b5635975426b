import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DataType } from '@huggingface/transformers';
import * as z from 'zod';
import { type ModelManifest, manifestFile, type Pooling } from '../../lib/ml-node/manifest.ts';
import type { ModelKind } from './models.ts';

const isFile = async (path: string): Promise<boolean> => {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ?? false;
};

const onnxFiles = async (folder: string): Promise<string[]> => {
  const names = await readdir(join(folder, 'onnx')).catch(() => []);
  return names.filter((name) => name.endsWith('.onnx'));
};

/**
 * Looks a model up in the layout of transformers.js: `config.json`, `tokenizer.json` and `onnx/….onnx` below `org/name`.
 *
 * @param parents - folders to look in, in this order
 * @returns the absolute path of its folder
 */
export const findModelFolder = async (parents: readonly string[], name: string): Promise<string | undefined> => {
  for (const parent of parents) {
    const folder = resolve(parent, name);
    const described = (await isFile(join(folder, 'config.json'))) && (await isFile(join(folder, 'tokenizer.json')));
    if (described && (await onnxFiles(folder)).length > 0) return folder;
  }
  return undefined;
};

const modelConfig = z.object({
  model_type: z.string().optional(),
  architectures: z.array(z.string()).optional(),
  id2label: z.record(z.string(), z.string()).optional(),
  label2id: z.record(z.string(), z.number()).optional(),
  max_position_embeddings: z.number().optional(),
  pad_token_id: z.number().nullish(),
  'transformers.js_config': z.object({ dtype: z.unknown().optional() }).optional(),
});

/** The dtypes of transformers.js with the ends of their file names, as `model_q4.onnx`; the most exact first. */
const fileSuffixes: readonly (readonly [DataType, string])[] = [
  ['fp32', ''],
  ['fp16', '_fp16'],
  ['q8', '_quantized'],
  ['int8', '_int8'],
  ['uint8', '_uint8'],
  ['q4', '_q4'],
  ['q4f16', '_q4f16'],
  ['bnb4', '_bnb4'],
];

/** Position embeddings of these begin after the padding token's, so they take fewer tokens than they have positions. */
const offsetPositions: readonly (string | undefined)[] = ['roberta', 'xlm-roberta', 'camembert'];

/** What the makers of sentence-transformers models say of their token vectors; what is read of it. */
const poolingConfig = z.object({
  pooling_mode_cls_token: z.boolean().default(false),
  pooling_mode_lasttoken: z.boolean().default(false),
});

/** And of how much text they read. */
const sentenceConfig = z.object({ max_seq_length: z.int().min(1).nullish() });

const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));

const readIfThere = async <Schema extends z.ZodType>(path: string, schema: Schema) =>
  (await isFile(path)) ? schema.parse(await readJson(path)) : undefined;

const statedPooling = async (folder: string): Promise<Pooling> => {
  const config = await readIfThere(join(folder, '1_Pooling', 'config.json'), poolingConfig);
  if (config?.pooling_mode_cls_token) return 'cls';
  return config?.pooling_mode_lasttoken ? 'last-token' : 'mean';
};

/** What a model's folder says about it. */
export type ModelDescription = {
  readonly kind: ModelKind;
  /** Counts for the kind `embed`. */
  readonly pooling: Pooling;
  /** Undefined where `config.json` names it, which transformers.js reads itself. */
  readonly dtype: DataType | undefined;
  /** Tokens that it takes, special ones included, as far as its folder says; its tokenizer may say less. */
  readonly maxTokens: number;
  readonly labels: { readonly id2label: Record<string, string>; readonly label2id: Record<string, number> };
};

const kinds: Readonly<Record<ModelManifest['task_type'], ModelKind>> = {
  text_embedding: 'embed',
  sparse_embedding: 'embed_sparse',
  rerank: 'rerank',
};

/** A model may give vectors of its tokens whatever it was trained for, unless it gives none. */
const isFit = (kind: ModelKind, architecture: string): boolean =>
  kind === 'embed' ? kindOf(architecture) !== 'rerank' : kindOf(architecture) === kind;

/** @throws Error when its architecture is not for what the manifest says */
const kindFrom = ({ task_type }: ModelManifest, architecture: string): ModelKind => {
  const kind = kinds[task_type];
  if (isFit(kind, architecture)) return kind;
  throw new Error(`Its ${manifestFile} says ${task_type}, for which its architecture ${architecture} is not`);
};

/**
 * @param manifest - of an uploaded model; it has the last word
 * @throws Error when `config.json` cannot be read or is not a model's, or the manifest does not fit it
 */
export const describeModel = async (folder: string, manifest: ModelManifest | undefined): Promise<ModelDescription> => {
  const config = modelConfig.parse(await readJson(join(folder, 'config.json')));
  const architecture = config.architectures?.[0] ?? '';
  const sentence = await readIfThere(join(folder, 'sentence_bert_config.json'), sentenceConfig);
  const files = await onnxFiles(folder);
  const present = fileSuffixes.find(([, suffix]) => files.includes(`model${suffix}.onnx`));
  const padding = offsetPositions.includes(config.model_type) ? (config.pad_token_id ?? 0) + 1 : 0;
  return {
    kind: manifest ? kindFrom(manifest, architecture) : kindOf(architecture),
    pooling: manifest?.pooling ?? (await statedPooling(folder)),
    dtype: config['transformers.js_config']?.dtype === undefined ? present?.[0] : undefined,
    maxTokens: Math.min(
      (config.max_position_embeddings ?? Number.POSITIVE_INFINITY) - padding,
      sentence?.max_seq_length ?? Number.POSITIVE_INFINITY,
      manifest?.max_input_tokens ?? Number.POSITIVE_INFINITY,
    ),
    labels: { id2label: config.id2label ?? {}, label2id: config.label2id ?? {} },
  };
};

const kindOf = (architecture: string): ModelKind => {
  if (architecture.endsWith('ForMaskedLM')) return 'embed_sparse';
  return architecture.endsWith('ForSequenceClassification') ? 'rerank' : 'embed';
};
