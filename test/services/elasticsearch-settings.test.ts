import { describe, expect, it } from 'vitest';
import { standardError, statusError, testedEndpoint, validationFailed } from './endpoints.ts';

const e5 = { num_threads: 1, num_allocations: 1, model_id: '.multilingual-e5-small' };
const elser = { num_threads: 1, num_allocations: 1, model_id: '.elser_model_2' };
const reranker = { num_threads: 1, num_allocations: 1, model_id: '.rerank-v1' };

/** The strict form: where in the body, and why. */
const notParsed = (place: string, field: string, why: string) =>
  standardError(400, 'x_content_parse_exception', `${place} failed to parse field [${field}]`, {
    type: 'illegal_argument_exception',
    reason: why,
  });
const unknownField = (reason: string) => standardError(400, 'x_content_parse_exception', reason);
const illegal = (reason: string) => standardError(400, 'illegal_argument_exception', reason);

const noAllocations =
  '[service_settings] does not contain one of the required settings [num_allocations, adaptive_allocations]';
const noThreads = '[service_settings] does not contain the required setting [num_threads]';
const noVariant = (model: string) =>
  `Error parsing request config, model id does not match any models available on this platform. Was [${model}]. You may need to use a platform agnostic model.`;

/** One setting on each line, so that places are easy to see. */
const put = (endpoint: ReturnType<typeof testedEndpoint>, body: object) =>
  endpoint.put(JSON.stringify({ service: 'elasticsearch', ...body }, undefined, 1));

