import { describe, expect, it } from 'vitest';
import { storedEndpoint, testedEndpoint } from './endpoints.ts';

const e5 = { num_threads: 1, num_allocations: 1, model_id: '.multilingual-e5-small' };
const elser = { num_threads: 1, num_allocations: 1, model_id: '.elser_model_2' };
const reranker = { num_threads: 1, num_allocations: 1, model_id: '.rerank-v1' };

/** One setting on each line, so that places are easy to see. */
const put = (endpoint: ReturnType<typeof testedEndpoint>, body: object) =>
  endpoint.put(JSON.stringify({ service: 'elasticsearch', ...body }, undefined, 1));

const chunking_settings = { strategy: 'sentence', max_chunk_size: 250, sentence_overlap: 1 };

describe('an endpoint of elasticsearch', () => {
  it.each<[string, string, object, object]>([
    [
      'of E5',
      'text_embedding',
      { service_settings: e5 },
      { service_settings: { num_allocations: 1, num_threads: 1, model_id: e5.model_id }, chunking_settings },
    ],
    ...[
      { task: 'text_embedding', settings: e5, more: { chunking_settings } },
      { task: 'sparse_embedding', settings: elser, more: { chunking_settings } },
      { task: 'rerank', settings: reranker, more: { task_settings: { return_documents: true } } },
    ].map(({ task, settings: { model_id }, more }): [string, string, object, object] => [
      `that names no other deployment by null, for ${task},`,
      task,
      { service_settings: { deployment_id: null, num_threads: 1, num_allocations: 1, model_id } },
      { service_settings: { num_allocations: 1, num_threads: 1, model_id }, ...more },
    ]),
    [
      'of as many threads as may be',
      'text_embedding',
      { service_settings: { ...e5, num_threads: 32 } },
      { service_settings: { num_allocations: 1, num_threads: 32, model_id: e5.model_id }, chunking_settings },
    ],
    [
      'of a platform',
      'text_embedding',
      { service_settings: { ...e5, model_id: '.multilingual-e5-small_linux-x86_64' }, task_settings: { foo: 1 } },
      {
        service_settings: { num_allocations: 1, num_threads: 1, model_id: '.multilingual-e5-small_linux-x86_64' },
        chunking_settings,
      },
    ],
    [
      'that adapts, and leaves out what is null',
      'sparse_embedding',
      {
        service_settings: {
          adaptive_allocations: { max_number_of_allocations: 4, min_number_of_allocations: null },
          num_threads: 2,
          model_id: '.elser_model_2',
        },
        chunking_settings: { strategy: 'none' },
      },
      {
        service_settings: {
          num_threads: 2,
          model_id: '.elser_model_2',
          adaptive_allocations: { enabled: false, max_number_of_allocations: 4 },
        },
        chunking_settings: { strategy: 'none' },
      },
    ],
    [
      'with fixed and adaptive allocations',
      'sparse_embedding',
      {
        service_settings: {
          ...elser,
          adaptive_allocations: { enabled: true, min_number_of_allocations: 0, max_number_of_allocations: 3 },
        },
      },
      {
        service_settings: {
          num_allocations: 1,
          num_threads: 1,
          model_id: '.elser_model_2',
          adaptive_allocations: { enabled: true, min_number_of_allocations: 0, max_number_of_allocations: 3 },
        },
        chunking_settings,
      },
    ],
    [
      'of the reranker',
      'rerank',
      { service_settings: reranker },
      {
        service_settings: { num_allocations: 1, num_threads: 1, model_id: '.rerank-v1' },
        task_settings: { return_documents: true },
      },
    ],
    [
      'of the reranker with all settings',
      'rerank',
      {
        task_settings: { return_documents: false },
        service_settings: { max_chunks_per_doc: 3, long_document_strategy: 'CHUNK', ...reranker },
      },
      {
        service_settings: {
          num_allocations: 1,
          num_threads: 1,
          model_id: '.rerank-v1',
          long_document_strategy: 'chunk',
          max_chunks_per_doc: 3,
        },
        task_settings: { return_documents: false },
      },
    ],
    [
      'asked for as elser, without a model',
      'sparse_embedding',
      { service: 'elser', service_settings: { num_threads: 1, num_allocations: 1 } },
      {
        service_settings: { num_allocations: 1, num_threads: 1, model_id: '.elser_model_2_linux-x86_64' },
        chunking_settings,
      },
    ],
    [
      'asked for as elser, with null for a model and a deployment',
      'sparse_embedding',
      {
        service: 'elser',
        service_settings: { num_threads: 1, num_allocations: 1, model_id: null, deployment_id: null },
      },
      {
        service_settings: { num_allocations: 1, num_threads: 1, model_id: '.elser_model_2_linux-x86_64' },
        chunking_settings,
      },
    ],
    [
      'asked for as elser, with its model',
      'sparse_embedding',
      { service: 'elser', service_settings: elser, task_settings: {} },
      { service_settings: { num_allocations: 1, num_threads: 1, model_id: '.elser_model_2' }, chunking_settings },
    ],
  ])('%s is shown as it is stored, and nothing is asked of its model', async (_, task, body, shown) => {
    const endpoint = testedEndpoint(task);
    const expected = JSON.stringify({ inference_id: 'tested', task_type: task, service: 'elasticsearch', ...shown });
    const { status, text } = await put(endpoint, body);
    expect({ status, text }).toEqual({ status: 200, text: expected });
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${expected}]}`);
    expect(endpoint.sent).toEqual([]);
  });

  const adaptive_allocations = { enabled: true, min_number_of_allocations: 0, max_number_of_allocations: 32 };
  const byDefault = (model_id: string) => ({ num_threads: 1, model_id, adaptive_allocations });

  it.each([
    [
      '.elser-2-elasticsearch',
      {
        task_type: 'sparse_embedding',
        service: 'elasticsearch',
        service_settings: byDefault('.elser_model_2_linux-x86_64'),
        chunking_settings,
      },
    ],
    [
      '.multilingual-e5-small-elasticsearch',
      {
        task_type: 'text_embedding',
        service: 'elasticsearch',
        service_settings: byDefault('.multilingual-e5-small_linux-x86_64'),
        chunking_settings,
      },
    ],
    [
      '.rerank-v1-elasticsearch',
      {
        task_type: 'rerank',
        service: 'elasticsearch',
        service_settings: byDefault('.rerank-v1'),
        task_settings: { return_documents: true },
      },
    ],
  ])('called %s is there by default', async (id, shown) => {
    const { status, text } = await testedEndpoint(shown.task_type).getOther(id);
    expect({ status, text }).toEqual({
      status: 200,
      text: JSON.stringify({ endpoints: [{ inference_id: id, ...shown }] }),
    });
  });

  const oldName =
    'The [elser] service is deprecated and will be removed in a future release. Use the [elasticsearch] service instead, with [model_id] set to [.elser_model_2_linux-x86_64] in the [service_settings]';
  const noModel =
    'Putting elasticsearch service inference endpoints (including elser service) without a model_id field is deprecated and will be removed in a future release. Please specify a model_id field.';

  it.each([
    ['elasticsearch', elser, []],
    ['elser', elser, [oldName]],
    ['elser', { num_threads: 1, num_allocations: 1 }, [oldName, noModel]],
    ['elser', { num_threads: 1, num_allocations: 1, model_id: null }, [oldName, noModel]],
  ])('of service %s with %o warns in the log alone', async (service, serviceSettings, warnings) => {
    const endpoint = testedEndpoint('sparse_embedding');
    const { headers } = await put(endpoint, { service, service_settings: serviceSettings });
    const logged = endpoint.lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'warn');
    expect(logged.map(({ message }) => message)).toEqual(warnings);
    expect(Object.keys(headers).map((name) => name.toLowerCase())).not.toContain('warning');
  });
});

describe('weights of a sparse embedding', () => {
  it('stand heaviest first, tokens that are numbers too', async () => {
    const endpoint = await storedEndpoint('elasticsearch', 'sparse_embedding', elser, () => ({
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
