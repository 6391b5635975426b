import { statusException } from '../api/errors.ts';
import type { ModelStore, UploadedModel } from '../inference/ports.ts';
import type { Send } from '../transport/types.ts';
import { manifestFile, readManifest } from './manifest.ts';

/** Ids of uploaded models: a folder's name in lower case, with `__` for `/`. They are keys of the bucket as they are. */
const modelId = /^[a-z0-9][a-z0-9_.-]*$/;

/** Where the archive of an uploaded model lies, which SageMaker unpacks for its container. */
export const archiveUrl = (bucket: string, model: string): string => `s3://${bucket}/${model}/model.tar.gz`;

const describe = (model: string, text: string): UploadedModel => {
  try {
    const { task_type, prefixes = {}, max_input_tokens, pooling, normalize } = readManifest(text);
    return { taskType: task_type, prefixes, limit: max_input_tokens, pooling, normalize };
  } catch (error) {
    // Whoever has uploaded it can mend it.
    throw statusException(
      400,
      `The model [${model}] cannot be used. ${error instanceof Error ? error.message : error}`,
    );
  }
};

type BucketOptions = {
  readonly send: Send;
  readonly region: string;
  /** Undefined where there are no uploaded models. */
  readonly bucket: string | undefined;
};

/** Milliseconds that a look into the bucket may take. */
const patience = 10_000;

/** Uploaded models in an S3 bucket: `<model id>/inlet.json` and `<model id>/model.tar.gz`. */
export const modelBucket = ({ send, region, bucket }: BucketOptions): ModelStore => ({
  find: async (model) => {
    if (bucket === undefined || !modelId.test(model)) return undefined;
    const { status, text } = await send.whole(
      {
        method: 'GET',
        url: `https://s3.${region}.amazonaws.com/${bucket}/${model}/${manifestFile}`,
        headers: {},
        body: '',
      },
      { type: 'sigv4', service: 's3', region, credentials: 'role' },
      { signal: AbortSignal.timeout(patience) },
    );
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`The model bucket answered ${status} to a look for [${model}]`);
    return describe(model, text);
  },
});

/** Where there are none. */
export const noUploadedModels: ModelStore = { find: async () => undefined };
