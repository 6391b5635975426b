import { describe, expect, it } from 'vitest';
import { told } from '../../helpers/envelopes.ts';
import { notParsed, statusError, storedEndpoint, testedEndpoint, unknownField } from '../endpoints.ts';

const service = 'alibabacloud-ai-search';
const secret = 'never-shown';
const place = { service_id: 's', host: 'search.example', workspace: 'w' };
const base = { api_key: secret, ...place };
const rate = { rate_limit: { requests_per_minute: 1000 } };
const chunking = { strategy: 'sentence', max_chunk_size: 250, sentence_overlap: 1 };

const answers: Readonly<Record<string, unknown>> = {
  text_embedding: { result: { embeddings: [{ index: 0, embedding: [0.5, -0.25] }] } },
  sparse_embedding: { result: { sparse_embeddings: [{ index: 0, embedding: [{ token_id: 6, weight: 0.5 }] }] } },
  rerank: { result: { scores: [{ index: 0, score: 0.5 }] } },
  completion: { result: { text: 'Very.' } },
};
const answering = (task: string) => testedEndpoint(task, () => ({ body: answers[task] }));

describe('an endpoint of alibabacloud-ai-search', () => {
  it.each<[string, string, object, object]>([
    [
      'with defaults and what the validation call taught',
      'text_embedding',
      { service_settings: base },
      {
        service_settings: { ...place, ...rate, similarity: 'dot_product', dimensions: 2 },
        chunking_settings: chunking,
      },
    ],
    [
      'with every setting, in the order of Elasticsearch; the length of vectors is what it is',
      'text_embedding',
      {
        service_settings: {
          max_input_tokens: 8,
          dimensions: 3,
          similarity: 'cosine',
          rate_limit: { requests_per_minute: 7 },
          http_schema: 'http',
          ...base,
        },
        task_settings: { input_type: 'Search' },
      },
      {
        service_settings: {
          ...place,
          http_schema: 'http',
          rate_limit: { requests_per_minute: 7 },
          similarity: 'cosine',
          dimensions: 2,
          max_input_tokens: 8,
        },
        task_settings: { input_type: 'search' },
        chunking_settings: chunking,
      },
    ],
    [
      'of sparse vectors',
      'sparse_embedding',
      { service_settings: base, task_settings: { return_token: false, input_type: 'ingest' } },
      {
        service_settings: { ...place, ...rate },
        task_settings: { input_type: 'ingest', return_token: false },
        chunking_settings: chunking,
      },
    ],
    ['of rankings', 'rerank', { service_settings: base }, { service_settings: { ...place, ...rate } }],
    [
      'of completions',
      'completion',
      { service_settings: base, task_settings: { parameters: { top_p: 0.5, deep: { a: [1] } } } },
      { service_settings: { ...place, ...rate }, task_settings: { parameters: { top_p: 0.5, deep: { a: [1] } } } },
    ],
    [
      'of completions without parameters',
      'completion',
      { service_settings: base, task_settings: { parameters: {} } },
      { service_settings: { ...place, ...rate } },
    ],
  ])('%s is shown as it is stored, and never its secret', async (_, task, body, shown) => {
    const endpoint = answering(task);
    const expected = JSON.stringify({ inference_id: 'tested', task_type: task, service, ...shown });
    const { status, text } = await endpoint.put({ service, ...body });
    expect({ status, text }).toEqual({ status: 200, text: expected });
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${expected}]}`);
    expect(endpoint.lines.join()).not.toContain(secret);
  });

  it.each<[string, object, object]>([
    ['text_embedding', { input_type: 'search' }, { input: ['how big'], input_type: 'document' }],
    ['sparse_embedding', { return_token: true }, { input: ['how big'], input_type: 'document', return_token: true }],
    ['rerank', {}, { query: 'test query', docs: ['how big'] }],
    [
      'completion',
      { parameters: { seed: 1 } },
      { messages: [{ role: 'user', content: 'how big' }], parameters: { seed: 1 } },
    ],
  ])('of %s with %j is tried before it is stored', async (task, taskSettings, expected) => {
    const endpoint = answering(task);
    await endpoint.put({ service, service_settings: base, task_settings: taskSettings });
    expect(endpoint.sent.map(({ body }) => JSON.parse(body))).toEqual([expected]);
  });

  it.each(['text_embedding', 'sparse_embedding', 'completion'])(
    'of %s is not stored after an error that looks like an answer',
    async (task) => {
      const endpoint = testedEndpoint(task, () => ({ body: { code: 'InvalidParameter', message: 'no' } }));
      expect(told(await endpoint.put({ service, service_settings: base }))).toEqual(
        statusError(
          'Could not complete inference endpoint creation as validation call to service returned null response.',
        ),
      );
      expect((await endpoint.get()).status).toBe(404);
      expect(endpoint.sent.length).toBe(1);
    },
  );

  it.each([
    ['text_embedding', (count: number) => ({ embeddings: Array.from({ length: count }, () => ({ embedding: [1] })) })],
    [
      'sparse_embedding',
      (count: number) => ({ sparse_embeddings: Array.from({ length: count }, () => ({ embedding: [] })) }),
    ],
  ] as const)('of %s sends 32 texts at a time', async (task, result) => {
    const endpoint = await storedEndpoint(service, task, base, ({ body }) => {
      const sent: { readonly input: readonly string[] } = JSON.parse(body);
      return { body: { result: result(sent.input.length) } };
    });
    await endpoint.post({ input: Array.from({ length: 65 }, () => 'x') });
    expect(
      endpoint
        .calls()
        .map(({ input }) => input.length)
        .sort((a, b) => b - a),
    ).toEqual([32, 32, 1]);
  });
});

const withEverything = { ...base, http_schema: 'http', rate_limit: { requests_per_minute: 7 } };

describe('an update of an endpoint of alibabacloud-ai-search', () => {
  it.each<[string, object, object]>([
    ['http_schema', { http_schema: 'https' }, { http_schema: 'https', rate_limit: { requests_per_minute: 7 } }],
    ['http_schema to none', { http_schema: null }, { rate_limit: { requests_per_minute: 7 } }],
    [
      'rate_limit',
      { rate_limit: { requests_per_minute: 9 } },
      { http_schema: 'http', rate_limit: { requests_per_minute: 9 } },
    ],
    ['rate_limit to the default', { rate_limit: null }, { http_schema: 'http', ...rate }],
    ['rate_limit to the default with an empty one', { rate_limit: {} }, { http_schema: 'http', ...rate }],
    ['nothing', {}, { http_schema: 'http', rate_limit: { requests_per_minute: 7 } }],
  ])('changes %s', async (_, sent, changed) => {
    const endpoint = await storedEndpoint(service, 'rerank', withEverything, () => ({ body: answers.rerank }));
    const { json } = await endpoint.update({ service_settings: sent });
    expect(json).toEqual({
      inference_id: 'tested',
      task_type: 'rerank',
      service,
      service_settings: { ...place, ...changed },
    });
    const { text } = await endpoint.get();
    expect(text).toBe(JSON.stringify({ endpoints: [json] }));
  });

  it('changes the max_input_tokens of dense vectors, and removes them with null', async () => {
    const endpoint = await storedEndpoint(service, 'text_embedding', base, () => ({ body: answers.text_embedding }));
    const { json } = await endpoint.update({ service_settings: { max_input_tokens: 9 } });
    expect(json).toMatchObject({ service_settings: { max_input_tokens: 9, dimensions: 2 } });
    const { text } = await endpoint.update({ service_settings: { max_input_tokens: null } });
    expect(text).toBe(endpoint.shown);
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${text}]}`);
  });

  it('stores no parameters where a completion is given none', async () => {
    const endpoint = await storedEndpoint(service, 'completion', base, () => ({ body: answers.completion }));
    const { text } = await endpoint.update({ task_settings: { parameters: {} } });
    expect(text).toBe(endpoint.shown);
    expect(endpoint.calls()).toEqual([]);
  });

  it('merges the parameters of a completion key by key', async () => {
    const endpoint = await storedEndpoint(service, 'completion', base, () => ({ body: answers.completion }));
    await endpoint.update({ task_settings: { parameters: { a: { b: 1, c: 2 }, d: 1 } } });
    const { json } = await endpoint.update({ task_settings: { parameters: { a: { e: 3 } } } });
    expect(json).toMatchObject({ task_settings: { parameters: { a: { e: 3 }, d: 1 } } });
    expect(endpoint.calls().at(-1).parameters).toEqual({ a: { e: 3 }, d: 1 });
  });

  it.each<[string, object, object]>([
    ['host', { host: 'x' }, unknownField('[1:22] [service_settings] unknown field [host]')],
    ['service_id', { service_id: 'x' }, unknownField('[1:22] [service_settings] unknown field [service_id]')],
    [
      'a setting that is nearly known',
      { rate_limits: {} },
      unknownField('[1:22] [service_settings] unknown field [rate_limits] did you mean [rate_limit]?'),
    ],
    ['workspace', { workspace: 'x' }, unknownField('[1:22] [service_settings] unknown field [workspace]')],
    [
      'http_schema to another scheme',
      { http_schema: 'ftp' },
      notParsed(
        '[1:36] [service_settings]',
        'http_schema',
        'Invalid value for [http_schema]. Must be one of [https, http]',
      ),
    ],
  ])('does not change %s', async (_, sent, expected) => {
    const endpoint = await storedEndpoint(service, 'rerank', base, () => ({ body: answers.rerank }));
    expect(told(await endpoint.update({ service_settings: sent }))).toEqual(expected);
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${endpoint.shown}]}`);
  });
});
