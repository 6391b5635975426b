import * as z from 'zod';

/** The file beside an uploaded model's own files, in its folder or archive. */
export const manifestFile = 'inlet.json';

/** The tasks that an uploaded model may serve. */
export const uploadedTaskTypes = ['text_embedding', 'sparse_embedding', 'rerank'] as const;

/** How token vectors become one: the words of Text Embeddings Inference for its option `POOLING`. */
export const poolings = ['mean', 'cls', 'last-token'] as const;
export type Pooling = (typeof poolings)[number];

/** What an uploaded model's own files do not say of it, and Eland's options do. */
export const modelManifest = z
  .strictObject({
    task_type: z.enum(uploadedTaskTypes),
    /** Put before each text, by what it is for; they count towards the tokens. Without: none. */
    prefixes: z.strictObject({ search: z.string().default(''), ingest: z.string().default('') }).exactOptional(),
    /**
     * Tokens that it reads, special ones included; longer texts are cut. Without: what its tokenizer and its positions allow, which
     * it cannot exceed. Text Embeddings Inference has no such option: there `sentence_bert_config.json` in the archive says the same.
     */
    max_input_tokens: z.int().min(8).exactOptional(),
    /** For text embeddings. Without: what `1_Pooling/config.json` says, or else the mean. */
    pooling: z.enum(poolings).exactOptional(),
    /** For text embeddings: whether to scale vectors to length 1, as the last of the uploaded modules does or does not. */
    normalize: z.boolean().exactOptional(),
  })
  .refine(
    ({ task_type, pooling, normalize }) =>
      task_type === 'text_embedding' || (pooling === undefined && normalize === undefined),
    'pooling and normalize are for text_embedding',
  );

export type ModelManifest = z.output<typeof modelManifest>;

/**
 * The id of an uploaded model, as service settings name it: its path in lower case, with `__` for each `/`.
 *
 * @param path - `sentence-transformers/all-MiniLM-L6-v2`
 */
export const uploadedModelId = (path: string): string => path.toLowerCase().replaceAll('/', '__');

/**
 * Reads a manifest.
 *
 * @throws Error with a sentence that says what does not fit; it may be shown to the caller
 */
export const readManifest = (text: string): ModelManifest => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`Its ${manifestFile} is no JSON`);
  }
  const manifest = modelManifest.safeParse(json);
  if (manifest.success) return manifest.data;
  const issue = manifest.error.issues[0];
  const at = issue?.path.length ? `[${issue.path.join('.')}]: ` : '';
  throw new Error(`Its ${manifestFile} does not fit: ${at}${issue?.message}`);
};
