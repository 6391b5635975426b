import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DataType } from '@huggingface/transformers';
import * as z from 'zod';
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

/** What a model's folder says about it. */
export type ModelDescription = {
  readonly kind: ModelKind;
  /** Undefined where `config.json` names it, which transformers.js reads itself. */
  readonly dtype: DataType | undefined;
  /** Tokens that it has positions for. */
  readonly positions: number;
  readonly labels: { readonly id2label: Record<string, string>; readonly label2id: Record<string, number> };
};

/** @throws Error when `config.json` cannot be read or is not a model's */
export const describeModel = async (folder: string): Promise<ModelDescription> => {
  const config = modelConfig.parse(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')));
  const files = await onnxFiles(folder);
  const present = fileSuffixes.find(([, suffix]) => files.includes(`model${suffix}.onnx`));
  const padding = offsetPositions.includes(config.model_type) ? (config.pad_token_id ?? 0) + 1 : 0;
  return {
    kind: kindOf(config.architectures?.[0] ?? ''),
    dtype: config['transformers.js_config']?.dtype === undefined ? present?.[0] : undefined,
    positions: (config.max_position_embeddings ?? Number.POSITIVE_INFINITY) - padding,
    labels: { id2label: config.id2label ?? {}, label2id: config.label2id ?? {} },
  };
};

const kindOf = (architecture: string): ModelKind => {
  if (architecture.endsWith('ForMaskedLM')) return 'embed_sparse';
  return architecture.endsWith('ForSequenceClassification') ? 'rerank' : 'embed';
};
