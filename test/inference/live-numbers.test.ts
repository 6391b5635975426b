import { describe, expect, it } from 'vitest';
import { getEndpoint, listEndpoints } from '../../lib/inference/get-endpoints.ts';
import type { EndpointRow } from '../../lib/inference/ports.ts';
import { memoryEndpointStore } from '../helpers/memory-stores.ts';

const row = (id: string, service: string, settings: EndpointRow['service_settings']): EndpointRow => ({
  version: 1,
  inference_id: id,
  task_type: service === 'openai' ? 'completion' : 'sparse_embedding',
  service,
  service_settings: settings,
  task_settings: {},
  revision: '1',
  created: 0,
  updated: 0,
});

const own = { num_allocations: 1, num_threads: 1, model_id: '.elser_model_2' };

const stored = async () => {
  const store = memoryEndpointStore();
  await store.create(row('owner', 'elasticsearch', own));
  await store.create(row('borrower', 'elasticsearch', { ...own, deployment_id: 'owner' }));
  await store.create(row('chat', 'openai', { model_id: 'gpt' }));
  await store.create({ ...row('gone', 'elasticsearch', own), deleting: 1 });
  return store;
};

describe('GET', () => {
  it('shows how many copies a deployment has by now, its own or a borrowed one', async () => {
    const asked: string[] = [];
    const counts: Readonly<Record<string, number>> = { owner: 3, '.elser-2-elasticsearch': 0 };
    const count = async (deployment: string) => {
      asked.push(deployment);
      return counts[deployment];
    };
    const { endpoints } = await listEndpoints(await stored(), count, undefined);
    expect(
      endpoints.map(({ inference_id, service_settings }) => [inference_id, service_settings.num_allocations]),
    ).toEqual([
      ['.elser-2-elasticsearch', 0],
      ['.multilingual-e5-small-elasticsearch', undefined],
      ['.rerank-v1-elasticsearch', undefined],
      ['borrower', 3],
      ['chat', undefined],
      ['owner', 3],
    ]);
    expect(Object.keys(endpoints[0]?.service_settings ?? {})[0]).toBe('num_allocations');
    expect(asked.toSorted()).toEqual([
      '.elser-2-elasticsearch',
      '.multilingual-e5-small-elasticsearch',
      '.rerank-v1-elasticsearch',
      'owner',
      'owner',
    ]);
  });

  it('shows the stored number where nobody can count', async () => {
    const { endpoints } = await getEndpoint(await stored(), async () => undefined, 'owner', undefined);
    expect(endpoints[0]?.service_settings.num_allocations).toBe(1);
  });

  it('does not know an endpoint that is being removed', async () => {
    await expect(getEndpoint(await stored(), async () => 1, 'gone', undefined)).rejects.toMatchObject({ status: 404 });
  });
});
