import { describe, expect, it } from 'vitest';
import { standardError, statusError, testedEndpoint, validationFailed } from './endpoints.ts';

const secret = 'sk-never-shown';
const base = { api_key: secret, model_id: 'm' };
const oauth = { client_id: 'c', scopes: ['a', 'b'], token_url: 'https://login.example/token' };

const vectors = { data: [{ embedding: [0.5, -0.25] }] };
const chunks = 'data: {"id":"1","choices":[{"index":0,"delta":{"content":"Very"}}]}\n\ndata: [DONE]\n\n';
const answers: Readonly<Record<string, unknown>> = {
  text_embedding: vectors,
  embedding: vectors,
  completion: { choices: [{ message: { content: 'Very.' } }] },
  chat_completion: chunks,
};

/** An endpoint whose validation call and token exchange succeed. */
const answering = (task: string) =>
  testedEndpoint(task, ({ url }) => ({
    body: url === oauth.token_url ? { access_token: 'token', expires_in: 3600 } : answers[task],
  }));

/** A PUT as text: numbers such as 256.0 keep their form. */
const put = (serviceSettings: string) => `{"service":"openai","service_settings":${serviceSettings}}`;

const notOf = (type: string, name: string, value: string) =>
  `field [${name}] is not of the expected type. The value [${value}] cannot be converted to a [${type}]`;
const emptyText = (name: string, scope = 'service_settings') =>
  `[${scope}] Invalid value empty string. [${name}] must be a non-empty string`;
const badUrl = (name: string, url: string, reason: string) =>
  `[service_settings] Invalid url [${url}] received for field [${name}]. Error: unable to parse url [${url}]. Reason: ${reason}`;
const oneSecret = '[service_settings] must have exactly one field of [api_key, client_secret] set';
const noModel = '[service_settings] does not contain the required setting [model_id]';