describe('service settings of elasticsearch', () => {
  it.each<[string, string, object, object]>([
    [
      'no model_id',
      'text_embedding',
      { num_threads: 1 },
      illegal('Error parsing service settings, model_id must be provided'),
    ],
    ['nothing but a model', 'text_embedding', { model_id: e5.model_id }, validationFailed(noThreads, noAllocations)],
    ['no num_threads', 'rerank', { ...reranker, num_threads: undefined }, validationFailed(noThreads)],
    ['no allocations', 'sparse_embedding', { ...elser, num_allocations: null }, validationFailed(noAllocations)],
    [
      'num_threads of 0',
      'text_embedding',
      { ...e5, num_threads: 0 },
      notParsed(
        '[4:18] [service_settings]',
        'num_threads',
        '[service_settings] Invalid value [0]. [num_threads] must be a positive integer',
      ),
    ],
    [
      'num_allocations below 0',
      'text_embedding',
      { ...e5, num_allocations: -1 },
      notParsed(
        '[5:22] [service_settings]',
        'num_allocations',
        '[service_settings] Invalid value [-1]. [num_allocations] must be a positive integer',
      ),
    ],
    [
      'num_threads as text',
      'text_embedding',
      { ...e5, num_threads: 'x' },
      notParsed(
        '[4:18] [service_settings]',
        'num_threads',
        'field [num_threads] is not of the expected type. The value [x] cannot be converted to a [Integer]',
      ),
    ],
    [
      'adaptive_allocations that are no object',
      'text_embedding',
      { ...e5, adaptive_allocations: 1 },
      notParsed(
        '[7:27] [service_settings]',
        'adaptive_allocations',
        'field [adaptive_allocations] is not of the expected type. The value [1] cannot be converted to a [Map]',
      ),
    ],
    [
      'a number of allocations as text',
      'text_embedding',
      { ...e5, adaptive_allocations: { min_number_of_allocations: 'x' } },
      notParsed(
        '[8:33] [adaptive_allocations]',
        'min_number_of_allocations',
        'field [min_number_of_allocations] is not of the expected type. The value [x] cannot be converted to a [Integer]',
      ),
    ],
    [
      'fewer than no allocations',
      'text_embedding',
      { ...e5, adaptive_allocations: { min_number_of_allocations: -1 } },
      validationFailed('[min_number_of_allocations] must be a non-negative integer or null'),
    ],
    [
      'at most no allocations',
      'text_embedding',
      { ...e5, adaptive_allocations: { max_number_of_allocations: 0 } },
      validationFailed('[max_number_of_allocations] must be a positive integer or null'),
    ],
    [
      'more allocations at least than at most',
      'text_embedding',
      { ...e5, adaptive_allocations: { min_number_of_allocations: 3, max_number_of_allocations: 2 } },
      validationFailed('[min_number_of_allocations] must not be larger than [max_number_of_allocations]'),
    ],
    [
      'an unknown strategy for long documents',
      'rerank',
      { ...reranker, long_document_strategy: 'cut' },
      notParsed(
        '[7:29] [service_settings]',
        'long_document_strategy',
        '[service_settings] Invalid value [cut] received. [long_document_strategy] must be one of [chunk, truncate]',
      ),
    ],
    [
      'a limit of chunks without chunks',
      'rerank',
      { ...reranker, long_document_strategy: 'truncate', max_chunks_per_doc: 2 },
      validationFailed('The [max_chunks_per_doc] setting requires [long_document_strategy] to be set to [chunk]'),
    ],
    [
      'a limit of no chunks',
      'rerank',
      { ...reranker, long_document_strategy: 'chunk', max_chunks_per_doc: 0 },
      notParsed(
        '[8:25] [service_settings]',
        'max_chunks_per_doc',
        '[service_settings] Invalid value [0]. [max_chunks_per_doc] must be a positive integer',
      ),
    ],
    [
      'a rate limit',
      'text_embedding',
      { ...e5, rate_limit: {} },
      unknownField('[7:3] [service_settings] unknown field [rate_limit]'),
    ],
    [
      'a key',
      'text_embedding',
      { ...e5, api_key: 'k' },
      unknownField('[7:3] [service_settings] unknown field [api_key]'),
    ],
    [
      'dimensions',
      'text_embedding',
      { ...e5, dimensions: 384 },
      unknownField('[7:3] [service_settings] unknown field [dimensions]'),
    ],
    [
      'a strategy for long documents where none are ranked',
      'text_embedding',
      { ...e5, long_document_strategy: 'chunk' },
      unknownField('[7:3] [service_settings] unknown field [long_document_strategy]'),
    ],
    [
      'an unknown setting before what is missing',
      'text_embedding',
      { model_id: e5.model_id, foo: 1 },
      unknownField('[5:3] [service_settings] unknown field [foo]'),
    ],
    [
      'an unknown setting of adaptive_allocations',
      'text_embedding',
      { ...e5, adaptive_allocations: { enabled: true, foo: 1 } },
      unknownField('[9:4] [adaptive_allocations] unknown field [foo]'),
    ],
    ['ELSER 1', 'sparse_embedding', { ...elser, model_id: '.elser_model_1' }, illegal(noVariant('.elser_model_1'))],
    [
      'ELSER 1 of a platform',
      'sparse_embedding',
      { ...elser, model_id: '.elser_model_1_linux-x86_64' },
      illegal(noVariant('.elser_model_1_linux-x86_64')),
    ],
    [
      'E5 for sparse embeddings',
      'sparse_embedding',
      e5,
      statusError('The [elasticsearch] service does not support task type [sparse_embedding]'),
    ],
    [
      'ELSER for dense embeddings',
      'text_embedding',
      elser,
      statusError('The [elasticsearch] service does not support task type [text_embedding]'),
    ],
    [
      'completions',
      'completion',
      e5,
      statusError('The [elasticsearch] service does not support task type [completion]'),
    ],
    [
      'chat',
      'chat_completion',
      e5,
      statusError('The [elasticsearch] service does not support task type [chat_completion]'),
    ],
  ])('refuse %s', async (_, task, serviceSettings, expected) => {
    const { status, json } = await put(testedEndpoint(task), { service_settings: serviceSettings });
    expect({ status, json }).toEqual({ status: 400, json: expected });
  });

  it.each(['my-model', '.rerank-v1_linux-x86_64', 'toString'])('know no model %s', async (model) => {
    const { status, json } = await put(testedEndpoint('rerank'), {
      service_settings: { ...reranker, model_id: model },
    });
    const reason = `No known trained model with model_id [${model}]`;
    expect({ status, json }).toEqual({ status: 404, json: standardError(404, 'resource_not_found_exception', reason) });
  });

  it.each<[string, string, object, object]>([
    [
      'a key of the root',
      'text_embedding',
      { service_settings: e5, foo: 1 },
      statusError('Configuration contains settings [{foo=1}] unknown to the [elasticsearch] service'),
    ],
    [
      'chunking settings of a reranker',
      'rerank',
      { service_settings: reranker, chunking_settings: { strategy: 'none' } },
      statusError(
        'Configuration contains settings [{chunking_settings={strategy=none}}] unknown to the [elasticsearch] service',
      ),
    ],
    [
      'an unknown task setting of a reranker',
      'rerank',
      { service_settings: reranker, task_settings: { foo: 1 } },
      unknownField('[9:3] [task_settings] unknown field [foo]'),
    ],
    [
      'a task setting of another type',
      'rerank',
      { service_settings: reranker, task_settings: { return_documents: 1 } },
      notParsed(
        '[9:23] [task_settings]',
        'return_documents',
        'field [return_documents] is not of the expected type. The value [1] cannot be converted to a [Boolean]',
      ),
    ],
  ])('do not save %s', async (_, task, body, expected) => {
    const { status, json } = await put(testedEndpoint(task), body);
    expect({ status, json }).toEqual({ status: 400, json: expected });
  });
});

