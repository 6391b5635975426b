import { describe, expect, it } from 'vitest';
import { refused, refusedFor, told } from '../../helpers/envelopes.ts';
import {
  lacking,
  notParsed,
  notParsedInside,
  statusError,
  testedEndpoint,
  unknownField,
  validationFailed,
} from '../endpoints.ts';

const base = { api_key: 'never-shown', model_id: 'm' };

/** One setting on each line, so that places are easy to see. */
const put = (task: string, body: object) =>
  testedEndpoint(task).put(JSON.stringify({ service: 'cohere', ...body }, undefined, 1));

const parser = (reason: string) => refused(400, 'x_content_parse_exception', reason);
const illegal = (reason: string) => refused(400, 'illegal_argument_exception', reason);
const notBuilt = (reason: string) => {
  const error = {
    type: 'x_content_parse_exception',
    reason: 'Failed to build [task_settings] after last required field arrived',
  };
  return refusedFor(400, error, { type: 'illegal_argument_exception', reason }, error);
};

const noModel = illegal('The [service_settings.model_id] field is required for the Cohere V2 API.');
const expectedInput = 'expected one of [ingest, search, classification, clustering]';
const notPositive = (name: string, value: number | string, scope = 'service_settings') =>
  `[${scope}] Invalid value [${value}]. [${name}] must be a positive integer`;
const notOf = (type: string, name: string, value: string) =>
  `field [${name}] is not of the expected type. The value [${value}] cannot be converted to a [${type}]`;

