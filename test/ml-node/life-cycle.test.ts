import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { InferenceError } from '../../lib/api/errors.ts';
import { componentName } from '../../lib/ml-node/names.ts';
import { createFakeControl, limitExceeded } from './fake-control.ts';
import { createLifeCycle, dense, endpoint, sparse } from './life-cycle.ts';

const pace = 10_000;
const e5Default = '.multilingual-e5-small-elasticsearch';

/** What a use case answers, or how it fails. */
const outcome = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => {
    if (!(error instanceof InferenceError)) throw error;
    return { status: error.status, type: error.type, reason: error.message };
  });

const startTimedOut = (timeout: string) => ({
  status: 408,
  type: 'status_exception',
  reason: `Timed out after [${timeout}] waiting for model deployment to start. Use the trained model stats API to track the state of the deployment and try again once it has started.`,
});
const notFound = (id: string) => ({
  status: 404,
  type: 'resource_not_found_exception',
  reason: `Inference endpoint not found [${id}]`,
});
const acknowledged = { acknowledged: true, pipelines: [], indexes: [] };

describe('the life cycle of a built-in model', () => {
  let control: ReturnType<typeof createFakeControl>;
  let cycle: ReturnType<typeof createLifeCycle>;

  beforeEach(() => {
    vi.useFakeTimers();
    control = createFakeControl({ now: Date.now, pace });
    cycle = createLifeCycle(control);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const component = (id: string) => control.components.get(componentName(endpoint, id));
  const passing = async (work: Promise<unknown>, milliseconds = 60_000): Promise<unknown> => {
    const told = outcome(work);
    await vi.advanceTimersByTimeAsync(milliseconds);
    control.settle();
    return told;
  };
  const started = async (id: string, body: object = sparse({ num_allocations: 2 })) => {
    await passing(cycle.put(id, body));
    expect(component(id)).toMatchObject({ status: 'InService' });
  };

  describe('PUT', () => {
    it('makes a component as the catalogue says and waits until it answers', async () => {
      expect(await passing(cycle.put('my-elser', sparse({ num_allocations: 2 })))).toMatchObject({
        inference_id: 'my-elser',
        service_settings: { num_allocations: 2, num_threads: 1, model_id: '.elser_model_2' },
      });
      expect(component('my-elser')).toEqual({
        status: 'InService',
        desired: 2,
        current: 2,
        image: 'registry.test/tei:1.9',
        artifact: undefined,
        environment: {
          HF_MODEL_ID: 'opensearch-project/opensearch-neural-sparse-encoding-v2-distill',
          HF_MODEL_REVISION: '269e6638b2c4f648996691f6d751495285d8f330',
          AUTO_TRUNCATE: 'true',
          MAX_CLIENT_BATCH_SIZE: '32',
          PAYLOAD_LIMIT: '6291456',
          POOLING: 'splade',
          INLET_DEPLOYMENT: 'my-elser',
        },
        needs: { NumberOfAcceleratorDevicesRequired: 1, MinMemoryRequiredInMb: 2048 },
        until: expect.any(Number),
      });
      expect(control.targets.size).toBe(0);
    });

    it('reserves cores in place of a card on processors', async () => {
      cycle = createLifeCycle(control, { accelerator: 'cpu' });
      await started('my-elser');
      expect(component('my-elser')?.needs).toEqual({ NumberOfCpuCoresRequired: 2, MinMemoryRequiredInMb: 2048 });
    });

    it.each<[string, 'gpu' | 'cpu', object, number, object]>([
      ['from zero to what the cards allow', 'gpu', { enabled: true }, 1, { least: 0, most: 3 }],
      ['from zero to 32 on processors', 'cpu', { enabled: true }, 1, { least: 0, most: 32 }],
      [
        'between both bounds',
        'cpu',
        { enabled: true, min_number_of_allocations: 2, max_number_of_allocations: 4 },
        2,
        { least: 2, most: 4 },
      ],
    ])('lets copies follow the load %s', async (_, accelerator, adaptive, copies, range) => {
      cycle = createLifeCycle(control, { accelerator });
      await started('adaptive', sparse({ adaptive_allocations: adaptive }));
      expect(component('adaptive')?.desired).toBe(copies);
      expect(control.targets.get(componentName(endpoint, 'adaptive'))).toEqual({ ...range, policy: true });
    });

    it('answers 408 when the time is over, keeps the endpoint, and the deployment goes on starting', async () => {
      expect(await passing(cycle.put('slow', sparse({ num_allocations: 1 }), 5000), 5000)).toEqual(startTimedOut('5s'));
      expect(await cycle.store.get('slow')).toBeDefined();
      expect(component('slow')?.status).toBe('Creating');
      await vi.advanceTimersByTimeAsync(pace);
      control.settle();
      expect(component('slow')?.status).toBe('InService');
    });

    it('takes the endpoint back when its component fails', async () => {
      control.trouble.failsToStart = true;
      expect(await passing(cycle.put('broken', sparse({ num_allocations: 1 })))).toEqual({
        status: 400,
        type: 'status_exception',
        reason: 'Could not start trained model deployment [broken]: No instances',
      });
      await cycle.sweep();
      expect(await cycle.store.stored('broken')).toBeUndefined();
      expect(component('broken')).toBeUndefined();
    });

    it('takes the endpoint back when there is no room', async () => {
      control.trouble.limit = limitExceeded();
      expect(await passing(cycle.put('broken', sparse({ num_allocations: 1 })))).toEqual({
        status: 429,
        type: 'status_exception',
        reason: 'Could not start deployment because no ML nodes with sufficient capacity were found',
      });
      expect(await cycle.store.stored('broken')).toBeUndefined();
    });

    it('answers 400 and says how to add the node where there is none', async () => {
      control.trouble.endpoint = undefined;
      expect(await passing(cycle.put('my-elser', sparse({ num_allocations: 1 })))).toEqual({
        status: 400,
        type: 'status_exception',
        reason:
          'The model [.elser_model_2] needs the ML node, and this deployment has none. Add it with "npx cdk deploy --all", or set INLET_ML_NODE to the address of a Text Embeddings Inference server.',
      });
      expect(await cycle.store.stored('my-elser')).toBeUndefined();
    });

    it('waits for a node that is still being made', async () => {
      control.trouble.endpoint = 'Creating';
      const put = outcome(cycle.put('early', sparse({ num_allocations: 1 })));
      await vi.advanceTimersByTimeAsync(5000);
      control.trouble.endpoint = 'InService';
      await vi.advanceTimersByTimeAsync(20_000);
      expect(await put).toMatchObject({ inference_id: 'early' });
    });

    it('of an id that is taken answers 400 and touches nothing', async () => {
      await started('mine');
      expect(await passing(cycle.put('mine', dense({ num_allocations: 1 })))).toEqual({
        status: 400,
        type: 'resource_already_exists_exception',
        reason: 'Inference endpoint [mine] already exists',
      });
      expect(component('mine')?.environment?.POOLING).toBe('splade');
    });

    it('six times of one id at once lets one win, and leaves the deployment of that alone', async () => {
      const bodies = [1, 2, 3].flatMap((copies) => [
        sparse({ num_allocations: copies }),
        dense({ num_allocations: copies }),
      ]);
      const answers = await passing(Promise.all(bodies.map((body) => outcome(cycle.put('mine', body)))));
      const stored = await cycle.store.list({ removed: true });
      expect(stored).toHaveLength(1);
      const [won, ...lost] = [...z.array(z.looseObject({})).parse(answers)].sort(
        (a, b) => Number('status' in a) - Number('status' in b),
      );
      expect(won).toMatchObject({ inference_id: 'mine', service_settings: stored[0]?.service_settings });
      expect(lost).toEqual(
        Array.from({ length: 5 }, () => ({
          status: 400,
          type: 'resource_already_exists_exception',
          reason: 'Inference endpoint [mine] already exists',
        })),
      );
      expect([...control.components.keys()]).toEqual([componentName(endpoint, 'mine')]);
    });

    it('refuses the id of a deployment that no endpoint owns, until that is gone', async () => {
      await started('mine');
      const row = await cycle.store.get('mine');
      await cycle.store.delete('mine', row?.revision ?? '');
      await cycle.sweep();
      expect(component('mine')?.status).toBe('Deleting');
      expect(await outcome(cycle.put('mine', sparse({ num_allocations: 1 })))).toEqual({
        status: 400,
        type: 'status_exception',
        reason:
          'Inference endpoint IDs must be unique. Requested inference endpoint ID [mine] matches existing trained model ID(s) but must not.',
      });
      await vi.advanceTimersByTimeAsync(pace);
      await cycle.sweep();
      await started('mine');
    });
  });

  describe('DELETE', () => {
    it('removes endpoint and component', async () => {
      await started('mine', sparse({ adaptive_allocations: { enabled: true } }));
      expect(await cycle.delete('mine')).toEqual(acknowledged);
      expect(control.targets.size).toBe(0);
      expect(await outcome(cycle.delete('mine'))).toEqual(notFound('mine'));
      await vi.advanceTimersByTimeAsync(pace);
      await cycle.sweep();
      expect(component('mine')).toBeUndefined();
      expect(await cycle.store.stored('mine')).toBeUndefined();
    });

    it('while it is being made answers at once, and the sweep does what SageMaker refused', async () => {
      await passing(cycle.put('young', sparse({ num_allocations: 1 }), 1000), 1000);
      expect(await cycle.delete('young')).toEqual(acknowledged);
      expect(component('young')?.status).toBe('Creating');
      expect(await cycle.store.get('young')).toBeUndefined();
      await vi.advanceTimersByTimeAsync(pace);
      await cycle.sweep();
      expect(component('young')?.status).toBe('Deleting');
      await vi.advanceTimersByTimeAsync(pace);
      await cycle.sweep();
      expect(await cycle.store.list({ removed: true })).toEqual([]);
      expect(control.components.size).toBe(0);
    });

    it('during a PUT ends that with 409, and leaves nothing', async () => {
      const put = outcome(cycle.put('young', sparse({ num_allocations: 1 })));
      await vi.advanceTimersByTimeAsync(1000);
      await cycle.delete('young');
      await vi.advanceTimersByTimeAsync(5000);
      expect(await put).toEqual({
        status: 409,
        type: 'status_exception',
        reason: '[young] Error waiting for a model allocation, model assignment has been removed',
      });
      for (let round = 0; round < 3; round += 1) {
        await vi.advanceTimersByTimeAsync(pace);
        await cycle.sweep();
      }
      expect(control.components.size).toBe(0);
    });

    it('lets a PUT of the same id wait for the removal, and then make another model', async () => {
      await started('mine');
      await cycle.delete('mine');
      const put = outcome(cycle.put('mine', dense({ num_allocations: 1 })));
      await vi.advanceTimersByTimeAsync(29_000);
      expect(await put).toMatchObject({ service_settings: { model_id: '.multilingual-e5-small' } });
      expect(component('mine')?.environment?.POOLING).toBe('mean');
    });

    it('lets a PUT of the same id wait no longer than it may', async () => {
      await started('mine');
      await cycle.delete('mine');
      expect(await passing(cycle.put('mine', sparse({ num_allocations: 1 }), 3000), 3000)).toEqual({
        status: 408,
        type: 'status_exception',
        reason:
          'Timed out after [3s] waiting for the former deployment [mine] to be removed. Try again once it is gone.',
      });
      expect((await cycle.store.stored('mine'))?.deleting).toBeDefined();
    });

    it('of a default endpoint by force removes its component, and the next call makes it anew', async () => {
      await cycle.wake(e5Default);
      await vi.advanceTimersByTimeAsync(pace);
      await cycle.sweep();
      expect(control.targets.size).toBe(1);
      expect(await cycle.delete(e5Default, true)).toEqual(acknowledged);
      await vi.advanceTimersByTimeAsync(pace);
      await cycle.wake(e5Default);
      control.settle();
      expect(component(e5Default)?.status).toBe('Creating');
      expect(await cycle.store.list({ removed: true })).toEqual([]);
    });

    it('refuses, but by force, while another endpoint uses the deployment', async () => {
      await started('owner');
      await passing(
        cycle.put('borrower', {
          task_type: 'sparse_embedding',
          service: 'elasticsearch',
          service_settings: { deployment_id: 'owner' },
        }),
      );
      expect(await outcome(cycle.delete('owner'))).toEqual({
        status: 409,
        type: 'status_exception',
        reason: 'Cannot stop deployment [owner] as it is used by inference endpoint [borrower]',
      });
      expect(await cycle.delete('owner', true)).toEqual(acknowledged);
    });
  });

  describe('_update', () => {
    const rescaled = (id: string, settings: object) =>
      cycle.update(id, { task_type: 'sparse_embedding', service_settings: settings });

    it('changes the number of copies', async () => {
      await started('mine');
      expect(await passing(rescaled('mine', { num_allocations: 3 }))).toMatchObject({
        service_settings: { num_allocations: 3 },
      });
      expect(component('mine')?.desired).toBe(3);
    });

    it('turns fixed copies into adaptive ones and back', async () => {
      await started('mine');
      await passing(rescaled('mine', { adaptive_allocations: { enabled: true, max_number_of_allocations: 2 } }));
      expect([...control.targets.values()]).toEqual([{ least: 0, most: 2, policy: true }]);
      await passing(rescaled('mine', { num_allocations: 1 }));
      expect(control.targets.size).toBe(0);
      expect(component('mine')?.desired).toBe(1);
    });

    it('while another change is under way is accepted, and done by the sweep', async () => {
      await started('mine');
      await rescaled('mine', { num_allocations: 3 });
      await rescaled('mine', { num_allocations: 1 });
      expect(component('mine')).toMatchObject({ status: 'Updating', desired: 3 });
      await vi.advanceTimersByTimeAsync(pace);
      await cycle.sweep();
      expect(component('mine')?.desired).toBe(1);
    });

    it('that the node has no room for changes nothing', async () => {
      await started('mine');
      const before = await cycle.store.get('mine');
      control.trouble.limit = limitExceeded();
      expect(await outcome(rescaled('mine', { num_allocations: 3 }))).toMatchObject({ status: 429 });
      expect((await cycle.store.get('mine'))?.service_settings).toEqual(before?.service_settings);
    });

    it('answers 404 when nothing is deployed', async () => {
      await started('mine');
      control.components.clear();
      expect(await outcome(rescaled('mine', { num_allocations: 3 }))).toEqual({
        status: 404,
        type: 'resource_not_found_exception',
        reason: 'No known model deployment with id [mine]',
      });
    });
  });

  describe('the sweep', () => {
    it('makes what an interrupted PUT has not', async () => {
      await started('mine');
      control.components.clear();
      await cycle.sweep();
      expect(component('mine')?.desired).toBe(2);
    });

    it('removes what no endpoint wants, and leaves components that are not its own', async () => {
      await started('mine');
      await cycle.store.delete('mine', (await cycle.store.get('mine'))?.revision ?? '');
      const own = component('mine');
      if (own) control.components.set('by-hand', { ...own, environment: { HF_MODEL_ID: 'some/model' } });
      await cycle.sweep();
      expect(component('mine')?.status).toBe('Deleting');
      expect(control.components.get('by-hand')?.status).toBe('InService');
    });

    it('replaces a component that serves another model than its endpoint says', async () => {
      await started('mine');
      const late = component('mine');
      if (late) {
        const other = { ...late.environment, HF_MODEL_ID: 'intfloat/multilingual-e5-small' };
        control.components.set(componentName(endpoint, 'mine'), { ...late, environment: other });
      }
      await cycle.sweep();
      expect(component('mine')?.status).toBe('Deleting');
      await vi.advanceTimersByTimeAsync(pace);
      await cycle.sweep();
      expect(component('mine')?.environment).toEqual(late?.environment);
    });

    it('goes on with the others when one fails', async () => {
      await started('first');
      await started('second');
      control.components.clear();
      control.trouble.limit = limitExceeded();
      await cycle.sweep();
      expect(control.components.size).toBe(1);
    });
  });

  it('wakes a deployment that has fallen to zero, and no endpoint that is gone', async () => {
    await started('mine', sparse({ adaptive_allocations: { enabled: true } }));
    const idle = component('mine');
    Object.assign(idle ?? {}, { desired: 0, current: 0 });
    await cycle.wake('mine');
    expect(component('mine')?.desired).toBe(1);
    await cycle.wake('unknown');
    expect(control.components.size).toBe(1);
  });
});
