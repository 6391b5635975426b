import { describe, expect, it } from 'vitest';
import { storedEndpoint } from './endpoints.ts';

const texts = (count: number) => Array.from({ length: count }, (_, index) => String(index));
const place = { resource_name: 'r', deployment_id: 'd', api_version: 'v' };
const url = 'https://x1.test/embed';

/** How each service answers for its texts, each with its number. */
const underData = (inputs: readonly string[]) => ({ data: inputs.map((text) => ({ embedding: [Number(text) || 0] })) });
const bare = (inputs: readonly string[]) => inputs.map((text) => [Number(text) || 0]);

describe('many inputs', () => {
  it.each<[string, number, object, typeof underData | typeof bare]>([
    ['azureopenai', 2048, { api_key: 'k', ...place }, underData],
    ['mistral', 256, { api_key: 'k', model: 'm' }, underData],
    ['hugging_face', 32, { api_key: 'k', url }, bare],
  ])('go to %s %i at a time, and come back in their order', async (service, limit, settings, answer) => {
    const inputsOf = (body: string): readonly string[] => {
      const { input, inputs } = JSON.parse(body);
      return input ?? inputs;
    };
    const endpoint = await storedEndpoint(service, 'text_embedding', settings, ({ body }) => ({
      body: answer(inputsOf(body)),
    }));
    const sent = texts(2 * limit + 1);
    const { json } = await endpoint.post({ input: sent });
    expect(json).toEqual({ text_embedding: sent.map((text) => ({ embedding: [Number(text)] })) });
    const sizes = endpoint.calls().map(({ input, inputs }) => (input ?? inputs).length);
    expect(sizes.sort((a, b) => b - a)).toEqual([limit, limit, 1]);
  });

  it('of a sparse embedding tell, each for itself, whether they were cut', async () => {
    const endpoint = await storedEndpoint('hugging_face', 'sparse_embedding', { api_key: 'k', url }, ({ body }) => ({
      body: JSON.parse(body).inputs.map(() => ({ sea: 1 })),
    }));
    const sent = texts(40).map((text) => (Number(text) % 7 === 0 ? 'x'.repeat(1537) : text));
    const { json } = await endpoint.post({ input: sent });
    expect(json).toEqual({
      sparse_embedding: sent.map((text) => ({ is_truncated: text.length > 1536, embedding: { sea: 1 } })),
    });
  });
});
