import { describe, expect, it } from 'vitest';
import { told } from '../helpers/envelopes.ts';
import { notParsed, storedEndpoint, unknownField, validationFailed } from './endpoints.ts';

const noAllocations =
  '[service_settings] does not contain one of the required settings [num_allocations, adaptive_allocations]';

describe('an update of an endpoint of elasticsearch', () => {
  const adaptive = { num_threads: 1, model_id: '.elser_model_2', adaptive_allocations: { enabled: true } };
  const fixed = { num_allocations: 1, num_threads: 1, model_id: '.elser_model_2' };

  it.each<[string, object, object, object]>([
    ['the number of allocations', fixed, { num_allocations: 3 }, { ...fixed, num_allocations: 3 }],
    ['fixed to adaptive allocations', fixed, { adaptive_allocations: { enabled: true } }, adaptive],
    ['adaptive to fixed allocations', adaptive, { num_allocations: 1, adaptive_allocations: null }, fixed],
    ['nothing that is so already', fixed, { num_allocations: 1 }, fixed],
  ])('changes %s, and asks nothing of the model', async (_, before, sent, expected) => {
    const endpoint = await storedEndpoint('elasticsearch', 'sparse_embedding', before);
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
    const endpoint = await storedEndpoint('elasticsearch', 'sparse_embedding', fixed);
    expect(told(await endpoint.update({ service_settings: sent }))).toEqual(expected);
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${endpoint.shown}]}`);
  });

  it('merges task settings of a reranker', async () => {
    const endpoint = await storedEndpoint('elasticsearch', 'rerank', { ...fixed, model_id: '.rerank-v1' });
    const { text } = await endpoint.update({ task_settings: { return_documents: false } });
    expect(JSON.parse(text).task_settings).toEqual({ return_documents: false });
    const unchanged = await endpoint.update({ task_settings: {} });
    expect(unchanged.text).toBe(text);
  });
});
