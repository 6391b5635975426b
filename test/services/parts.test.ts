import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Script } from '../helpers/scripted-http.ts';
import { statusError, testedEndpoint } from './endpoints.ts';

const put = async (service: string, task: string, serviceSettings: object, script: Script) => {
  const endpoint = testedEndpoint(task, script);
  const { status } = await endpoint.put({ service, service_settings: serviceSettings });
  expect(status).toBe(200);
  const before = endpoint.sent.length;
  return { ...endpoint, calls: () => endpoint.sent.slice(before).map(({ body }) => JSON.parse(body)) };
};

const onNode = { num_threads: 1, num_allocations: 1 };

/** Numbered texts; a model that answers each with its number shows their order. */
const texts = (count: number) => Array.from({ length: count }, (_, index) => String(index));
const sizes = (calls: readonly { readonly inputs: readonly string[] }[]) =>
  calls.map(({ inputs }) => inputs.length).sort((a, b) => b - a);

/** Lets every other task run first. */
const later = () => new Promise((resolve) => setImmediate(resolve));

describe('many inputs', () => {
  it('go to the ML node 32 at a time, at most four calls at once, and come back in their order', async () => {
    let open = 0;
    let most = 0;
    const endpoint = await put(
      'elasticsearch',
      'text_embedding',
      { ...onNode, model_id: '.multilingual-e5-small' },
      async ({ body }) => {
        open += 1;
        most = Math.max(most, open);
        await later();
        open -= 1;
        return { body: JSON.parse(body).inputs.map((text: string) => [Number(text)]) };
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), async (count) => {
        const before = endpoint.calls().length;
        const { json } = await endpoint.post({ input: texts(count) });
        expect(json).toEqual({ text_embedding: texts(count).map((text) => ({ embedding: [Number(text)] })) });
        const full = Array.from({ length: Math.floor(count / 32) }, () => 32);
        expect(sizes(endpoint.calls().slice(before))).toEqual(count % 32 === 0 ? full : [...full, count % 32]);
      }),
      { numRuns: 30 },
    );
    expect(most).toBe(4);
  });

  it('go to openai 2048 at a time', async () => {
    const endpoint = await put('openai', 'text_embedding', { api_key: 'k', model_id: 'm' }, ({ body }) => ({
      body: { data: JSON.parse(body).input.map((text: string) => ({ embedding: [Number(text) || 0] })) },
    }));
    const { json } = await endpoint.post({ input: texts(4097) });
    expect(json).toEqual({ text_embedding: texts(4097).map((text) => ({ embedding: [Number(text)] })) });
    expect(endpoint.calls().map(({ input }) => [input.length, input[0]])).toEqual([
      [2048, '0'],
      [2048, '2048'],
      [1, '4096'],
    ]);
  });

  it('are given up at the first failure, which is the answer', async () => {
    const endpoint = await put(
      'elasticsearch',
      'text_embedding',
      { ...onNode, model_id: '.multilingual-e5-small' },
      ({ body }) =>
        JSON.parse(body).inputs[0] === '32' ? { status: 424, body: { error: 'broken' } } : new Promise(() => {}),
    );
    const { status, json } = await endpoint.post({ input: texts(320) });
    expect({ status, json }).toEqual({ status: 500, json: statusError('Error in inference process: [broken]', 500) });
    expect(sizes(endpoint.calls())).toEqual([32, 32, 32, 32]);
  });

  it('are all shown in the order of their scores', async () => {
    const score = (text: string) => (Number(text) * 37) % 70;
    const endpoint = await put('elasticsearch', 'rerank', { ...onNode, model_id: '.rerank-v1' }, ({ body }) => ({
      body: JSON.parse(body)
        .texts.map((text: string, index: number) => ({ index, score: score(text) }))
        .reverse(),
    }));
    const { json } = await endpoint.post({ input: texts(70), query: 'q', top_n: 3 });
    const best = texts(70)
      .sort((a, b) => score(b) - score(a))
      .slice(0, 3);
    expect(json).toEqual({
      rerank: best.map((text) => ({ index: Number(text), relevance_score: score(text), text })),
    });
    expect(endpoint.calls().map((call) => call.texts.length)).toEqual([32, 32, 6]);
  });
});

const sentence = (word: string, words: number) => `${Array.from({ length: words }, () => word).join(' ')}. `;

describe('long documents of a reranker that chunks', () => {
  /** The number of harbours in a text is its score. */
  const harbours = (text: string) => text.split('Harbour').length - 1;
  const chunking = async (settings: object) =>
    put('elasticsearch', 'rerank', { ...onNode, model_id: '.rerank-v1', ...settings }, ({ body }) => ({
      body: JSON.parse(body).texts.map((text: string, index: number) => ({ index, score: harbours(text) })),
    }));
  // A query of one word leaves room for 380 words: the third sentence is in the second chunk, after the end of the second one.
  const long = sentence('Tide', 200) + sentence('Buoy', 100) + sentence('Harbour', 150);
  const short = sentence('Harbour', 3);

  it('count by their best chunk, and are returned whole', async () => {
    const endpoint = await chunking({ long_document_strategy: 'chunk' });
    const { json } = await endpoint.post({ query: 'port', input: [short, long, ''] });
    expect(json).toEqual({
      rerank: [
        { index: 1, relevance_score: 150, text: long },
        { index: 0, relevance_score: 3, text: short },
        { index: 2, relevance_score: 0, text: '' },
      ],
    });
    expect(endpoint.calls()).toEqual([
      {
        query: 'port',
        texts: [
          short,
          sentence('Tide', 200) + sentence('Buoy', 100),
          sentence('Buoy', 100) + sentence('Harbour', 150),
          ' ',
        ],
        raw_scores: true,
        return_text: false,
        truncate: true,
      },
    ]);
  });

  it.each([
    [
      'only so many chunks as may be',
      'port',
      { long_document_strategy: 'chunk', max_chunks_per_doc: 1 },
      [sentence('Tide', 200) + sentence('Buoy', 100)],
    ],
    ['whole documents, which the model cuts', 'port', { long_document_strategy: 'truncate' }, [long]],
    ['whole documents unless told otherwise', 'port', {}, [long]],
    [
      'smaller chunks beside a longer query, of 192 words at least',
      sentence('port', 300),
      { long_document_strategy: 'chunk' },
      [
        // The first sentence is longer than a chunk: its cut pieces share 20 words, and the last of them stays open.
        Array.from({ length: 192 }, () => 'Tide').join(' '),
        ` ${sentence('Tide', 28)}${sentence('Buoy', 100)}`,
        ` ${sentence('Buoy', 20)}${sentence('Harbour', 150)}`,
      ],
    ],
  ])('send %s', async (_, query, settings, expected) => {
    const endpoint = await chunking(settings);
    await endpoint.post({ query, input: [long] });
    expect(endpoint.calls().map((call) => call.texts)).toEqual([expected]);
  });
});

describe('weights of a sparse embedding', () => {
  it('stand heaviest first, tokens that are numbers too', async () => {
    const endpoint = await put('elasticsearch', 'sparse_embedding', { ...onNode, model_id: '.elser_model_2' }, () => ({
      body: [
        [
          { index: 25682, value: 0.5 },
          { index: 10401, value: 2 },
          { index: 6496, value: 0.1 },
        ],
      ],
    }));
    const { text } = await endpoint.post({ input: 'tide' });
    expect(text).toBe('{"sparse_embedding":[{"is_truncated":false,"embedding":{"tide":2.0,"2021":0.5,"harbor":0.1}}]}');
  });
});