describe('settings of cohere', () => {
  it.each<[string, string, object, object]>([
    ['no model', 'text_embedding', { api_key: 'k' }, noModel],
    ['a model that is null', 'rerank', { ...base, model_id: null }, noModel],
    [
      'an empty model',
      'completion',
      { ...base, model_id: '' },
      lacking('[service_settings] Invalid value empty string. [model_id] must be a non-empty string'),
    ],
    [
      'an unknown embedding_type',
      'text_embedding',
      { ...base, embedding_type: 'float16' },
      notParsed(
        '[6:21] [service_settings]',
        'embedding_type',
        'Invalid value [float16]; expected one of [byte, float, bit]',
      ),
    ],
    [
      'an empty embedding_type',
      'text_embedding',
      { ...base, embedding_type: '' },
      notParsed('[6:21] [service_settings]', 'embedding_type', 'Invalid value []; expected one of [byte, float, bit]'),
    ],
    [
      'an embedding_type that is a list',
      'text_embedding',
      { ...base, embedding_type: ['float'] },
      parser("[6:21] [service_settings] embedding_type doesn't support values of type: START_ARRAY"),
    ],
    [
      'an embedding_type that is a number',
      'text_embedding',
      { ...base, embedding_type: 8 },
      parser("[6:21] [service_settings] embedding_type doesn't support values of type: VALUE_NUMBER"),
    ],
    [
      'an unknown similarity',
      'text_embedding',
      { ...base, similarity: 'dot' },
      notParsed(
        '[6:17] [service_settings]',
        'similarity',
        'Invalid value [dot]; expected one of [cosine, dot_product, l2_norm]',
      ),
    ],
    [
      'an empty similarity',
      'text_embedding',
      { ...base, similarity: '' },
      notParsed(
        '[6:17] [service_settings]',
        'similarity',
        'Invalid value []; expected one of [cosine, dot_product, l2_norm]',
      ),
    ],
    [
      'dimensions of 0',
      'text_embedding',
      { ...base, dimensions: 0 },
      notParsed('[6:17] [service_settings]', 'dimensions', notPositive('dimensions', 0)),
    ],
    [
      'dimensions that are no number',
      'text_embedding',
      { ...base, dimensions: 'x' },
      notParsed('[6:17] [service_settings]', 'dimensions', notOf('Integer', 'dimensions', 'x')),
    ],
    [
      'max_input_tokens below 0, as text',
      'text_embedding',
      { ...base, max_input_tokens: '-1' },
      notParsed('[6:23] [service_settings]', 'max_input_tokens', notPositive('max_input_tokens', -1)),
    ],
    [
      'a rate of 0',
      'completion',
      { ...base, rate_limit: { requests_per_minute: 0 } },
      notParsedInside(
        '[7:27] [service_settings]',
        'rate_limit',
        notParsed(
          '[7:27] [rate_limit]',
          'requests_per_minute',
          '[rate_limit] Invalid value [0]. [requests_per_minute] must be a positive long',
        ),
      ),
    ],
    [
      'an unknown setting of rate_limit',
      'completion',
      { ...base, rate_limit: { foo: 1 } },
      notParsedInside('[7:4] [service_settings]', 'rate_limit', unknownField('[7:4] [rate_limit] unknown field [foo]')),
    ],
    [
      'a relative url',
      'rerank',
      { ...base, url: 'v2/rerank' },
      illegal('unable to parse url [v2/rerank]. Reason: it is no absolute url'),
    ],
    ['an unknown setting', 'rerank', { ...base, foo: 1 }, unknownField('[6:3] [service_settings] unknown field [foo]')],
    [
      'an unknown setting before the model that is missing',
      'rerank',
      { api_key: 'k', api_version: 'V2' },
      unknownField('[5:3] [service_settings] unknown field [api_version]'),
    ],
    [
      'a wrong setting before the model that is missing',
      'text_embedding',
      { api_key: 'k', dimensions: 0 },
      notParsed('[5:17] [service_settings]', 'dimensions', notPositive('dimensions', 0)),
    ],
    [
      'the similarity of a completion',
      'completion',
      { ...base, similarity: 'cosine' },
      unknownField('[6:3] [service_settings] unknown field [similarity]'),
    ],
    [
      'no api_key',
      'rerank',
      { model_id: 'm' },
      validationFailed('[secret_settings] does not contain the required setting [api_key]'),
    ],
    [
      'an empty api_key',
      'rerank',
      { ...base, api_key: '' },
      validationFailed('[secret_settings] Invalid value empty string. [api_key] must be a non-empty string'),
    ],
  ])('refuse service settings with %s', async (_, task, serviceSettings, expected) => {
    expect(told(await put(task, { service_settings: serviceSettings }))).toEqual(expected);
  });

  it.each<[string, string, object, object]>([
    [
      'an unknown input_type',
      'text_embedding',
      { input_type: 'unspecified' },
      notBuilt(`Invalid value [unspecified]; ${expectedInput}`),
    ],
    [
      'an unknown truncate',
      'text_embedding',
      { truncate: 'middle' },
      notBuilt('No enum constant org.elasticsearch.xpack.inference.common.model.Truncation.MIDDLE'),
    ],
    ['an unknown setting', 'text_embedding', { top_n: 1 }, unknownField('[8:3] [task_settings] unknown field [top_n]')],
    [
      'an unknown setting beside a wrong one',
      'text_embedding',
      { input_type: 'x', foo: 1 },
      unknownField('[9:3] [task_settings] unknown field [foo]'),
    ],
    [
      'a top_n of 0',
      'rerank',
      { top_n: 0 },
      notParsed('[8:12] [task_settings]', 'top_n', notPositive('top_n', 0, 'task_settings')),
    ],
    [
      'a max_chunks_per_doc of 0',
      'rerank',
      { max_chunks_per_doc: 0 },
      notParsed('[8:25] [task_settings]', 'max_chunks_per_doc', notPositive('max_chunks_per_doc', 0, 'task_settings')),
    ],
    [
      'a return_documents that is a number',
      'rerank',
      { return_documents: 1 },
      notParsed('[8:23] [task_settings]', 'return_documents', notOf('Boolean', 'return_documents', '1')),
    ],
    [
      'anything, for a completion',
      'completion',
      { temperature: 0 },
      unknownField('[8:3] [task_settings] unknown field [temperature]'),
    ],
  ])('refuse task settings with %s', async (_, task, taskSettings, expected) => {
    expect(told(await put(task, { service_settings: base, task_settings: taskSettings }))).toEqual(expected);
  });

  it.each<[string, object, object]>([
    [
      'task settings',
      { service_settings: { model_id: 'm' }, task_settings: { foo: 1 }, bar: 1 },
      unknownField('[7:3] [task_settings] unknown field [foo]'),
    ],
    [
      'secrets',
      { service_settings: { model_id: 'm' }, bar: 1 },
      validationFailed('[secret_settings] does not contain the required setting [api_key]'),
    ],
    [
      'keys of the root',
      { service_settings: base, bar: 1 },
      statusError('Configuration contains settings [{bar=1}] unknown to the [cohere] service'),
    ],
    [
      'chunking settings of a reranker',
      { service_settings: base, chunking_settings: { strategy: 'none' } },
      statusError(
        'Configuration contains settings [{chunking_settings={strategy=none}}] unknown to the [cohere] service',
      ),
    ],
  ])('tell mistakes in %s in their turn', async (_, body, expected) => {
    expect(told(await put('rerank', body))).toEqual(expected);
  });

  it.each(['sparse_embedding', 'chat_completion'])('refuse the task type %s', async (task) => {
    const reason = `The [cohere] service does not support task type [${task}]`;
    const { status, text } = await put(task, { service_settings: base });
    expect(status).toBe(400);
    expect(text).toContain(reason);
  });
});
