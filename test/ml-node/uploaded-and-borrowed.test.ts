import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InferenceError } from '../../lib/api/errors.ts';
import { parseJson } from '../../lib/api/json.ts';
import { infer } from '../../lib/inference/infer.ts';
import type { NodeRequest, UploadedModel } from '../../lib/inference/ports.ts';
import { modelBucket } from '../../lib/ml-node/model-bucket.ts';
import { componentName } from '../../lib/ml-node/names.ts';
import { createSend } from '../../lib/transport/send.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createFakeControl } from './fake-control.ts';
import { createLifeCycle, dense, endpoint, sparse } from './life-cycle.ts';

const outcome = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => {
    if (!(error instanceof InferenceError)) throw error;
    return { status: error.status, type: error.type, reason: error.message };
  });

const models: Readonly<Record<string, UploadedModel>> = {
  org__dense: {
    taskType: 'text_embedding',
    prefixes: { search: 'find: ', ingest: 'keep: ' },
    limit: 128,
    pooling: 'cls',
  },
  org__sparse: { taskType: 'sparse_embedding', prefixes: {}, limit: 64 },
  org__scaled: { taskType: 'text_embedding', prefixes: {}, normalize: true },
};

const uploaded = (model: string, taskType: string, settings: object = {}) => ({
  task_type: taskType,
  service: 'elasticsearch',
  service_settings: { model_id: model, num_threads: 1, num_allocations: 1, ...settings },
});

const required = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error('It is not there');
  return value;
};

const borrowing = (deployment: string, taskType = 'sparse_embedding', settings: object = {}) => ({
  task_type: taskType,
  service: 'elasticsearch',
  service_settings: { deployment_id: deployment, ...settings },
});

