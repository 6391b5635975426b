import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answers, Engine, Inputs } from '../../../local/engine/engine.ts';
import type { ModelDetails } from '../../../local/engine/model.ts';
import { createEngineServer } from '../../../local/engine/server.ts';
import { backendFailed, notFound } from '../../../local/engine/tei-error.ts';

/** What the routes asked of the engine, newest last. */
const asked: (Inputs & { readonly normalize?: boolean })[] = [];

const answersTo = <Answer>(inputs: Inputs, answer: (index: number) => Answer): Answers<Answer> => ({
  answers: inputs.inputs.map((_, index) => answer(index)),
  tokens: inputs.inputs.length * 3,
});

const kinds = new Map<string, ModelDetails['kind']>([
  ['dense', 'embed'],
  ['org/dense', 'embed'],
  ['sparse', 'embed_sparse'],
  ['pairs', 'rerank'],
]);

const engine: Engine = {
  embed: async (inputs, normalize) => {
    if (inputs.model !== 'dense' && inputs.model !== 'org/dense')
      throw backendFailed('Model is not an embedding model');
    asked.push({ ...inputs, normalize });
    return answersTo(inputs, (index) => (index === 0 ? Float32Array.of(0.6, 0.8, 0) : Float32Array.of(0, 1, 0)));
  },
  embedSparse: async (inputs) => {
    asked.push(inputs);
    return answersTo(inputs, () => [{ index: 7, value: 0.5 }]);
  },
  score: async (inputs) => {
    asked.push(inputs);
    return answersTo(inputs, (index) => index);
  },
  describe: async (model) => {
    const kind = kinds.get(model);
    if (kind === undefined) throw notFound(`There is no model [${model}]`);
    return { kind, pooling: 'mean', maxTokens: 512, labels: { id2label: {}, label2id: {} } };
  },
  loadPresent: async () => {},
};

const silent = () => {};
const server = createEngineServer(engine, { debug: silent, info: silent, warn: silent, error: silent });
let base = '';
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
afterAll(() => void server.close());
beforeEach(() => {
  asked.length = 0;
});

