import { describe, expect, it } from 'vitest';
import { listServices } from '../../../lib/inference/list-services.ts';
import { told } from '../../helpers/envelopes.ts';
import { eventStream } from '../../helpers/event-stream.ts';
import { scriptedHttp } from '../../helpers/scripted-http.ts';
import { createWholeService } from '../../helpers/whole-service.ts';
import { statusError, testedEndpoint, validationFailed } from '../endpoints.ts';

const keys = { access_key: 'AKIDEXAMPLE', secret_key: 'never-shown' };
const place = { endpoint_name: 'tides', region: 'eu-west-1' };
const openai = { ...keys, ...place, api: 'openai' };
const elastic = { ...keys, ...place, api: 'elastic' };
const float = { ...elastic, element_type: 'float' };

const body = (serviceSettings: object, taskSettings: object = {}) => ({
  service: 'amazon_sagemaker',
  service_settings: serviceSettings,
  task_settings: taskSettings,
});

const chunk = { id: 'c', choices: [{ delta: { content: 'a' }, finish_reason: 'stop', index: 0 }] };

const answers: Readonly<Record<string, unknown>> = {
  'openai text_embedding': { data: [{ embedding: [0.5, -0.25, 1] }] },
  'openai completion': { choices: [{ message: { content: 'Yes.' } }] },
  'openai chat_completion': eventStream([{ PayloadPart: `data: ${JSON.stringify(chunk)}\n\n` }]),
  'elastic text_embedding': { text_embedding: [{ embedding: [0.5, -0.25, 1] }] },
  'elastic sparse_embedding': { sparse_embedding: [{ is_truncated: false, embedding: { tide: 1 } }] },
  'elastic rerank': { rerank: [{ index: 0, relevance_score: 1 }] },
  'elastic completion': { completion: [{ result: 'Yes.' }] },
  'elastic chat_completion': eventStream([{ PayloadPart: chunk }]),
};

/** An endpoint whose calls succeed. */
const answering = (task: string, api: string, answer = answers[`${api} ${task}`]) =>
  testedEndpoint(task, () => ({ body: answer }));

const put = (task: string, serviceSettings: object, taskSettings?: object) =>
  testedEndpoint(task).put(body(serviceSettings, taskSettings));

const missing = (scope: string, ...names: readonly string[]) =>
  validationFailed(...names.map((name) => `[${scope}] does not contain the required setting [${name}]`));

const unknownSettings = (map: string) =>
  statusError(`Configuration contains settings [{${map}}] unknown to the [amazon_sagemaker] service`);

const notCompatible = (api: string, task: string, supported: string) =>
  statusError(
    `Task [${api}] is not compatible for service [sagemaker] and api [${task}]. Supported tasks: [[${supported}]]`,
    405,
  );

describe('service settings of amazon_sagemaker', () => {
  it.each<[string, string, object, object]>([
    ['nothing: the keys come first', 'completion', {}, missing('secret_settings', 'access_key', 'secret_key')],
    ['no secret_key', 'completion', { access_key: 'a' }, missing('secret_settings', 'secret_key')],
    ['no place', 'completion', keys, missing('service_settings', 'endpoint_name', 'region', 'api')],
    [
      'no region, though the API is unknown',
      'completion',
      { ...keys, endpoint_name: 'e', api: 'acme' },
      missing('service_settings', 'region'),
    ],
    [
      'a region that would lead to another host',
      'completion',
      { ...openai, region: 'x.test/' },
      validationFailed('[service_settings] Invalid value [x.test/]. [region] must be the name of a region'),
    ],
    [
      'a batch_size of 0',
      'completion',
      { ...openai, batch_size: 0 },
      validationFailed('[service_settings] Invalid value [0]. [batch_size] must be a positive integer'),
    ],
    ['an unknown API', 'completion', { ...openai, api: 'acme' }, notCompatible('acme', 'completion', '')],
    ['an API in another case', 'completion', { ...openai, api: 'OpenAI' }, notCompatible('OpenAI', 'completion', '')],
    [
      'an API by a name that every object has',
      'completion',
      { ...openai, api: 'constructor' },
      notCompatible('constructor', 'completion', ''),
    ],
    [
      'an API without the task',
      'rerank',
      openai,
      notCompatible('openai', 'rerank', 'text_embedding, completion, chat_completion'),
    ],
    [
      'an API before what only one has',
      'sparse_embedding',
      { ...openai, element_type: 5 },
      notCompatible('openai', 'sparse_embedding', 'text_embedding, completion, chat_completion'),
    ],
    ['no element_type', 'text_embedding', elastic, missing('service_settings', 'element_type')],
    [
      'an unknown element_type and an unknown similarity',
      'text_embedding',
      { ...elastic, element_type: 'x', similarity: 'y' },
      validationFailed(
        '[service_settings] Invalid value [y] received. [similarity] must be one of [cosine, dot_product, l2_norm]',
        '[service_settings] Invalid value [x] received. [element_type] must be one of [bit, byte, float]',
      ),
    ],
    [
      'a rate_limit',
      'completion',
      { ...openai, rate_limit: { requests_per_minute: 10 } },
      unknownSettings('rate_limit={requests_per_minute=10}'),
    ],
    [
      'an element_type for openai',
      'text_embedding',
      { ...openai, element_type: 'float' },
      unknownSettings('element_type=float'),
    ],
    ['dimensions of a completion', 'completion', { ...elastic, dimensions: 3 }, unknownSettings('dimensions=3')],
    ['a model_id', 'completion', { ...openai, model_id: 'm' }, unknownSettings('model_id=m')],
  ])('refuse %s', async (_, task, serviceSettings, expected) => {
    expect(told(await put(task, serviceSettings))).toEqual(expected);
  });
});

