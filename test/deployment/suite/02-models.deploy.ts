import { beforeAll, describe, expect, it } from 'vitest';
import { dimensions } from '../stand-ins/ml-node.ts';
import { adaptiveComponents, componentOf, components, describeComponent, leaveComponent, sweep } from './components.ts';
import { openService, rowsOf, tableName, target } from './deployment.ts';
import { createNodeStack, uploadManifest } from './node-stack.ts';

let service: Awaited<ReturnType<typeof openService>>;

beforeAll(async () => {
  service = await openService();
});

const defaults = {
  dense: '.multilingual-e5-small-elasticsearch',
  sparse: '.elser-2-elasticsearch',
  ranker: '.rerank-v1-elasticsearch',
};
const ofDefaults = Object.values(defaults).map(componentOf).toSorted();

const named = { inference_id: 'my-model', task_type: 'text_embedding' } as const;
const settings = { model_id: '.multilingual-e5-small', num_threads: 1 };

const embed = async (inference_id: string) => {
  const { text_embedding } = (await service.client.inference.textEmbedding({ inference_id, input: ['a text'] })) ?? {};
  return text_embedding?.map(({ embedding }) => embedding.length);
};

const ids = async () => (await rowsOf(await tableName('Endpoints'))).map((row) => row.inference_id?.S).toSorted();

const soon = { timeout: 60_000, interval: 200 };

describe.runIf(target.reachesStandIns)('built-in models', () => {
  it('are started by the first call of their default endpoint, with no PUT', async () => {
    expect(await components()).toEqual([]);
    expect(await embed(defaults.dense)).toEqual([dimensions]);

    const sparse = await service.client.inference.sparseEmbedding({ inference_id: defaults.sparse, input: 'a text' });
    // Token ids come from the node; the vocabulary lies beside the function's code.
    const [{ embedding = {} } = {}] = sparse.sparse_embedding ?? [];
    expect(Object.keys(embedding)).toEqual(['world', 'hello']);

    const ranked = await service.client.inference.rerank({
      inference_id: defaults.ranker,
      query: 'capital of France',
      input: ['a cat', 'Paris, capital of France'],
    });
    expect(ranked.rerank?.map(({ index }) => index)).toEqual([1, 0]);
    expect(await components()).toEqual(ofDefaults);
  });

  it('follow their load from the next event of the schedule on', async () => {
    await sweep();
    await expect.poll(adaptiveComponents, soon).toEqual(ofDefaults);
  });

  it('are put: a component with the copies that were asked for', async () => {
    const service_settings = { ...settings, num_allocations: 1 };
    const put = await service.client.inference.put({
      ...named,
      inference_config: { service: 'elasticsearch', service_settings },
    });
    expect(put).toMatchObject({ ...named, service: 'elasticsearch', service_settings });
    expect(await components()).toEqual([...ofDefaults, componentOf('my-model')].toSorted());
    expect(await describeComponent('my-model')).toEqual({ status: 'InService', copies: 1 });
    expect(await embed('my-model')).toEqual([dimensions]);
  });

  it('are updated: to other copies, and to a range of them', async () => {
    const update = (service_settings: object) =>
      service.client.inference.update({ ...named, body: { service_settings } });
    await update({ num_allocations: 2 });
    await expect.poll(() => describeComponent('my-model'), soon).toEqual({ status: 'InService', copies: 2 });
    const { endpoints } = await service.client.inference.get({ inference_id: 'my-model' });
    expect(endpoints).toMatchObject([{ service_settings: { num_allocations: 2 } }]);

    await update({
      adaptive_allocations: { enabled: true, min_number_of_allocations: 1, max_number_of_allocations: 2 },
    });
    await sweep();
    await expect.poll(adaptiveComponents, soon).toContain(componentOf('my-model'));
    expect(await embed('my-model')).toEqual([dimensions]);
  });

  it('are deleted, with their component and its scaling', async () => {
    await service.client.inference.delete({ inference_id: 'my-model' });
    const gone = service.client.inference.get({ inference_id: 'my-model' });
    await expect(gone).rejects.toThrow('resource_not_found_exception');
    await sweep();
    await expect.poll(components, soon).toEqual(ofDefaults);
    expect(await adaptiveComponents()).toEqual(ofDefaults);
    await expect.poll(ids, soon).toEqual(['my-embeddings']);
  });

  it('leave no component behind that no endpoint has', async () => {
    await leaveComponent('of-a-killed-process');
    expect(await components()).toContain(componentOf('of-a-killed-process'));
    const isLeft = async () => {
      await sweep();
      return (await components()).includes(componentOf('of-a-killed-process'));
    };
    await expect.poll(isLeft, soon).toBe(false);
    expect(await components()).toEqual(ofDefaults);
  });
});

describe.runIf(target.reachesStandIns)('a model of the user’s own', () => {
  const model = 'org__small';
  const mine = { inference_id: 'my-upload', task_type: 'text_embedding' } as const;
  const put = () =>
    service.ask('PUT', '/_inference/text_embedding/my-upload', {
      service: 'elasticsearch',
      service_settings: { model_id: model, num_threads: 1, num_allocations: 1 },
    });

  it('is unknown until it lies in the bucket', async () => {
    const bucket = await createNodeStack();
    expect((await put()).status).toBe(404);

    await uploadManifest(bucket, model, { task_type: 'text_embedding', prefixes: { search: 'find: ' } });
    const answer = await put();
    expect(await answer.json()).toMatchObject({ ...mine, service_settings: { model_id: model, dimensions } });
    expect(await embed('my-upload')).toEqual([dimensions]);
  });

  it('goes with its endpoint', async () => {
    await service.client.inference.delete({ inference_id: 'my-upload' });
    await sweep();
    await expect.poll(components, soon).toEqual(ofDefaults);
    await expect.poll(ids, soon).toEqual(['my-embeddings']);
  });
});

describe.skipIf(target.reachesStandIns)('built-in models without the ML node', () => {
  it('say how to add it', async () => {
    const answer = await service.ask('POST', `/_inference/${defaults.dense}`, { input: 'a' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('npx cdk deploy --all');
  });
});