describe('on the ML node', () => {
  let control: ReturnType<typeof createFakeControl>;
  let cycle: ReturnType<typeof createLifeCycle>;
  let asked: NodeRequest[];
  let vector: readonly number[];

  beforeEach(() => {
    vi.useFakeTimers();
    asked = [];
    vector = [0.6, -0.8];
    control = createFakeControl({ now: Date.now, pace: 1000 });
    cycle = createLifeCycle(control, {
      models: { find: async (id) => models[id] },
      node: {
        call: async (request) => {
          asked.push(request);
          return request.route === 'embed_sparse'
            ? { status: 200, body: [{ is_truncated: false, embedding: [] }] }
            : { status: 200, body: [vector] };
        },
      },
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const passing = async (work: Promise<unknown>): Promise<unknown> => {
    const told = outcome(work);
    await vi.advanceTimersByTimeAsync(60_000);
    control.settle();
    return told;
  };
  const component = (id: string) => control.components.get(componentName(endpoint, id));
  const call = (id: string, inputType?: string) =>
    infer(
      {
        inferenceId: id,
        taskType: undefined,
        body: () => parseJson(JSON.stringify({ input: 'text', ...(inputType && { input_type: inputType }) })),
        timeout: undefined,
        onEndpoint: () => {},
        onServiceTime: () => {},
        onServiceFailure: () => {},
        onAnswerHeaders: () => {},
        onUnits: () => {},
      },
      {
        reader: {
          endpoint: cycle.store.get,
          freshEndpoint: cycle.store.get,
          secrets: async () => undefined,
          freshSecrets: async () => undefined,
        },
        send: cycle.dependencies.send,
        node: cycle.dependencies.node,
        limiter: cycle.dependencies.limiter,
      },
      new AbortController().signal,
    );

  describe('an uploaded model', () => {
    it('is deployed from its archive, and teaches the length of its vectors', async () => {
      expect(JSON.stringify(await passing(cycle.put('mine', uploaded('org__dense', 'text_embedding'))))).toBe(
        '{"inference_id":"mine","task_type":"text_embedding","service":"elasticsearch","service_settings":{"num_allocations":1,"num_threads":1,"model_id":"org__dense","dimensions":2,"similarity":"cosine","element_type":"float"},"chunking_settings":{"strategy":"sentence","max_chunk_size":250,"sentence_overlap":1}}',
      );
      expect(component('mine')).toMatchObject({
        artifact: 's3://models/org__dense/model.tar.gz',
        environment: { HF_MODEL_ID: '/opt/ml/model', POOLING: 'cls' },
        needs: { MinMemoryRequiredInMb: 4096 },
      });
      expect(asked).toEqual([
        expect.objectContaining({ body: { inputs: ['keep: how big'], normalize: false, truncate: true } }),
      ]);
    });

    it('keeps what the user says of its vectors', async () => {
      const settings = { similarity: 'dot_product', element_type: 'byte' };
      expect(await passing(cycle.put('mine', uploaded('org__dense', 'text_embedding', settings)))).toMatchObject({
        service_settings: { dimensions: 2, ...settings },
      });
    });

    it.each([
      ['search', 'find: text'],
      ['ingest', 'keep: text'],
      ['clustering', 'text'],
      [undefined, 'text'],
    ])('gets its own prefix for %s', async (inputType, text) => {
      await passing(cycle.put('mine', uploaded('org__dense', 'text_embedding')));
      await call('mine', inputType);
      expect(asked.at(-1)).toMatchObject({
        model: 'org__dense',
        deployment: 'mine',
        limit: 128,
        body: { inputs: [text], normalize: false },
      });
    });

    it('scales its vectors where the manifest says so', async () => {
      await passing(cycle.put('mine', uploaded('org__scaled', 'text_embedding')));
      expect(asked.at(-1)?.body).toMatchObject({ normalize: true });
    });

    it('of tokens is told to make weights, and is not asked', async () => {
      await passing(cycle.put('mine', uploaded('org__sparse', 'sparse_embedding')));
      expect(component('mine')?.environment?.POOLING).toBe('splade');
      expect(asked).toEqual([]);
      await call('mine');
      expect(asked.at(-1)).toMatchObject({ route: 'embed_sparse', limit: 64 });
    });

    it('that gives no vector is taken back', async () => {
      vector = [];
      expect(await passing(cycle.put('mine', uploaded('org__dense', 'text_embedding')))).toMatchObject({
        status: 400,
        reason: 'Could not determine embedding size. The answer holds no embedding.',
      });
      await cycle.sweep();
      await vi.advanceTimersByTimeAsync(5000);
      await cycle.sweep();
      expect(await cycle.store.stored('mine')).toBeUndefined();
      expect(control.components.size).toBe(0);
    });

    describe('whose PUT is over before it answers', () => {
      const late = (id: string) => passing(cycle.put(id, uploaded('org__dense', 'text_embedding'), 500));
      const shown = async (id: string) => (await cycle.store.get(id))?.service_settings;

      it('is asked by the sweep once it runs, and only once', async () => {
        const put = outcome(cycle.put('mine', uploaded('org__dense', 'text_embedding'), 500));
        await vi.advanceTimersByTimeAsync(500);
        expect(await put).toMatchObject({ status: 408 });
        await cycle.sweep();
        expect([asked, await shown('mine')]).toEqual([[], expect.not.objectContaining({ dimensions: 2 })]);

        await vi.advanceTimersByTimeAsync(1000);
        await cycle.sweep();
        await cycle.sweep();
        expect(asked.map(({ body }) => body)).toEqual([
          { inputs: ['keep: how big'], normalize: false, truncate: true },
        ]);
        expect(await shown('mine')).toMatchObject({ dimensions: 2, similarity: 'cosine', element_type: 'float' });
      });

      it('keeps what an update has changed meanwhile', async () => {
        await late('mine');
        await passing(cycle.update('mine', { task_type: 'text_embedding', service_settings: { num_allocations: 2 } }));
        await cycle.sweep();
        expect(await shown('mine')).toMatchObject({ num_allocations: 2, dimensions: 2 });
      });

      it('may be borrowed', async () => {
        await late('mine');
        await cycle.store.create({
          ...required(await cycle.store.get('mine')),
          inference_id: 'borrower',
          service_settings: { model_id: 'org__dense', num_threads: 1, deployment_id: 'mine' },
        });
        await cycle.sweep();
        expect(await shown('borrower')).toMatchObject({ deployment_id: 'mine', dimensions: 2 });
      });

      it('is not kept awake by it when it answers badly', async () => {
        vector = [];
        await late('mine');
        await cycle.sweep();
        expect(asked).toHaveLength(1);
        await vi.advanceTimersByTimeAsync(3 * 60 * 60_000);
        await cycle.sweep();
        expect(asked).toHaveLength(1);
        expect(await shown('mine')).not.toHaveProperty('dimensions');
      });

      it('is left asleep', async () => {
        await late('mine');
        Object.assign(component('mine') ?? {}, { desired: 0, current: 0 });
        const row = required(await cycle.store.get('mine'));
        const { num_allocations: _, ...settings } = row.service_settings;
        const adaptive = { ...settings, adaptive_allocations: { enabled: true } };
        await cycle.store.update({ ...row, service_settings: adaptive }, row.revision);
        await cycle.sweep();
        expect(asked).toEqual([]);
      });
    });

    it.each<[string, object, object]>([
      [
        'that nobody has uploaded',
        uploaded('org__other', 'text_embedding'),
        {
          status: 404,
          type: 'resource_not_found_exception',
          reason: 'No known trained model with model_id [org__other]',
        },
      ],
      [
        'of another task',
        uploaded('org__sparse', 'text_embedding'),
        {
          status: 400,
          type: 'status_exception',
          reason: 'The [elasticsearch] service does not support task type [text_embedding]',
        },
      ],
    ])('%s is refused', async (_, body, expected) => {
      expect(await passing(cycle.put('mine', body))).toEqual(expected);
      expect(await cycle.store.stored('mine')).toBeUndefined();
    });

    it('lends its id to no endpoint', async () => {
      expect(await passing(cycle.put('org__dense', sparse({ num_allocations: 1 })))).toEqual({
        status: 400,
        type: 'status_exception',
        reason:
          'Inference endpoint IDs must be unique. Requested inference endpoint ID [org__dense] matches existing trained model ID(s) but must not.',
      });
    });

    it('is the only one of whose vectors one can say anything', async () => {
      expect(await passing(cycle.put('mine', dense({ num_allocations: 1, similarity: 'cosine' })))).toMatchObject({
        status: 400,
        reason: expect.stringContaining('[service_settings] unknown field [similarity]'),
      });
    });
  });

  describe('an endpoint that borrows a deployment', () => {
    beforeEach(async () => {
      await passing(cycle.put('owner', sparse({ num_allocations: 2 })));
    });

    it('shows that deployment, makes none, and calls it', async () => {
      expect(JSON.stringify(await passing(cycle.put('mine', borrowing('owner'))))).toBe(
        '{"inference_id":"mine","task_type":"sparse_embedding","service":"elasticsearch","service_settings":{"num_allocations":2,"num_threads":1,"model_id":".elser_model_2","deployment_id":"owner"},"chunking_settings":{"strategy":"sentence","max_chunk_size":250,"sentence_overlap":1}}',
      );
      expect(control.components.size).toBe(1);
      await call('mine');
      expect(asked.at(-1)).toMatchObject({ deployment: 'owner', model: '.elser_model_2', startsItself: false });
    });

    it('ignores what was sent for the deployment', async () => {
      const settings = { num_threads: 8, num_allocations: 7, model_id: '.elser_model_2' };
      expect(await passing(cycle.put('mine', borrowing('owner', 'sparse_embedding', settings)))).toMatchObject({
        service_settings: { num_allocations: 2, num_threads: 1 },
      });
    });

    it('of vectors is asked for their length', async () => {
      await passing(cycle.put('e5', dense({ num_allocations: 1 })));
      expect(await passing(cycle.put('mine', borrowing('e5', 'text_embedding')))).toMatchObject({
        service_settings: { deployment_id: 'e5', dimensions: 2, similarity: 'cosine', element_type: 'float' },
      });
    });

    it('may borrow that of a default endpoint once that is there', async () => {
      const id = '.elser-2-elasticsearch';
      expect(await passing(cycle.put('mine', borrowing(id)))).toMatchObject({ status: 404 });
      await cycle.wake(id);
      expect(await passing(cycle.put('mine', borrowing(id)))).toMatchObject({
        service_settings: { num_allocations: 1, model_id: '.elser_model_2_linux-x86_64', deployment_id: id },
      });
      await call('mine');
      expect(asked.at(-1)).toMatchObject({ deployment: id, startsItself: true });
    });

    it.each<[string, object, object]>([
      [
        'an unknown deployment',
        borrowing('unknown'),
        { status: 404, type: 'resource_not_found_exception', reason: 'Cannot find deployment [unknown]' },
      ],
      [
        'another model',
        borrowing('owner', 'sparse_embedding', { model_id: '.rerank-v1' }),
        {
          status: 400,
          type: 'status_exception',
          reason:
            'Deployment [owner] uses model [.elser_model_2] which does not match the model [.rerank-v1] in the request.',
        },
      ],
      [
        'another task',
        borrowing('owner', 'text_embedding'),
        {
          status: 400,
          type: 'status_exception',
          reason:
            'Deployed model [.elser_model_2] with type [text_expansion] does not match the requested task type [text_embedding]',
        },
      ],
    ])('is refused for %s', async (_, body, expected) => {
      expect(await passing(cycle.put('mine', body))).toEqual(expected);
    });

    it('lends it to nobody else', async () => {
      await passing(cycle.put('mine', borrowing('owner')));
      expect(await passing(cycle.put('third', borrowing('mine')))).toMatchObject({
        reason: 'Cannot find deployment [mine]',
      });
    });

    it('cannot rescale it', async () => {
      await passing(cycle.put('mine', borrowing('owner')));
      const update = { task_type: 'sparse_embedding', service_settings: { num_allocations: 3 } };
      expect(await outcome(cycle.update('mine', update))).toEqual({
        status: 409,
        type: 'status_exception',
        reason:
          'Cannot update inference endpoint [mine] for model deployment [owner] as it was created by another inference endpoint. The model can only be updated using inference endpoint id [owner].',
      });
      await cycle.delete('owner', true);
      expect(await outcome(cycle.update('mine', update))).toMatchObject({
        status: 409,
        reason:
          'Cannot update inference endpoint [mine] using model deployment [owner]. The model deployment must be updated through the trained models API.',
      });
    });

    it('leaves it running when it is deleted', async () => {
      await passing(cycle.put('mine', borrowing('owner')));
      await cycle.delete('mine');
      await cycle.sweep();
      expect(component('owner')?.status).toBe('InService');
      expect(await cycle.store.stored('mine')).toBeUndefined();
    });
  });
});

describe('the model bucket', () => {
  const bucketOf = (status: number, body: unknown, bucket: string | undefined = 'inlet-models-1-eu-west-1') => {
    const http = scriptedHttp(() => ({ status, body }));
    const send = createSend({
      http,
      tokens: { get: async () => '', drop: () => {} },
      roleCredentials: () => ({ accessKeyId: 'ROLE', secretAccessKey: 'secret' }),
    });
    return { http, models: modelBucket({ send, region: 'eu-west-1', bucket }) };
  };

  it('is asked for the manifest beside the archive', async () => {
    const { http, models: store } = bucketOf(200, {
      task_type: 'text_embedding',
      prefixes: { search: 'q: ' },
      max_input_tokens: 256,
    });
    expect(await store.find('org__dense')).toEqual({
      taskType: 'text_embedding',
      prefixes: { search: 'q: ', ingest: '' },
      limit: 256,
    });
    expect(http.sent[0]).toMatchObject({
      method: 'GET',
      url: 'https://s3.eu-west-1.amazonaws.com/inlet-models-1-eu-west-1/org__dense/inlet.json',
      headers: {
        authorization: expect.stringContaining('/eu-west-1/s3/aws4_request'),
        // SHA-256 of nothing, which S3 wants to be told.
        'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      },
    });
  });

  it.each([
    ['has no such model', 404, 'org__dense', 1],
    ['is not asked for what can be no id', 200, '../secret', 0],
    ['is not asked for a built-in model', 200, '.elser_model_2', 0],
  ])('%s', async (_, status, id, calls) => {
    const { http, models: store } = bucketOf(status, {});
    expect(await store.find(id)).toBeUndefined();
    expect(http.sent).toHaveLength(calls);
  });

  it('refuses a manifest that does not fit, and says what', async () => {
    await expect(bucketOf(200, { task_type: 'completion' }).models.find('org__dense')).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(/^The model \[org__dense\] cannot be used\. Its inlet\.json does not fit: /),
    });
  });

  it('takes no other answer for an absence', async () => {
    await expect(bucketOf(403, '<Error/>').models.find('org__dense')).rejects.toThrow('answered 403');
  });
});