describe('task settings of amazon_sagemaker', () => {
  it.each<[string, string, object, object, object]>([
    ['an unknown one', 'completion', openai, { temperature: 1 }, unknownSettings('temperature=1')],
    [
      'one of another type',
      'completion',
      openai,
      { session_id: 5 },
      validationFailed(
        'field [session_id] is not of the expected type. The value [5] cannot be converted to a [String]',
      ),
    ],
    ...[{ temperature: 1 }, { session_id: 's' }, { temperature: null }].map(
      (taskSettings): [string, string, object, object, object] => [
        `${JSON.stringify(taskSettings)} of elastic`,
        'completion',
        elastic,
        taskSettings,
        validationFailed(
          'task_settings is only supported during the inference request and cannot be stored in the inference endpoint.',
        ),
      ],
    ),
  ])('refuse %s', async (_, task, serviceSettings, taskSettings, expected) => {
    expect(told(await put(task, serviceSettings, taskSettings))).toEqual(expected);
  });

  it('of another type are refused in a call as well', async () => {
    const endpoint = answering('completion', 'openai');
    await endpoint.put(body(openai));
    expect(told(await endpoint.post({ input: 'x', task_settings: { user: 5 } }))).toEqual(
      validationFailed('field [user] is not of the expected type. The value [5] cannot be converted to a [String]'),
    );
  });
});

describe('a new endpoint of amazon_sagemaker', () => {
  const everything = {
    target_model: 'm',
    target_container_hostname: 'h',
    inference_component_name: 'c',
    batch_size: 7,
  };
  it.each<[string, string, object, unknown, object]>([
    ['openai embeddings', 'text_embedding', openai, undefined, { ...place, api: 'openai', dimensions: 3 }],
    [
      'openai embeddings of a given length',
      'text_embedding',
      { dimensions: 3, ...everything, ...openai },
      undefined,
      { ...place, api: 'openai', ...everything, dimensions: 3 },
    ],
    [
      'elastic embeddings',
      'text_embedding',
      { ...float, similarity: 'COSINE', dimensions: 9, ...everything },
      undefined,
      {
        ...place,
        api: 'elastic',
        ...everything,
        dimensions: 3,
        dimensions_set_by_user: false,
        similarity: 'cosine',
        element_type: 'float',
      },
    ],
    [
      'elastic bits, eight to a number',
      'text_embedding',
      { ...elastic, element_type: 'BIT', dimensions: 16, dimensions_set_by_user: true },
      { text_embedding_bits: [{ embedding: [1, -128] }] },
      { ...place, api: 'elastic', dimensions: 16, dimensions_set_by_user: false, element_type: 'bit' },
    ],
    [
      'elastic embeddings of the length that the model has',
      'text_embedding',
      { ...float, dimensions_set_by_user: true },
      undefined,
      { ...place, api: 'elastic', dimensions: 3, dimensions_set_by_user: false, element_type: 'float' },
    ],
    [
      'elastic bytes',
      'text_embedding',
      { ...elastic, element_type: 'byte' },
      { text_embedding_bytes: [{ embedding: [1, -128] }] },
      { ...place, api: 'elastic', dimensions: 2, dimensions_set_by_user: false, element_type: 'byte' },
    ],
    ['a rerank', 'rerank', elastic, undefined, { ...place, api: 'elastic' }],
  ])('shows %s, but not its keys', async (_, task, serviceSettings, answer, shown) => {
    const { api } = Object(serviceSettings);
    const { status, json } = await answering(task, api, answer ?? answers[`${api} ${task}`]).put(body(serviceSettings));
    expect(status).toBe(200);
    expect(JSON.stringify(Object(json).service_settings)).toBe(JSON.stringify(shown));
  });

  it.each(['sagemaker', 'amazonsagemaker'])('may be asked for as %s', async (service) => {
    const endpoint = answering('completion', 'openai');
    const { json } = await endpoint.put({ service, service_settings: openai, task_settings: { user: 'u' } });
    expect(json).toEqual({
      inference_id: 'tested',
      task_type: 'completion',
      service: 'amazon_sagemaker',
      service_settings: { ...place, api: 'openai' },
      task_settings: { user: 'u' },
    });
  });

  it.each([
    [{ ...openai, dimensions: 4 }, 3, 4],
    [{ ...float, dimensions: 4, dimensions_set_by_user: true }, 3, 4],
  ])('has the vector length that was asked for', async (serviceSettings, found, asked) => {
    expect(told(await answering('text_embedding', serviceSettings.api).put(body(serviceSettings)))).toEqual(
      statusError(
        `The retrieved embeddings size [${found}] does not match the size specified in the settings [${asked}]. Please recreate the [tested] configuration with the correct dimensions`,
      ),
    );
  });

  it.each([
    ['openai', 'text_embedding', 'invocations', { input: 'how big' }],
    ['openai', 'completion', 'invocations', { messages: [{ content: 'how big', role: 'user' }], n: 1, stream: false }],
    [
      'openai',
      'chat_completion',
      'invocations-response-stream',
      {
        messages: [{ role: 'user', content: 'how big' }],
        n: 1,
        stream: true,
        stream_options: { include_usage: true },
      },
    ],
    ['elastic', 'text_embedding', 'invocations', { input: 'how big', input_type: 'ingest' }],
    ['elastic', 'sparse_embedding', 'invocations', { input: 'how big', input_type: 'ingest' }],
    ['elastic', 'rerank', 'invocations', { input: 'how big', query: 'test query' }],
    ['elastic', 'completion', 'invocations', { input: 'how big', input_type: 'ingest' }],
    ['elastic', 'chat_completion', 'invocations-response-stream', { messages: [{ role: 'user', content: 'how big' }] }],
  ])('of %s is asked whether %s works', async (api, task, operation, sent) => {
    const endpoint = answering(task, api);
    const settings = task === 'text_embedding' && api === 'elastic' ? float : { ...openai, api };
    expect((await endpoint.put(body(settings))).status).toBe(200);
    expect(endpoint.sent.map(({ url, body: text }) => ({ url, body: JSON.parse(text) }))).toEqual([
      { url: `https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/tides/${operation}`, body: sent },
    ]);
  });
});