describe('service settings of openai', () => {
  it.each<[string, object, readonly string[]]>([
    ['no model', { api_key: secret }, [noModel]],
    ['no model, which is null', { api_key: secret, model_id: null }, [noModel]],
    ['an empty model', { ...base, model_id: '' }, [emptyText('model_id')]],
    ['a model that is no text', { ...base, model_id: 5 }, [notOf('String', 'model_id', '5')]],
    ['no secret', { model_id: 'm' }, [oneSecret]],
    ['a secret that is null', { model_id: 'm', api_key: null }, [oneSecret]],
    [
      'both secrets',
      { ...base, ...oauth, client_secret: secret },
      [`${oneSecret}, received: [api_key, client_secret]`],
    ],
    ['an empty api_key', { model_id: 'm', api_key: '' }, [emptyText('api_key')]],
    ['an empty client_secret', { model_id: 'm', ...oauth, client_secret: '' }, [emptyText('client_secret')]],
    ['an api_key that is no text', { model_id: 'm', api_key: 1 }, [notOf('String', 'api_key', '1')]],
    [
      'dimensions of 0',
      { ...base, dimensions: 0 },
      ['[service_settings] Invalid value [0]. [dimensions] must be a positive integer'],
    ],
    ['dimensions as text', { ...base, dimensions: '256' }, [notOf('Integer', 'dimensions', '256')]],
    ['dimensions beyond 32 bits', { ...base, dimensions: 2 ** 31 }, [notOf('Integer', 'dimensions', '2147483648')]],
    [
      'max_input_tokens below 0',
      { ...base, max_input_tokens: -1 },
      ['[service_settings] Invalid value [-1]. [max_input_tokens] must be a positive integer'],
    ],
    [
      'an unknown similarity',
      { ...base, similarity: 'dot' },
      ['[service_settings] Invalid value [dot] received. [similarity] must be one of [cosine, dot_product, l2_norm]'],
    ],
    ['a similarity that is no text', { ...base, similarity: 1 }, [notOf('String', 'similarity', '1')]],
    [
      'a rate of 0',
      { ...base, rate_limit: { requests_per_minute: 0 } },
      ['[rate_limit] Invalid value [0]. [requests_per_minute] must be a positive long'],
    ],
    [
      'a rate as text',
      { ...base, rate_limit: { requests_per_minute: 'x' } },
      [notOf('Long', 'requests_per_minute', 'x')],
    ],
    ['a rate_limit that is no object', { ...base, rate_limit: 5 }, [notOf('Map', 'rate_limit', '5')]],
    ['an empty url', { ...base, url: '' }, [emptyText('url')]],
    ['a relative url', { ...base, url: 'v1/embeddings' }, [badUrl('url', 'v1/embeddings', 'it is no absolute url')]],
    [
      'a url of another scheme',
      { ...base, url: 'ftp://x' },
      [badUrl('url', 'ftp://x', 'scheme [ftp] is not http or https')],
    ],
    [
      'a url with a password',
      { ...base, url: 'https://a:b@x' },
      [badUrl('url', 'https://a:b@x', 'it holds credentials')],
    ],
    ['an empty organization_id', { ...base, organization_id: '' }, [emptyText('organization_id')]],
    [
      'client_id without scopes',
      { ...base, client_id: 'c', token_url: oauth.token_url },
      ['[service_settings] OAuth2 fields [client_id, scopes] must be provided together; missing: [scopes]'],
    ],
    [
      'scopes without client_id',
      { ...base, scopes: ['a'] },
      ['[service_settings] OAuth2 fields [client_id, scopes] must be provided together; missing: [client_id]'],
    ],
    [
      'no token_url',
      { ...base, client_id: 'c', scopes: ['a'] },
      ['[service_settings] all OpenAI OAuth2 fields must be provided together; missing: [token_url]'],
    ],
    [
      'only a token_url',
      { ...base, token_url: oauth.token_url },
      ['[service_settings] all OpenAI OAuth2 fields must be provided together; missing: [client_id, scopes]'],
    ],
    [
      'client_secret without the other fields of OAuth2',
      { model_id: 'm', client_secret: secret },
      ['OAuth2 requires the fields [client_id, scopes, token_url], to be set.'],
    ],
    ['scopes that are no list', { ...base, ...oauth, scopes: 'a' }, [notOf('List', 'scopes', 'a')]],
    [
      'no scope',
      { ...base, ...oauth, scopes: [] },
      ['[service_settings] Invalid value empty list. [scopes] must be a non-empty list'],
    ],
    [
      'several mistakes',
      { api_key: secret, dimensions: 0, similarity: 'dot', client_id: 'c' },
      [
        noModel,
        '[service_settings] Invalid value [dot] received. [similarity] must be one of [cosine, dot_product, l2_norm]',
        '[service_settings] Invalid value [0]. [dimensions] must be a positive integer',
        '[service_settings] OAuth2 fields [client_id, scopes] must be provided together; missing: [scopes]',
      ],
    ],
  ])('refuse %s', async (_, serviceSettings, reasons) => {
    const endpoint = testedEndpoint('text_embedding');
    const { status, json } = await endpoint.put({ service: 'openai', service_settings: serviceSettings });
    expect({ status, json }).toEqual({ status: 400, json: validationFailed(...reasons) });
  });

  it('refuse a decimal for an integer', async () => {
    const { json } = await testedEndpoint('text_embedding').put(
      put('{"api_key":"k","model_id":"m","dimensions":256.0}'),
    );
    expect(json).toEqual(validationFailed(notOf('Integer', 'dimensions', '256.0')));
  });

  it.each<[string, string, object, string]>([
    [
      'a service setting',
      'text_embedding',
      { service_settings: { ...base, foo: 'bar', baz: { a: [1, 'x'] } } },
      '{foo=bar, baz={a=[1, x]}}',
    ],
    ['a service setting that is null', 'text_embedding', { service_settings: { ...base, foo: null } }, '{foo=null}'],
    [
      'what only we write',
      'text_embedding',
      { service_settings: { ...base, dimensions_set_by_user: true } },
      '{dimensions_set_by_user=true}',
    ],
    ['dimensions of a completion', 'completion', { service_settings: { ...base, dimensions: 2 } }, '{dimensions=2}'],
    [
      'the similarity of a chat',
      'chat_completion',
      { service_settings: { ...base, similarity: 'cosine' } },
      '{similarity=cosine}',
    ],
    ['a key of rate_limit', 'completion', { service_settings: { ...base, rate_limit: { x: 1 } } }, '{x=1}'],
    ['a task setting', 'embedding', { service_settings: base, task_settings: { foo: true } }, '{foo=true}'],
    ['a key of the root', 'text_embedding', { service_settings: base, foo: 1 }, '{foo=1}'],
    [
      'chunking settings of a completion',
      'completion',
      { service_settings: base, chunking_settings: { strategy: 'none' } },
      '{chunking_settings={strategy=none}}',
    ],
  ])('refuse %s that nobody knows', async (_, task, body, map) => {
    const { status, json } = await testedEndpoint(task).put({ service: 'openai', ...body });
    const reason = `Configuration contains settings [${map}] unknown to the [openai] service`;
    expect({ status, json }).toEqual({ status: 400, json: statusError(reason) });
  });

  it.each<[string, object, object]>([
    ['an empty user', { user: '' }, validationFailed(emptyText('user', 'task_settings'))],
    ['a user that is no text', { user: 1 }, validationFailed(notOf('String', 'user', '1'))],
    ['headers that are no object', { headers: 'x' }, validationFailed(notOf('Map', 'headers', 'x'))],
    [
      'a header that is no text',
      { headers: { A: 'a', B: 1 } },
      validationFailed(
        'Map field [headers] has an entry that is not valid, [B => 1]. Value type of [1] is not one of [String].',
      ),
    ],
  ])('refuse task settings with %s', async (_, taskSettings, expected) => {
    const body = { service: 'openai', service_settings: base, task_settings: taskSettings };
    const { status, json } = await testedEndpoint('completion').put(body);
    expect({ status, json }).toEqual({ status: 400, json: expected });
  });

  it.each([
    [
      'service settings',
      { service_settings: { foo: 1 }, task_settings: { user: '' }, foo: 1 },
      validationFailed(noModel),
    ],
    [
      'task settings',
      { service_settings: { model_id: 'm', foo: 1 }, task_settings: { user: '' }, foo: 1 },
      validationFailed(emptyText('user', 'task_settings')),
    ],
    ['secrets', { service_settings: { model_id: 'm', foo: 1 }, foo: 1 }, validationFailed(oneSecret)],
  ])('tell mistakes in %s before those that come later', async (_, body, expected) => {
    const { json } = await testedEndpoint('text_embedding').put({ service: 'openai', ...body });
    expect(json).toEqual(expected);
  });

  it.each(['sparse_embedding', 'rerank'])('refuse the task type %s', async (task) => {
    const { status, json } = await testedEndpoint(task).put({ service: 'openai', service_settings: base });
    expect({ status, json }).toEqual({
      status: 400,
      json: statusError(`The [openai] service does not support task type [${task}]`),
    });
  });
});

