import { describe, expect, it } from 'vitest';
import { refused, told } from '../helpers/envelopes.ts';
import { notParsed, notParsedInside, testedEndpoint, unknownField, validationFailed } from './endpoints.ts';

const e5 = { num_threads: 1, num_allocations: 1, model_id: '.multilingual-e5-small' };
const elser = { num_threads: 1, num_allocations: 1, model_id: '.elser_model_2' };
const reranker = { num_threads: 1, num_allocations: 1, model_id: '.rerank-v1' };

const illegal = (reason: string) => refused(400, 'illegal_argument_exception', reason);

const noAllocations =
  '[service_settings] does not contain one of the required settings [num_allocations, adaptive_allocations]';
const noThreads = '[service_settings] does not contain the required setting [num_threads]';
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
    ...[{ model_id: null }, { deployment_id: null }, { model_id: null, deployment_id: null }].map(
      (nothing): [string, string, object, object] => [
        `no model_id, and ${JSON.stringify(nothing)}`,
        'text_embedding',
        { num_threads: 1, ...nothing },
        illegal('Error parsing service settings, model_id must be provided'),
      ],
    ),
    [
      'no num_threads beside a deployment_id that is null',
      'rerank',
      { ...reranker, num_threads: null, deployment_id: null },
      validationFailed(noThreads),
    ],
    [
      'an empty model_id',
      'text_embedding',
      { ...e5, model_id: '' },
      validationFailed('[service_settings] Invalid value empty string. [model_id] must be a non-empty string'),
    ],
    [
      'an empty deployment_id',
      'text_embedding',
      { deployment_id: '' },
      validationFailed('[service_settings] Invalid value empty string. [deployment_id] must be a non-empty string'),
    ],
    ...[3, 64].map((num_threads): [string, string, object, object] => [
      `${num_threads} threads, with which no deployment starts`,
      'rerank',
      { ...reranker, num_threads },
      refused(
        400,
        'action_request_validation_exception',
        'Validation Failed: 1: [threads_per_allocation] must be a power of 2 less than or equal to 32;',
      ),
    ]),
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
      notParsedInside(
        '[8:33] [service_settings]',
        'adaptive_allocations',
        notParsed(
          '[8:33] [adaptive_allocations]',
          'min_number_of_allocations',
          'field [min_number_of_allocations] is not of the expected type. The value [x] cannot be converted to a [Integer]',
        ),
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
      notParsedInside(
        '[9:4] [service_settings]',
        'adaptive_allocations',
        unknownField('[9:4] [adaptive_allocations] unknown field [foo]'),
      ),
    ],
  ])('refuse %s', async (_, task, serviceSettings, expected) => {
    expect(told(await put(testedEndpoint(task), { service_settings: serviceSettings }))).toEqual(expected);
  });
});