const chunking_settings = { strategy: 'sentence', max_chunk_size: 250, sentence_overlap: 1 };

describe('an endpoint of elasticsearch', () => {
  it.each<[string, string, object, object]>([
    [
      'of E5',
      'text_embedding',
      { service_settings: e5 },
      { service_settings: { num_allocations: 1, num_threads: 1, model_id: e5.model_id }, chunking_settings },
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
  ])('of service %s with %o warns in the log alone', async (service, serviceSettings, warnings) => {
    const endpoint = testedEndpoint('sparse_embedding');
    const { headers } = await put(endpoint, { service, service_settings: serviceSettings });
    const logged = endpoint.lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'warn');
    expect(logged.map(({ message }) => message)).toEqual(warnings);
    expect(Object.keys(headers).map((name) => name.toLowerCase())).not.toContain('warning');
  });
});

describe('an update of an endpoint of elasticsearch', () => {
  const stored = async (task: string, serviceSettings: object, taskSettings: object = {}) => {
    const endpoint = testedEndpoint(task);
    const { status, text } = await put(endpoint, { service_settings: serviceSettings, task_settings: taskSettings });
    expect(status).toBe(200);
    return { ...endpoint, shown: text };
  };
  const adaptive = { num_threads: 1, model_id: '.elser_model_2', adaptive_allocations: { enabled: true } };
  const fixed = { num_allocations: 1, num_threads: 1, model_id: '.elser_model_2' };

  it.each<[string, object, object, object]>([
    ['the number of allocations', fixed, { num_allocations: 3 }, { ...fixed, num_allocations: 3 }],
    ['fixed to adaptive allocations', fixed, { adaptive_allocations: { enabled: true } }, adaptive],
    ['adaptive to fixed allocations', adaptive, { num_allocations: 1, adaptive_allocations: null }, fixed],
    ['nothing that is so already', fixed, { num_allocations: 1 }, fixed],
  ])('changes %s, and asks nothing of the model', async (_, before, sent, expected) => {
    const endpoint = await stored('sparse_embedding', before);
    const { status, text } = await endpoint.update({ service_settings: sent });
    expect(status).toBe(200);
    expect(JSON.stringify(JSON.parse(text).service_settings)).toBe(JSON.stringify(expected));
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${text}]}`);
    expect(endpoint.sent).toEqual([]);
  });

  it.each<[string, object, object]>([
    ['neither kind of allocations', {}, validationFailed(noAllocations)],
    [
      'both kinds of allocations',
      { num_allocations: 2, adaptive_allocations: { enabled: true } },
      validationFailed('[num_allocations] cannot be set if [adaptive_allocations] is set'),
    ],
    ['num_threads', { num_allocations: 2, num_threads: 2 }, validationFailed('[num_threads] cannot be updated')],
    [
      'rules of adaptive allocations',
      { adaptive_allocations: { min_number_of_allocations: 2, max_number_of_allocations: 1 } },
      validationFailed('[min_number_of_allocations] must not be larger than [max_number_of_allocations]'),
    ],
    [
      'no allocations',
      { num_allocations: 0 },
      notParsed(
        '[1:40] [service_settings]',
        'num_allocations',
        '[service_settings] Invalid value [0]. [num_allocations] must be a positive integer',
      ),
    ],
    [
      'another model',
      { num_allocations: 2, model_id: '.elser_model_2' },
      unknownField('[1:42] [service_settings] unknown field [model_id]'),
    ],
  ])('refuses %s', async (_, sent, expected) => {
    const endpoint = await stored('sparse_embedding', fixed);
    const { status, json } = await endpoint.update({ service_settings: sent });
    expect({ status, json }).toEqual({ status: 400, json: expected });
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${endpoint.shown}]}`);
  });

  it('merges task settings of a reranker', async () => {
    const endpoint = await stored('rerank', reranker);
    const { text } = await endpoint.update({ task_settings: { return_documents: false } });
    expect(JSON.parse(text).task_settings).toEqual({ return_documents: false });
    const unchanged = await endpoint.update({ task_settings: {} });
    expect(unchanged.text).toBe(text);
  });
});
