import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { componentRecord } from '../../local/stand-ins/sagemaker/component-record.ts';
import { startSageMakerRuntime } from '../../local/stand-ins/sagemaker/runtime.ts';
import { servedModel } from '../../local/stand-ins/sagemaker/served-model.ts';
import { type FakeService, type Script, startFakeService } from '../helpers/fake-service.ts';
import { endpoint, type HostedModels, hostModels, pace } from './model-hosting.ts';

let models: HostedModels;
let container: FakeService;
let runtime: Awaited<ReturnType<typeof startSageMakerRuntime>>;
let script: Script;

beforeEach(async () => {
  script = { type: 'answer', headers: { 'content-type': 'application/json' }, body: '[[0.5]]' };
  container = await startFakeService(() => script);
  models = await hostModels();
  runtime = await startSageMakerRuntime({
    endpoint,
    components: models.hosting.components,
    containerOf: ({ name }) => `${container.origin}/${name}`,
    elsewhere: (region) => `${container.origin}/${region}`,
  });
  await models.create('a');
  models.world.time += pace.create;
});

afterEach(async () => {
  await runtime.close();
  await models[Symbol.asyncDispose]();
  await container[Symbol.asyncDispose]();
});

const invoke = (more: RequestInit & { readonly path?: string; readonly component?: string | undefined } = {}) => {
  const { path = '/endpoints/Inlet-ml-node/invocations', component = 'a', headers, ...init } = more;
  return fetch(`${runtime.endpoint}${path}`, {
    method: 'POST',
    body: '{"inputs":["one"]}',
    ...init,
    headers: {
      'content-type': 'application/json',
      ...(component && { 'x-amzn-sagemaker-inference-component': component }),
      ...headers,
    },
  });
};

const answered = async (response: Response) => ({
  status: response.status,
  type: response.headers.get('x-amzn-errortype'),
  body: await response.json(),
});