const call = async (path: string, body?: unknown) => {
  const response = await fetch(`${base}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = text !== '' && response.headers.get('content-type') === 'application/json';
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
};

describe('what is asked of the engine', () => {
  const model = 'dense';
  const cut = 'Right';

  it.each([
    ['one text', { inputs: 'a' }, { inputs: ['a'], cut, normalize: true }],
    ['texts', { inputs: ['a', 'b'] }, { inputs: ['a', 'b'], cut, normalize: true }],
    ['the ids of one text', { inputs: [101, 7, 102] }, { inputs: [[101, 7, 102]], cut, normalize: true }],
    ['the ids of texts', { inputs: [[1, 2], [3]] }, { inputs: [[1, 2], [3]], cut, normalize: true }],
    ['ids among texts', { inputs: ['a', [3]] }, { inputs: ['a', [3]], cut, normalize: true }],
    ['no scaling', { inputs: 'a', normalize: false }, { inputs: ['a'], cut, normalize: false }],
    [
      'a cut of the beginning',
      { inputs: 'a', truncation_direction: 'Left' },
      { inputs: ['a'], cut: 'Left', normalize: true },
    ],
    ['a cut by default', { inputs: 'a', truncate: null }, { inputs: ['a'], cut, normalize: true }],
    ['no cut', { inputs: 'a', truncate: false }, { inputs: ['a'], cut: 'none', normalize: true }],
    [
      'no cut, from neither end',
      { inputs: 'a', truncate: false, truncation_direction: 'Left' },
      { inputs: ['a'], cut: 'none', normalize: true },
    ],
  ])('embeds %s', async (_what, body, expected) => {
    expect((await call('/dense/embed', body)).status).toBe(200);
    expect(asked).toEqual([{ model, ...expected }]);
  });

  it('passes the cut on for sparse models and pairs', async () => {
    await call('/sparse/embed_sparse', { inputs: [[5]], truncation_direction: 'Left' });
    await call('/pairs/rerank', { query: 'q', texts: ['a'], truncation_direction: 'Left' });
    expect(asked).toEqual([
      { model: 'sparse', inputs: [[5]], cut: 'Left' },
      { model: 'pairs', inputs: ['a'], query: 'q', cut: 'Left' },
    ]);
  });

  it.each([
    ['a negative id', [-1]],
    ['an id that is no integer', [1.5]],
    ['an id beyond 32 bits', [2 ** 32]],
    ['something else', [null]],
  ])('refuses %s', async (_what, inputs) => {
    expect(await call('/dense/embed', { inputs })).toEqual({
      status: 422,
      body: 'Failed to deserialize the JSON body into the target type: inputs',
    });
  });
});

describe('dimensions', () => {
  it('keeps the first numbers and scales them anew', async () => {
    expect((await call('/dense/embed', { inputs: 'a', dimensions: 1 })).body).toEqual([[1]]);
    expect(asked[0]?.normalize).toBe(false);
  });

  it('keeps them as they are when nothing is to be scaled', async () => {
    const { body } = await call('/dense/embed', { inputs: 'a', dimensions: 2, normalize: false });
    expect(body).toEqual([[Math.fround(0.6), Math.fround(0.8)]]);
  });

  it('refuses more than there are', async () => {
    expect(await call('/dense/embed', { inputs: 'a', dimensions: 4 })).toEqual({
      status: 422,
      body: { error: "`dimensions` must be at most 3, the size of the model's embeddings", error_type: 'Validation' },
    });
  });
});

describe("OpenAI's embeddings", () => {
  it.each(['/dense/v1/embeddings', '/dense/embeddings', '/org/dense/v1/embeddings'])('answers at %s', async (path) => {
    const { status, body } = await call(path, { input: ['a', 'b'], model: 'mine', user: 'me' });
    expect(status).toBe(200);
    expect(body).toEqual({
      object: 'list',
      data: [
        { object: 'embedding', embedding: [Math.fround(0.6), Math.fround(0.8), 0], index: 0 },
        { object: 'embedding', embedding: [0, 1, 0], index: 1 },
      ],
      model: 'mine',
      usage: { prompt_tokens: 6, total_tokens: 6 },
    });
    expect(asked[0]?.model).toBe(path.startsWith('/org') ? 'org/dense' : 'dense');
  });

  it('gives base64 when asked', async () => {
    const { body } = await call('/dense/v1/embeddings', { input: 'a', encoding_format: 'base64' });
    const bytes = Buffer.from(body.data[0].embedding, 'base64');
    expect([0, 4, 8].map((at) => bytes.readFloatLE(at))).toEqual([Math.fround(0.6), Math.fround(0.8), 0]);
    expect(body.model).toBe('dense');
  });

  it.each([
    [
      '/dense/v1/embeddings',
      { input: [] },
      400,
      { message: 'Input validation error: `inputs` cannot be empty', code: 400, type: 'Empty' },
    ],
    [
      '/pairs/v1/embeddings',
      { input: 'a' },
      424,
      { message: 'Model is not an embedding model', code: 424, type: 'Backend' },
    ],
  ])('refuses in its own shape at %s', async (path, body, status, refusal) => {
    expect(await call(path, body)).toEqual({ status, body: refusal });
  });
});

describe('similarity', () => {
  it('compares each sentence with the source', async () => {
    const inputs = { source_sentence: 'a', sentences: ['b', 'c'] };
    const { body } = await call('/dense/similarity', { inputs, parameters: { truncation_direction: 'Left' } });
    expect(body).toEqual([Math.fround(0.8), Math.fround(0.8)]);
    expect(asked).toEqual([{ model: 'dense', inputs: ['a', 'b', 'c'], cut: 'Left', normalize: true }]);
  });

  it('needs sentences', async () => {
    expect(await call('/dense/similarity', { inputs: { source_sentence: 'a', sentences: [] } })).toEqual({
      status: 400,
      body: { error: 'Input validation error: `inputs.sentences` cannot be empty', error_type: 'Empty' },
    });
  });
});

describe('health', () => {
  it.each(['/health', '/dense/health', '/dense/ping'])('is good at %s', async (path) => {
    expect(await call(path)).toEqual({ status: 200, body: '' });
  });

  it('is that of a model which is there', async () => {
    expect((await call('/nobody/health')).status).toBe(404);
  });
});

it.each(['/embed', '/dense/', '/', '/dense/constructor', '/v1/toString'])('has no route %s', async (path) => {
  expect(await call(path)).toEqual({
    status: 404,
    body: { error: `There is no route ${path}`, error_type: 'NotFound' },
  });
});