const chunking = { strategy: 'sentence', max_chunk_size: 250, sentence_overlap: 1 };
const discovered = { similarity: 'dot_product', dimensions: 2, rate_limit: { requests_per_minute: 3000 } };
const chatRate = { rate_limit: { requests_per_minute: 500 } };

describe('an endpoint of openai', () => {
  it.each<[string, string, object, object]>([
    [
      'with defaults and what the validation call taught',
      'text_embedding',
      { service_settings: base },
      { service_settings: { model_id: 'm', ...discovered }, chunking_settings: chunking },
    ],
    [
      'of multimodal embeddings',
      'embedding',
      { service_settings: base, task_settings: {} },
      { service_settings: { model_id: 'm', ...discovered }, chunking_settings: chunking },
    ],
    ['of completions', 'completion', { service_settings: base }, { service_settings: { model_id: 'm', ...chatRate } }],
    ['of chat', 'chat_completion', { service_settings: base }, { service_settings: { model_id: 'm', ...chatRate } }],
    [
      'with every setting, in the order of Elasticsearch',
      'text_embedding',
      {
        task_settings: { headers: { B: 'b', A: null }, user: 'u' },
        chunking_settings: { strategy: 'word', overlap: 5, max_chunk_size: 10 },
        service_settings: {
          rate_limit: { requests_per_minute: 7 },
          max_input_tokens: 8,
          dimensions: 2,
          similarity: 'cosine',
          organization_id: 'o',
          url: 'https://x.example/v1',
          ...base,
        },
      },
      {
        service_settings: {
          model_id: 'm',
          url: 'https://x.example/v1',
          organization_id: 'o',
          similarity: 'cosine',
          dimensions: 2,
          max_input_tokens: 8,
          rate_limit: { requests_per_minute: 7 },
        },
        task_settings: { user: 'u', headers: { B: 'b' } },
        chunking_settings: { strategy: 'word', max_chunk_size: 10, overlap: 5 },
      },
    ],
    [
      'with OAuth2',
      'completion',
      { service_settings: { model_id: 'm', client_secret: secret, ...oauth, max_input_tokens: 3 } },
      { service_settings: { ...oauth, model_id: 'm', max_input_tokens: 3, ...chatRate } },
    ],
    [
      'with settings that are null',
      'completion',
      {
        service_settings: { ...base, url: null, client_secret: null, rate_limit: null },
        task_settings: { user: null },
      },
      { service_settings: { model_id: 'm', ...chatRate } },
    ],
    [
      'with an empty rate_limit and without a header',
      'completion',
      { service_settings: { ...base, rate_limit: {} }, task_settings: { headers: { A: null } } },
      { service_settings: { model_id: 'm', ...chatRate } },
    ],
    [
      'whose model stands among the task settings',
      'completion',
      { service_settings: { api_key: secret }, task_settings: { model: 'n', user: 'u' } },
      { service_settings: { model_id: 'n', ...chatRate }, task_settings: { user: 'u' } },
    ],
    [
      'whose model stands among the task settings as model_id',
      'completion',
      { service_settings: { api_key: secret }, task_settings: { model_id: 'n' } },
      { service_settings: { model_id: 'n', ...chatRate } },
    ],
  ])('%s is shown as it is stored, and never its secret', async (_, task, body, shown) => {
    const endpoint = answering(task);
    const expected = JSON.stringify({ inference_id: 'tested', task_type: task, service: 'openai', ...shown });
    const { status, text } = await endpoint.put({ service: 'openai', ...body });
    expect({ status, text }).toEqual({ status: 200, text: expected });
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${expected}]}`);
    expect(endpoint.lines.join()).not.toContain(secret);
  });

  const call = (url: string, body: object, headers: object = {}) => [
    { url, headers: { 'content-type': 'application/json', ...headers, authorization: `Bearer ${secret}` }, body },
  ];
  const embed = 'https://api.openai.com/v1/embeddings';
  const complete = 'https://api.openai.com/v1/chat/completions';
  const howBig = [{ content: 'how big', role: 'user' }];

  it.each<[string, object, object[]]>([
    [
      'text_embedding',
      { service_settings: base },
      call(embed, { input: ['how big'], model: 'm', encoding_format: 'base64' }),
    ],
    [
      'embedding',
      { service_settings: base },
      call(embed, { input: ['how big'], model: 'm', encoding_format: 'base64' }),
    ],
    ['completion', { service_settings: base }, call(complete, { messages: howBig, model: 'm', n: 1, stream: false })],
    [
      'chat_completion',
      { service_settings: base },
      call(complete, { messages: howBig, model: 'm', n: 1, stream: true, stream_options: { include_usage: true } }),
    ],
    [
      'text_embedding',
      { service_settings: { ...base, dimensions: 2 }, task_settings: { user: 'u', headers: { A: 'a' } } },
      call(embed, { input: ['how big'], model: 'm', user: 'u', dimensions: 2, encoding_format: 'base64' }, { a: 'a' }),
    ],
  ])('of %s is tried before it is stored', async (task, body, expected) => {
    const endpoint = answering(task);
    await endpoint.put({ service: 'openai', ...body });
    expect(endpoint.sent.map((request) => ({ ...request, body: JSON.parse(request.body) }))).toEqual(expected);
  });

  const failed = 'Could not complete inference endpoint creation as validation call to service';
  const threw = (reason: string) =>
    standardError(400, 'status_exception', `${failed} threw an exception.`, { type: 'status_exception', reason });

  it.each<[string, string, object, Parameters<typeof testedEndpoint>[1], object]>([
    [
      'other dimensions than asked for',
      'text_embedding',
      { ...base, dimensions: 3 },
      () => ({ body: vectors }),
      statusError(
        'The retrieved embeddings size [2] does not match the size specified in the settings [3]. Please recreate the [tested] configuration with the correct dimensions',
      ),
    ],
    [
      'no embedding',
      'text_embedding',
      base,
      () => ({ body: { data: [] } }),
      statusError('Could not determine embedding size. The answer holds no embedding.'),
    ],
    [
      'a refusal',
      'completion',
      base,
      () => ({ status: 401, body: { error: { message: 'No.', type: 'invalid_request_error' } } }),
      threw(
        'Received an authentication error status code for request from inference entity id [tested] status [401]. Error message: [No.]',
      ),
    ],
    [
      'a refusal of chat',
      'chat_completion',
      base,
      () => ({ status: 404, body: '' }),
      threw(
        'Resource not found at [https://api.openai.com/v1/chat/completions] for request from inference entity id [tested] status [404]',
      ),
    ],
    [
      'an end without an event',
      'chat_completion',
      base,
      () => ({ body: 'data: [DONE]\n\n' }),
      statusError(`${failed} returned null response.`),
    ],
  ])('is not stored after %s', async (_, task, serviceSettings, script, expected) => {
    const endpoint = testedEndpoint(task, script);
    const { status, json } = await endpoint.put({ service: 'openai', service_settings: serviceSettings });
    expect({ status, json }).toEqual({ status: 400, json: expected });
    expect((await endpoint.get()).status).toBe(404);
    expect([...endpoint.secrets.kept]).toEqual([]);
  });
});
