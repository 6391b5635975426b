import { beforeAll, describe, expect, it } from 'vitest';
import { providerKey, rotatedKey } from '../stand-ins/provider.ts';
import { openService, rowsOf, secretNames, secretValue, tableName, takeSent } from './deployment.ts';
import { completions, embeddings, failure, vectors } from './endpoints.ts';

let service: Awaited<ReturnType<typeof openService>>;
let table: string;

beforeAll(async () => {
  service = await openService();
  table = await tableName('Endpoints');
});

const named = { inference_id: 'my-embeddings', task_type: 'text_embedding' } as const;
const shownSettings = {
  model_id: 'some-model',
  url: embeddings.service_settings.url,
  similarity: 'dot_product',
  dimensions: 8,
  rate_limit: { requests_per_minute: 3000 },
};
const shown = {
  ...named,
  service: 'openai',
  service_settings: shownSettings,
  chunking_settings: { strategy: 'sentence', max_chunk_size: 250, sentence_overlap: 1 },
};

describe('an endpoint', () => {
  it('is put: one row and one secret, and no secret in the row', async () => {
    await takeSent();
    expect(await service.client.inference.put({ ...named, inference_config: embeddings })).toEqual(shown);

    const [row, ...more] = await rowsOf(table);
    expect(more).toEqual([]);
    expect(row?.inference_id).toEqual({ S: 'my-embeddings' });
    expect(JSON.stringify(row)).not.toContain(providerKey);
    const names = await secretNames();
    expect(names).toEqual([row?.secret?.S]);
    expect(JSON.parse((await secretValue(names[0] ?? '')) ?? '')).toEqual({ api_key: providerKey });
    expect(await takeSent()).toMatchObject([{ path: '/v1/embeddings', authorization: `Bearer ${providerKey}` }]);
  });

  it('is shown by its id, and among all', async () => {
    const { inference_id } = named;
    expect(await service.client.inference.get({ inference_id })).toEqual({ endpoints: [shown] });
    const { endpoints } = await service.client.inference.get();
    expect(endpoints).toContainEqual(shown);
    expect(endpoints.map((endpoint) => endpoint.inference_id)).toContain('.multilingual-e5-small-elasticsearch');
  });

  it('is not put a second time', async () => {
    const again = await service.ask('PUT', '/_inference/text_embedding/my-embeddings', embeddings);
    expect({ status: again.status, body: await again.json() }).toEqual({
      status: 400,
      body: failure(400, 'resource_already_exists_exception', 'Inference endpoint [my-embeddings] already exists'),
    });
    expect(await secretNames()).toHaveLength(1);
  });

  it('embeds', async () => {
    const input = ['Guten Tag', '世界 🎉'];
    expect(await service.client.inference.textEmbedding({ inference_id: named.inference_id, input })).toEqual(
      vectors(input),
    );
  });

  it('is updated: a new secret in place of the first', async () => {
    const before = await secretNames();
    await takeSent();
    const body = { service_settings: { api_key: rotatedKey, rate_limit: { requests_per_minute: 7000 } } };
    expect(await service.client.inference.update({ ...named, body })).toEqual({
      ...shown,
      service_settings: { ...shownSettings, rate_limit: { requests_per_minute: 7000 } },
    });

    const after = await secretNames();
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
    expect(JSON.parse((await secretValue(after[0] ?? '')) ?? '')).toEqual({ api_key: rotatedKey });
    expect((await takeSent()).map(({ authorization }) => authorization)).toEqual([`Bearer ${rotatedKey}`]);
  });

  it('completes', async () => {
    const completion = { inference_id: 'my-answers', task_type: 'completion' } as const;
    await service.client.inference.put({ ...completion, inference_config: completions });
    const { inference_id } = completion;
    expect(await service.client.inference.completion({ inference_id, input: 'Tag 🎉' })).toEqual({
      completion: [{ result: 'Tag 🎉' }],
    });
  });

  it('is deleted, with its secret', async () => {
    const { client } = service;
    const before = await secretNames();
    const deleted = { acknowledged: true, pipelines: [], indexes: [] };
    expect(await client.inference.delete({ inference_id: 'my-answers' })).toEqual(deleted);

    await expect(client.inference.get({ inference_id: 'my-answers' })).rejects.toThrow('resource_not_found_exception');
    expect((await rowsOf(table)).map((row) => row.inference_id)).toEqual([{ S: 'my-embeddings' }]);
    const after = await secretNames();
    expect(after).toHaveLength(before.length - 1);
    expect(before).toEqual(expect.arrayContaining(after));
  });
});
