import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { told } from '../helpers/envelopes.ts';
import { statusError, storedEndpoint } from './endpoints.ts';

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
    const endpoint = await storedEndpoint(
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
    const endpoint = await storedEndpoint('openai', 'text_embedding', { api_key: 'k', model_id: 'm' }, ({ body }) => ({
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
    const endpoint = await storedEndpoint(
      'elasticsearch',
      'text_embedding',
      { ...onNode, model_id: '.multilingual-e5-small' },
      ({ body }) =>
        JSON.parse(body).inputs[0] === '32' ? { status: 424, body: { error: 'broken' } } : new Promise(() => {}),
    );
    const answer = await endpoint.post({ input: texts(320) });
    expect(told(answer)).toEqual(statusError('Error in inference process: [broken]', 500));
    expect(sizes(endpoint.calls())).toEqual([32, 32, 32, 32]);
  });

  it.each([
    [-1, 2047],
    [1, 2049],
  ])('are refused where a part of them has %i row more than texts', async (more, rows) => {
    const endpoint = await storedEndpoint('openai', 'text_embedding', { api_key: 'k', model_id: 'm' }, ({ body }) => {
      const count = JSON.parse(body).input.length;
      return { body: { data: Array.from({ length: count === 1 ? 1 : count + more }, () => ({ embedding: [1] })) } };
    });
    expect(told(await endpoint.post({ input: texts(4000) }))).toEqual(
      statusError(
        `Failed to send OpenAI embeddings request. Cause: the answer has ${rows} results for 2048 inputs`,
        500,
      ),
    );
  });

  it('are all shown in the order of their scores', async () => {
    const score = (text: string) => (Number(text) * 37) % 70;
    const endpoint = await storedEndpoint(
      'elasticsearch',
      'rerank',
      { ...onNode, model_id: '.rerank-v1' },
      ({ body }) => ({
        body: JSON.parse(body)
          .texts.map((text: string, index: number) => ({ index, score: score(text) }))
          .reverse(),
      }),
    );
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
