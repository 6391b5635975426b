import { describe, expect, it } from 'vitest';
import { refused, told } from '../helpers/envelopes.ts';
import { notParsed, statusError, testedEndpoint, unknownField } from './endpoints.ts';

const e5 = { num_threads: 1, num_allocations: 1, model_id: '.multilingual-e5-small' };
const elser = { num_threads: 1, num_allocations: 1, model_id: '.elser_model_2' };
const reranker = { num_threads: 1, num_allocations: 1, model_id: '.rerank-v1' };

const illegal = (reason: string) => refused(400, 'illegal_argument_exception', reason);

const noVariant = (model: string) =>
  `Error parsing request config, model id does not match any models available on this platform. Was [${model}]. You may need to use a platform agnostic model.`;

/** One setting on each line, so that places are easy to see. */
const put = (endpoint: ReturnType<typeof testedEndpoint>, body: object) =>
  endpoint.put(JSON.stringify({ service: 'elasticsearch', ...body }, undefined, 1));

describe('a model of elasticsearch', () => {
  it.each<[string, string, object, object]>([
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
  ])('is not %s', async (_, task, serviceSettings, expected) => {
    expect(told(await put(testedEndpoint(task), { service_settings: serviceSettings }))).toEqual(expected);
  });

  it.each(['my-model', '.rerank-v1_linux-x86_64', 'toString'])('is unknown when it is %s', async (model) => {
    const answer = await put(testedEndpoint('rerank'), { service_settings: { ...reranker, model_id: model } });
    const reason = `No known trained model with model_id [${model}]`;
    expect(told(answer)).toEqual(refused(404, 'resource_not_found_exception', reason));
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
  ])('comes without %s', async (_, task, body, expected) => {
    expect(told(await put(testedEndpoint(task), body))).toEqual(expected);
  });
});