describe('an update of amazon_sagemaker', () => {
  const stored = async (taskSettings: object = { user: 'u', session_id: 's' }) => {
    const endpoint = answering('completion', 'openai');
    await endpoint.put(body(openai, taskSettings));
    return endpoint;
  };

  it('merges task settings', async () => {
    const { json } = await (await stored()).update({ task_settings: { session_id: 't', target_variant: 'blue' } });
    expect(Object(json).task_settings).toEqual({ user: 'u', session_id: 't', target_variant: 'blue' });
  });

  it('replaces one key, and keeps the other', async () => {
    const endpoint = await stored();
    await endpoint.update({ service_settings: { access_key: 'AKIDNEW' } });
    expect([...endpoint.secrets.kept.values()]).toEqual([{ access_key: 'AKIDNEW', secret_key: 'never-shown' }]);
  });

  it('changes no service setting', async () => {
    const { json } = await (await stored()).update({ service_settings: { region: 'us-east-1', batch_size: 4, x: 1 } });
    expect(Object(json).service_settings).toEqual({ ...place, api: 'openai' });
  });

  it.each([1, null])('stores no task settings of elastic, not even %j', async (temperature) => {
    const endpoint = answering('completion', 'elastic');
    await endpoint.put(body(elastic));
    expect(told(await endpoint.update({ task_settings: { temperature } }))).toEqual(
      validationFailed(
        'task_settings is only supported during the inference request and cannot be stored in the inference endpoint.',
      ),
    );
  });
});

it('goes out with the role of the function where the operator lends it', async () => {
  const http = scriptedHttp(() => ({ body: answers['openai completion'] }));
  const { request } = createWholeService(http, { operator: { awsRole: true } });
  const { access_key: _a, secret_key: _s, ...settings } = openai;
  const path = '/_inference/completion/tested';
  expect((await request({ method: 'PUT', path, body: body(settings) })).status).toBe(200);
  expect(http.sent[0]?.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=ROLE\/\d{8}\/eu-west-1\/sagemaker\/aws4_request,/,
  );
});

it('is listed with the settings of both APIs', async () => {
  const entry = (await listServices(undefined)).find(({ service }) => service === 'amazon_sagemaker');
  const setting = (required: boolean, type: string) => ({ required, sensitive: false, updatable: false, type });
  expect(entry).toMatchObject({
    name: 'Amazon SageMaker',
    task_types: ['text_embedding', 'sparse_embedding', 'rerank', 'completion', 'chat_completion'],
    features: { non_streaming_chat: { supported: true } },
    configurations: {
      access_key: { required: true, sensitive: true, updatable: true, type: 'str' },
      secret_key: { required: true, sensitive: true, updatable: true, type: 'str' },
      api: setting(true, 'str'),
      batch_size: setting(false, 'int'),
      dimensions: { ...setting(false, 'int'), supported_task_types: ['text_embedding'] },
      element_type: { ...setting(false, 'str'), supported_task_types: ['text_embedding'] },
      endpoint_name: setting(true, 'str'),
      inference_component_name: setting(false, 'str'),
      region: setting(true, 'str'),
      target_container_hostname: setting(false, 'str'),
      target_model: setting(false, 'str'),
    },
  });
  expect(entry?.configurations).not.toHaveProperty(['rate_limit.requests_per_minute']);
});
