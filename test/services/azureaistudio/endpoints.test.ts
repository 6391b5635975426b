import { describe, expect, it } from 'vitest';
import { told } from '../../helpers/envelopes.ts';
import { statusError, storedEndpoint, testedEndpoint } from '../endpoints.ts';

const secret = 'never-shown';
const place = { target: 'https://tides.example.com', provider: 'cohere', endpoint_type: 'token' };
const base = { api_key: secret, ...place };
const rate = { rate_limit: { requests_per_minute: 240 } };
const chunking = { strategy: 'sentence', max_chunk_size: 250, sentence_overlap: 1 };

const answers: Readonly<Record<string, unknown>> = {
  text_embedding: { data: [{ embedding: [0.5, -0.25] }] },
  completion: { choices: [{ message: { content: 'Very.' } }] },
  rerank: { results: [{ index: 0, relevance_score: 0.5 }] },
};
const answering = (task: string) => testedEndpoint(task, () => ({ body: answers[task] }));

describe('an endpoint of azureaistudio', () => {
  it.each<[string, string, object, object]>([
    [
      'with defaults and what the validation call taught',
      'text_embedding',
      { service_settings: base },
      {
        service_settings: { ...place, ...rate, dimensions: 2, similarity: 'dot_product' },
        chunking_settings: chunking,
      },
    ],
    [
      'with every setting, in the order of Elasticsearch',
      'text_embedding',
      {
        service_settings: {
          similarity: 'cosine',
          max_input_tokens: 8,
          dimensions: 2,
          rate_limit: { requests_per_minute: 7 },
          ...base,
        },
        task_settings: { user: 'u' },
      },
      {
        service_settings: {
          ...place,
          rate_limit: { requests_per_minute: 7 },
          dimensions: 2,
          max_input_tokens: 8,
          similarity: 'cosine',
        },
        task_settings: { user: 'u' },
        chunking_settings: chunking,
      },
    ],
    [
      'of completions, with the limit that later calls carry',
      'completion',
      { service_settings: base, task_settings: { do_sample: false } },
      { service_settings: { ...place, ...rate }, task_settings: { do_sample: false, max_new_tokens: 64 } },
    ],
    [
      'of completions, with a limit of its own',
      'completion',
      { service_settings: base, task_settings: { max_new_tokens: 5, temperature: 2, top_p: 0 } },
      { service_settings: { ...place, ...rate }, task_settings: { temperature: 2, top_p: 0, max_new_tokens: 5 } },
    ],
    [
      'of rankings',
      'rerank',
      { service_settings: base, task_settings: { top_n: 3, return_documents: true } },
      { service_settings: { ...place, ...rate }, task_settings: { return_documents: true, top_n: 3 } },
    ],
  ])('%s is shown as it is stored, and never its secret', async (_, task, body, shown) => {
    const endpoint = answering(task);
    const expected = JSON.stringify({ inference_id: 'tested', task_type: task, service: 'azureaistudio', ...shown });
    const { status, text } = await endpoint.put({ service: 'azureaistudio', ...body });
    expect({ status, text }).toEqual({ status: 200, text: expected });
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${expected}]}`);
    expect(endpoint.lines.join()).not.toContain(secret);
  });

  const howBig = { content: 'how big', role: 'user' };

  it.each<[string, object, object, object]>([
    ['text_embedding', {}, {}, { input: ['how big'], input_type: 'document' }],
    [
      'text_embedding',
      { dimensions: 2 },
      { user: 'u' },
      { input: ['how big'], user: 'u', dimensions: 2, input_type: 'document' },
    ],
    ['completion', {}, {}, { messages: [howBig] }],
    ['completion', {}, { top_p: 1 }, { messages: [howBig], parameters: { top_p: 1 } }],
    ['rerank', {}, { top_n: 3 }, { documents: ['how big'], query: 'test query', top_n: 3 }],
  ])('of %s with %j and %j is tried before it is stored', async (task, settings, taskSettings, expected) => {
    const endpoint = answering(task);
    await endpoint.put({
      service: 'azureaistudio',
      service_settings: { ...base, ...settings },
      task_settings: taskSettings,
    });
    expect(endpoint.sent.map(({ body }) => JSON.parse(body))).toEqual([expected]);
  });

  it('is not stored when its vectors have other dimensions than asked for', async () => {
    const endpoint = answering('text_embedding');
    const body = { service: 'azureaistudio', service_settings: { ...base, dimensions: 3 } };
    expect(told(await endpoint.put(body))).toEqual(
      statusError(
        'The retrieved embeddings size [2] does not match the size specified in the settings [3]. Please recreate the [tested] configuration with the correct dimensions',
      ),
    );
    expect((await endpoint.get()).status).toBe(404);
  });

  it('sends 2048 texts at a time', async () => {
    const endpoint = await storedEndpoint('azureaistudio', 'text_embedding', base, ({ body }) => {
      const sent: { readonly input: readonly string[] } = JSON.parse(body);
      return { body: { data: sent.input.map(() => ({ embedding: [1, 2] })) } };
    });
    await endpoint.post({ input: Array.from({ length: 2049 }, () => 'x') });
    expect(
      endpoint
        .calls()
        .map(({ input }) => input.length)
        .sort((a, b) => b - a),
    ).toEqual([2048, 1]);
  });
});

describe('an update of an endpoint of azureaistudio', () => {
  it('changes rate_limit, max_input_tokens and task settings field by field, and ignores the rest', async () => {
    const endpoint = await storedEndpoint('azureaistudio', 'text_embedding', base, () => ({
      body: answers.text_embedding,
    }));
    const { json } = await endpoint.update({
      service_settings: { rate_limit: { requests_per_minute: 5 }, max_input_tokens: 9, target: 'x', dimensions: 7 },
      task_settings: { user: 'v' },
    });
    const before = JSON.parse(endpoint.shown);
    expect(json).toEqual({
      ...before,
      service_settings: { ...before.service_settings, rate_limit: { requests_per_minute: 5 }, max_input_tokens: 9 },
      task_settings: { user: 'v' },
    });
    expect(endpoint.calls()).toEqual([{ input: ['how big'], user: 'v', input_type: 'document' }]);
  });

  it.each([{ requests_per_minute: null }, {}, null])('keeps its rate with %j', async (rate_limit) => {
    const settings = { ...base, rate_limit: { requests_per_minute: 7 } };
    const endpoint = await storedEndpoint('azureaistudio', 'rerank', settings, () => ({ body: answers.rerank }));
    const { status, text } = await endpoint.update({ service_settings: { rate_limit } });
    expect({ status, text }).toEqual({ status: 200, text: endpoint.shown });
    expect(endpoint.calls()).toEqual([]);
  });

  it('shows task settings that it adds where a PUT would have put them', async () => {
    const endpoint = await storedEndpoint('azureaistudio', 'completion', base, () => ({ body: answers.completion }));
    const { text } = await endpoint.update({ task_settings: { do_sample: true, temperature: 1 } });
    expect(text).toContain('"task_settings":{"temperature":1,"do_sample":true,"max_new_tokens":64}');
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${text}]}`);
  });

  it('tries a completion with the limit that it stores', async () => {
    const endpoint = await storedEndpoint('azureaistudio', 'completion', base, () => ({ body: answers.completion }));
    const { json } = await endpoint.update({ task_settings: { temperature: 1, max_new_tokens: null } });
    expect(json).toMatchObject({ task_settings: { temperature: 1, max_new_tokens: 64 } });
    expect(endpoint.calls()).toEqual([
      {
        messages: [{ content: 'how big', role: 'user' }],
        parameters: { temperature: 1, max_new_tokens: 64 },
      },
    ]);
  });

  it('uses a new api_key at once', async () => {
    const endpoint = await storedEndpoint('azureaistudio', 'rerank', base, () => ({ body: answers.rerank }));
    await endpoint.update({ service_settings: { api_key: 'new' } });
    await endpoint.post({ query: 'q', input: ['a'] });
    expect(endpoint.sent.map(({ headers }) => headers.authorization)).toEqual([secret, 'new', 'new']);
  });
});
