import { describe, expect, it } from 'vitest';
import { told, validationCallFailed } from '../../helpers/envelopes.ts';
import type { Scripted } from '../../helpers/scripted-http.ts';
import { notParsed, statusError, storedEndpoint, testedEndpoint, unknownField } from '../endpoints.ts';

const secret = 'never-shown';
const base = { api_key: secret, model_id: 'm' };

/** What Cohere answers to any call. */
const answers: Readonly<Record<string, unknown>> = {
  text_embedding: { embeddings: { float: [[0.5, -0.25]] } },
  rerank: { results: [{ index: 0, relevance_score: 0.5 }] },
  completion: { message: { content: [{ type: 'text', text: 'Very.' }] } },
};
const answering = (task: string, body = answers[task]) => testedEndpoint(task, () => ({ body }));

const chunking = { strategy: 'sentence', max_chunk_size: 250, sentence_overlap: 1 };
const rate = { requests_per_minute: 10_000 };

describe('an endpoint of cohere', () => {
  it.each<[string, string, object, object, unknown?]>([
    [
      'with defaults and what the validation call taught',
      'text_embedding',
      { service_settings: base },
      {
        service_settings: {
          model_id: 'm',
          rate_limit: rate,
          similarity: 'cosine',
          dimensions: 2,
          embedding_type: 'float',
        },
        chunking_settings: chunking,
      },
    ],
    ['of rankings', 'rerank', { service_settings: base }, { service_settings: { model_id: 'm', rate_limit: rate } }],
    [
      'of completions, whose url is not shown',
      'completion',
      { service_settings: { ...base, url: 'https://gateway.example' } },
      { service_settings: { model_id: 'm', rate_limit: rate } },
    ],
    [
      'of bytes',
      'text_embedding',
      { service_settings: { ...base, embedding_type: ' INT8 ' } },
      {
        service_settings: {
          model_id: 'm',
          rate_limit: rate,
          similarity: 'cosine',
          dimensions: 2,
          embedding_type: 'byte',
        },
        chunking_settings: chunking,
      },
      { embeddings: { int8: [[1, -1]] } },
    ],
    [
      'of bits, eight to a number',
      'text_embedding',
      { service_settings: { ...base, embedding_type: 'binary' } },
      {
        service_settings: {
          model_id: 'm',
          rate_limit: rate,
          similarity: 'l2_norm',
          dimensions: 16,
          embedding_type: 'bit',
        },
        chunking_settings: chunking,
      },
      { embeddings: { binary: [[1, -1]] } },
    ],
    [
      'with every setting, in the order of Elasticsearch; the length of vectors is what it is',
      'text_embedding',
      {
        service_settings: {
          max_input_tokens: '512',
          dimensions: '3',
          similarity: 'l2_norm',
          embedding_type: 'float',
          rate_limit: { requests_per_minute: 7 },
          ...base,
        },
        task_settings: { truncate: 'END', input_type: 'Internal_Search' },
      },
      {
        service_settings: {
          model_id: 'm',
          rate_limit: { requests_per_minute: 7 },
          similarity: 'l2_norm',
          dimensions: 2,
          max_input_tokens: 512,
          embedding_type: 'float',
        },
        task_settings: { input_type: 'internal_search', truncate: 'end' },
        chunking_settings: chunking,
      },
    ],
    [
      'whose model has its older name',
      'rerank',
      { service_settings: { api_key: secret, model: 'n' }, task_settings: { top_n: 2, return_documents: true } },
      {
        service_settings: { model_id: 'n', rate_limit: rate },
        task_settings: { top_n: 2, return_documents: true },
      },
    ],
    [
      'whose model has both names',
      'rerank',
      { service_settings: { ...base, model: 'n' } },
      { service_settings: { model_id: 'm', rate_limit: rate } },
    ],
  ])('%s is shown as it is stored, and never its secret', async (_, task, body, shown, answer = answers[task]) => {
    const endpoint = answering(task, answer);
    const expected = JSON.stringify({ inference_id: 'tested', task_type: task, service: 'cohere', ...shown });
    const { status, text } = await endpoint.put({ service: 'cohere', ...body });
    expect({ status, text }).toEqual({ status: 200, text: expected });
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${expected}]}`);
    expect(endpoint.lines.join()).not.toContain(secret);
  });

  const howBig = { texts: ['how big'], model: 'm', input_type: 'search_document', embedding_types: ['float'] };

  it.each<[string, object, object]>([
    ['text_embedding', {}, howBig],
    ['text_embedding', { input_type: 'search', truncate: 'start' }, { ...howBig, truncate: 'start' }],
    ['rerank', { top_n: 3 }, { model: 'm', query: 'test query', documents: ['how big'], top_n: 3 }],
    ['completion', {}, { messages: [{ role: 'user', content: 'how big' }], model: 'm', stream: false }],
  ])('of %s with %j is tried before it is stored', async (task, taskSettings, expected) => {
    const endpoint = answering(task);
    await endpoint.put({ service: 'cohere', service_settings: base, task_settings: taskSettings });
    expect(endpoint.sent.map(({ body }) => JSON.parse(body))).toEqual([expected]);
  });

  it.each<[string, Scripted, object]>([
    [
      'a refusal',
      { status: 401, body: { message: 'invalid api token' } },
      validationCallFailed(
        'Received an authentication error status code for request from inference entity id [tested] status [401]. Error message: [invalid api token]',
      ),
    ],
    [
      'no vector',
      { body: { embeddings: { float: [] } } },
      statusError('Could not determine embedding size. The answer holds no embedding.'),
    ],
  ])('is not stored after %s', async (_, answer, expected) => {
    const endpoint = testedEndpoint('text_embedding', () => answer);
    expect(told(await endpoint.put({ service: 'cohere', service_settings: base }))).toEqual(expected);
    expect((await endpoint.get()).status).toBe(404);
  });

  it('sends 96 texts at a time and joins their vectors in order', async () => {
    const texts = Array.from({ length: 200 }, (_, index) => String(index));
    const endpoint = await storedEndpoint('cohere', 'text_embedding', base, ({ body }) => {
      const sent: { readonly texts: readonly string[] } = JSON.parse(body);
      return { body: { embeddings: { float: sent.texts.map((text) => [text === 'how big' ? 1 : Number(text)]) } } };
    });
    const { json } = await endpoint.post({ input: texts });
    expect(json).toEqual({ text_embedding: texts.map((text) => ({ embedding: [Number(text)] })) });
    expect(
      endpoint
        .calls()
        .map((call) => call.texts.length)
        .sort((a, b) => b - a),
    ).toEqual([96, 96, 8]);
  });
});

describe('an update of an endpoint of cohere', () => {
  it.each<[string, string, object, object]>([
    ['text_embedding', 'max_input_tokens', { max_input_tokens: 9 }, { max_input_tokens: 9 }],
    ['rerank', 'rate_limit', { rate_limit: { requests_per_minute: 5 } }, { rate_limit: { requests_per_minute: 5 } }],
  ])('changes of %s the %s, after a validation call', async (task, _, sent, changed) => {
    const endpoint = await storedEndpoint('cohere', task, base, () => ({ body: answers[task] }));
    const { json } = await endpoint.update({ service_settings: sent });
    const before = JSON.parse(endpoint.shown);
    expect(json).toEqual({ ...before, service_settings: { ...before.service_settings, ...changed } });
    expect(endpoint.calls().length).toBe(1);
  });

  it('merges task settings field by field', async () => {
    const endpoint = await storedEndpoint('cohere', 'text_embedding', base, () => ({ body: answers.text_embedding }));
    await endpoint.update({ task_settings: { input_type: 'search', truncate: 'none' } });
    const { json } = await endpoint.update({ task_settings: { truncate: 'start', input_type: null } });
    expect(json).toMatchObject({ task_settings: { input_type: 'search', truncate: 'start' } });
  });

  it('uses a new api_key at once', async () => {
    const endpoint = await storedEndpoint('cohere', 'rerank', base, () => ({ body: answers.rerank }));
    await endpoint.update({ service_settings: { api_key: 'new' } });
    await endpoint.post({ query: 'q', input: ['a'] });
    expect(endpoint.sent.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${secret}`,
      'Bearer new',
      'Bearer new',
    ]);
  });

  it.each<[string, object, object]>([
    [
      'model_id',
      { service_settings: { model_id: 'n' } },
      unknownField('[1:22] [service_settings] unknown field [model_id]'),
    ],
    ['model', { service_settings: { model: 'n' } }, unknownField('[1:22] [service_settings] unknown field [model]')],
    ['url', { service_settings: { url: 'x' } }, unknownField('[1:22] [service_settings] unknown field [url]')],
    [
      'embedding_type',
      { service_settings: { embedding_type: 'bit' } },
      unknownField('[1:22] [service_settings] unknown field [embedding_type]'),
    ],
    [
      'dimensions',
      { service_settings: { dimensions: 3 } },
      unknownField('[1:22] [service_settings] unknown field [dimensions]'),
    ],
    [
      'similarity',
      { service_settings: { similarity: 'cosine' } },
      unknownField('[1:22] [service_settings] unknown field [similarity]'),
    ],
    [
      'max_input_tokens to 0',
      { service_settings: { max_input_tokens: 0 } },
      notParsed(
        '[1:41] [service_settings]',
        'max_input_tokens',
        '[service_settings] Invalid value [0]. [max_input_tokens] must be a positive integer',
      ),
    ],
    [
      'an unknown task setting',
      { task_settings: { foo: 1 } },
      unknownField('[1:19] [task_settings] unknown field [foo]'),
    ],
  ])('does not change %s', async (_, body, expected) => {
    const endpoint = await storedEndpoint('cohere', 'text_embedding', base, () => ({ body: answers.text_embedding }));
    expect(told(await endpoint.update(body))).toEqual(expected);
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${endpoint.shown}]}`);
  });
});