describe('an invocation', () => {
  it('reaches the component: its body, and the headers that SageMaker passes on', async () => {
    const response = await invoke({
      headers: { accept: 'application/json', 'x-amzn-sagemaker-custom-attributes': 'trace=1', 'x-other': 'dropped' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-amzn-invoked-production-variant')).toBe('models');
    expect(await response.text()).toBe('[[0.5]]');
    const [request] = container.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/a/invocations', body: '{"inputs":["one"]}' });
    const { host: _host, connection: _connection, ...headers } = request?.headers ?? {};
    expect(headers).toEqual({
      'content-type': 'application/json',
      'content-length': '18',
      accept: 'application/json',
      'x-amzn-sagemaker-custom-attributes': 'trace=1',
    });
  });

  it('brings 6 MiB there and back', async () => {
    const body = 'x'.repeat(6 * 1024 * 1024);
    script = { type: 'answer', body };
    expect(await (await invoke({ body })).text()).toBe(body);
    expect(container.requests[0]?.body).toBe(body);
  });

  it('gives what the container has answered so far while it goes on', async () => {
    script = { type: 'stream', pieces: ['[[1]', ',[2]'], ending: 'hang' };
    const reader = (await invoke()).body?.getReader();
    let text = '';
    while (text.length < 8) text += new TextDecoder().decode((await reader?.read())?.value);
    expect(text).toBe('[[1],[2]');
    await reader?.cancel();
  });

  it('counts as use of the component', async () => {
    await models.register('a', { MinCapacity: 0, MaxCapacity: 1 });
    await models.putPolicy('a');
    models.world.time += pace.idle - 1;
    await (await invoke()).text();
    models.world.time += pace.idle - 1;
    expect(await models.state('a')).toBe('InService 1 1');
  });

  it('of another endpoint, if it is signed, is passed on as it is', async () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKID/20261127/eu-west-1/sagemaker/aws4_request, SignedHeaders=host, Signature=00';
    script = { type: 'answer', status: 418, headers: { 'x-amzn-errortype': 'ModelError' }, body: 'no' };
    const path = '/endpoints/other/invocations-response-stream?a=b';
    const response = await invoke({ path, headers: { authorization, 'x-other': 'kept' } });
    expect({ status: response.status, text: await response.text() }).toEqual({ status: 418, text: 'no' });
    expect(response.headers.get('x-amzn-errortype')).toBe('ModelError');
    expect(container.requests[0]).toMatchObject({
      method: 'POST',
      path: `/eu-west-1${path}`,
      headers: { authorization, 'x-other': 'kept', host: container.host },
      body: '{"inputs":["one"]}',
    });
    script = { type: 'reset' };
    await expect(invoke({ path, headers: { authorization } })).rejects.toThrow();
  });

  it('leaves the container when its caller leaves', async () => {
    script = { type: 'hang' };
    const left = new AbortController();
    const call = invoke({ signal: left.signal });
    await container.received(1);
    left.abort();
    await expect(call).rejects.toThrow();
    await container.connections[0]?.closed;
  });
});

describe('what SageMaker answers itself', () => {
  const capacity =
    'Inference Component has no capacity to process this request. ApplicationAutoScaling may be in-progress (if configured) or try to increase the capacity by invoking UpdateInferenceComponentRuntimeConfig API.';

  it.each([
    ['another endpoint', { path: '/endpoints/other/invocations' }, 'Endpoint other of account 000000000000 not found.'],
    ['no component', { component: '' }, expect.stringContaining('Component Name header is required')],
    ['an unknown component', { component: 'b' }, 'Inference Component b not found.'],
  ])('refuses %s', async (_what, request, message) => {
    expect(await answered(await invoke(request))).toEqual({
      status: 400,
      type: 'ValidationError',
      body: { Message: message },
    });
    expect(container.requests).toEqual([]);
  });

  it.each(['Creating', 'scaled to nothing', 'Failed', 'Deleting'])(
    'says that one that is %s has no capacity',
    async (state) => {
      if (state === 'Failed') models.world.failure = 'No luck';
      await models.create('b');
      if (state !== 'Creating') models.world.time += pace.create;
      if (state === 'scaled to nothing') await models.scale('b', 0);
      if (state === 'Deleting') await models.remove('b');
      expect(await answered(await invoke({ component: 'b', body: 'x'.repeat(1_000_000) }))).toEqual({
        status: 400,
        type: 'ValidationError',
        body: { Message: capacity },
      });
    },
  );

  it.each([
    ['GET', '/endpoints/Inlet-ml-node/invocations'],
    ['POST', '/endpoints/Inlet-ml-node'],
    ['POST', '/endpoints/Inlet-ml-node/invocations/more'],
  ])('knows no %s %s', async (method, path) => {
    const { status, type } = await answered(await invoke({ path, method, ...(method === 'GET' && { body: null }) }));
    expect({ status, type }).toEqual({ status: 404, type: 'UnknownOperationException' });
  });

  it.each([
    [
      422,
      'client',
      'CLIENT_ERROR_FROM_MODEL',
      '{"error":"batch size 40 > maximum allowed batch size 32","error_type":"Validation"}',
    ],
    [429, 'client', 'CLIENT_ERROR_FROM_MODEL', '{"error":"Model is overloaded","error_type":"Overloaded"}'],
    [503, 'server', 'INTERNAL_FAILURE_FROM_MODEL', ''],
  ])('wraps a %i of the container in a ModelError', async (status, side, code, body) => {
    script = { type: 'answer', status, body };
    expect(await answered(await invoke())).toEqual({
      status: 424,
      type: 'ModelError',
      body: {
        ErrorCode: code,
        LogStreamArn: 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/sagemaker/InferenceComponents/a',
        Message: expect.stringContaining(
          `Received ${side} error (${status}) from primary with message "${body}". See `,
        ),
        OriginalMessage: body,
        OriginalStatusCode: status,
      },
    });
  });

  it('says so when the container breaks off before it answers', async () => {
    script = { type: 'reset' };
    const { status, type, body } = await answered(await invoke());
    expect({ status, type, body }).toMatchObject({
      status: 424,
      type: 'ModelError',
      body: { OriginalStatusCode: 500 },
    });
    script = { type: 'answer', body: '[]' };
    expect((await invoke()).status).toBe(200);
  });

  it('cuts an answer that the container cuts', async () => {
    script = { type: 'stream', pieces: ['[[1]'], ending: 'cut' };
    await expect(invoke().then((response) => response.text())).rejects.toThrow();
  });
});

describe('the model that a component serves', () => {
  const component = (container: object) =>
    componentRecord.parse({
      name: 'a',
      endpoint: 'e',
      variant: 'v',
      specification: { Container: container, ComputeResourceRequirements: { MinMemoryRequiredInMb: 128 } },
      status: 'InService',
      desired: 1,
      current: 1,
      since: 0,
      created: 0,
    });
  const builtIn = { 'intfloat/multilingual-e5-small': '.multilingual-e5-small' };

  it.each([
    [{ Environment: { HF_MODEL_ID: 'intfloat/multilingual-e5-small' } }, '.multilingual-e5-small'],
    [{ Environment: { HF_MODEL_ID: 'org/another' } }, 'org/another'],
    [{ Environment: { HF_MODEL_ID: 'constructor' } }, 'constructor'],
    [{ ArtifactUrl: 's3://bucket/org__name/model.tar.gz', Environment: { HF_MODEL_ID: '/opt/ml/model' } }, 'org__name'],
    [{ ArtifactUrl: 's3://bucket/model.tar.gz' }, undefined],
    [{}, undefined],
  ])('of %o is %s', (given, model) => {
    expect(servedModel(component(given), builtIn)).toBe(model);
  });
});
