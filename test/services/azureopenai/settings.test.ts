import { describe, expect, it } from 'vitest';
import { refused, told, validationCallFailed } from '../../helpers/envelopes.ts';
import { statusError, testedEndpoint, validationFailed } from '../endpoints.ts';

const secret = 'never-shown';
const place = { resource_name: 'harbour', deployment_id: 'tides', api_version: '2024-10-21' };
const base = { api_key: secret, ...place };
const oauth = { client_id: 'c', scopes: ['a', 'b'], tenant_id: 't' };

const missing = (name: string) => `[service_settings] does not contain the required setting [${name}]`;
const empty = (name: string, scope = 'service_settings') =>
  `[${scope}] Invalid value empty string. [${name}] must be a non-empty string`;
const notPositive = (name: string, value: number) =>
  `[service_settings] Invalid value [${value}]. [${name}] must be a positive integer`;
const oneSecret = '[service_settings] must have exactly one field of [api_key, client_secret, entra_id] set';
const wholeOauth = (fields: string) =>
  `[service_settings] all Azure OpenAI OAuth2 fields must be provided together; missing: [${fields}]`;

describe('service settings of azureopenai', () => {
  it.each<[string, object, readonly string[]]>([
    ['nothing', { api_key: secret }, [missing('resource_name'), missing('deployment_id'), missing('api_version')]],
    ['an empty api_version', { ...base, api_version: '' }, [empty('api_version')]],
    ['no secret', place, [oneSecret]],
    ['two secrets', { ...base, entra_id: secret }, [`${oneSecret}, received: [api_key, entra_id]`]],
    [
      'three secrets',
      { ...base, ...oauth, entra_id: secret, client_secret: secret },
      [`${oneSecret}, received: [api_key, client_secret, entra_id]`],
    ],
    ['an empty secret', { ...place, entra_id: '' }, [empty('entra_id', 'secret_settings')]],
    [
      'client_secret without the other fields of OAuth2',
      { ...place, client_secret: secret },
      ['OAuth2 requires the fields [client_id, scopes, tenant_id], to be set.'],
    ],
    [
      'client_id without scopes',
      { ...base, client_id: 'c', tenant_id: 't' },
      ['[service_settings] OAuth2 fields [client_id, scopes] must be provided together; missing: [scopes]'],
    ],
    [
      'scopes without client_id',
      { ...base, scopes: ['a'] },
      ['[service_settings] OAuth2 fields [client_id, scopes] must be provided together; missing: [client_id]'],
    ],
    ['no tenant_id', { ...base, client_id: 'c', scopes: ['a'] }, [wholeOauth('tenant_id')]],
    ['only a tenant_id', { ...base, tenant_id: 't' }, [wholeOauth('client_id, scopes')]],
    [
      'dimensions_set_by_user',
      { ...base, dimensions_set_by_user: true },
      ['[service_settings] does not allow the setting [dimensions_set_by_user]'],
    ],
    ['dimensions of 0', { ...base, dimensions: 0 }, [notPositive('dimensions', 0)]],
    ['max_input_tokens below 0', { ...base, max_input_tokens: -1 }, [notPositive('max_input_tokens', -1)]],
    [
      'an unknown similarity',
      { ...base, similarity: 'dot' },
      ['[service_settings] Invalid value [dot] received. [similarity] must be one of [cosine, dot_product, l2_norm]'],
    ],
    [
      'a rate of 0',
      { ...base, rate_limit: { requests_per_minute: 0 } },
      ['[rate_limit] Invalid value [0]. [requests_per_minute] must be a positive long'],
    ],
    [
      'several mistakes',
      { ...base, deployment_id: undefined, dimensions: 0, tenant_id: 't' },
      [missing('deployment_id'), notPositive('dimensions', 0), wholeOauth('client_id, scopes')],
    ],
  ])('refuse %s', async (_, serviceSettings, reasons) => {
    const endpoint = testedEndpoint('text_embedding');
    const answer = await endpoint.put({ service: 'azureopenai', service_settings: serviceSettings });
    expect(told(answer)).toEqual(validationFailed(...reasons));
    expect(endpoint.lines.join()).not.toContain(secret);
  });

  const unknown = (settings: string) =>
    statusError(`Configuration contains settings [{${settings}}] unknown to the [azureopenai] service`);

  it.each<[string, string, object, object]>([
    ['a model_id', 'text_embedding', { ...base, model_id: 'm' }, unknown('model_id=m')],
    ['a url', 'completion', { ...base, url: 'https://x.example' }, unknown('url=https://x.example')],
    ['dimensions of a chat', 'chat_completion', { ...base, dimensions: 2 }, unknown('dimensions=2')],
    ['tokens of a completion', 'completion', { ...base, max_input_tokens: 2 }, unknown('max_input_tokens=2')],
  ])('do not know %s', async (_, task, serviceSettings, expected) => {
    const endpoint = testedEndpoint(task);
    expect(told(await endpoint.put({ service: 'azureopenai', service_settings: serviceSettings }))).toEqual(expected);
  });

  it('exist for three tasks', async () => {
    const endpoint = testedEndpoint('rerank');
    expect(told(await endpoint.put({ service: 'azureopenai', service_settings: base }))).toEqual(
      statusError('The [azureopenai] service does not support task type [rerank]'),
    );
  });
});

const embedding = { body: { data: [{ embedding: [0.5, -0.25] }] } };
const completion = { body: { choices: [{ message: { content: 'x' } }] } };

describe('an endpoint of azureopenai', () => {
  it.each<[string, object, string]>([
    [
      'as little as may be',
      base,
      '{"resource_name":"harbour","deployment_id":"tides","api_version":"2024-10-21","rate_limit":{"requests_per_minute":1440},"dimensions":2,"similarity":"dot_product"}',
    ],
    [
      'everything',
      {
        ...place,
        ...oauth,
        client_secret: secret,
        similarity: 'cosine',
        max_input_tokens: 9,
        dimensions: 2,
        rate_limit: { requests_per_minute: 7 },
      },
      '{"resource_name":"harbour","deployment_id":"tides","api_version":"2024-10-21","rate_limit":{"requests_per_minute":7},"client_id":"c","scopes":["a","b"],"tenant_id":"t","dimensions":2,"max_input_tokens":9,"similarity":"cosine"}',
    ],
  ])('shows its settings in their order, and no secret: %s', async (_, serviceSettings, shown) => {
    const endpoint = testedEndpoint('text_embedding', ({ url }) =>
      url.startsWith('https://login') ? { body: { access_token: 't', expires_in: 3600 } } : embedding,
    );
    const { text } = await endpoint.put({ service: 'azureopenai', service_settings: serviceSettings });
    expect(text).toBe(
      `{"inference_id":"tested","task_type":"text_embedding","service":"azureopenai","service_settings":${shown},"chunking_settings":{"strategy":"sentence","max_chunk_size":250,"sentence_overlap":1}}`,
    );
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${text}]}`);
  });

  it('of a completion lets 120 requests a minute pass, and shows its task settings', async () => {
    const endpoint = testedEndpoint('completion', () => completion);
    const answer = await endpoint.put({
      service: 'azureopenai',
      service_settings: base,
      task_settings: { user: null, headers: { A: 'a', B: null } },
    });
    expect(answer.json).toEqual({
      inference_id: 'tested',
      task_type: 'completion',
      service: 'azureopenai',
      service_settings: { ...place, rate_limit: { requests_per_minute: 120 } },
      task_settings: { headers: { A: 'a' } },
    });
  });

  it('is asked, before it is stored, for the length of its embeddings', async () => {
    const endpoint = testedEndpoint('text_embedding', () => embedding);
    await endpoint.put({ service: 'azureopenai', service_settings: base, task_settings: { user: 'captain' } });
    expect(endpoint.sent.map(({ body }) => JSON.parse(body))).toEqual([
      { input: ['how big'], input_type: 'internal_ingest', encoding_format: 'base64', user: 'captain' },
    ]);
  });

  it('is not stored when its embeddings have another length', async () => {
    const endpoint = testedEndpoint('text_embedding', () => embedding);
    const answer = await endpoint.put({ service: 'azureopenai', service_settings: { ...base, dimensions: 3 } });
    expect(told(answer)).toEqual(
      statusError(
        'The retrieved embeddings size [2] does not match the size specified in the settings [3]. Please recreate the [tested] configuration with the correct dimensions',
      ),
    );
  });

  it('is not stored when the service refuses', async () => {
    const endpoint = testedEndpoint('completion', () => ({ status: 401, body: { error: { message: 'no' } } }));
    expect(told(await endpoint.put({ service: 'azureopenai', service_settings: base }))).toEqual(
      validationCallFailed(
        'Received an authentication error status code for request from inference entity id [tested] status [401]. Error message: [no]',
      ),
    );
    expect([...endpoint.secrets.kept.values()]).toEqual([]);
  });
});

describe('task settings of azureopenai', () => {
  it.each<[string, object, object]>([
    [
      'an empty user',
      { user: '' },
      validationFailed('[task_settings] Invalid value empty string. [user] must be a non-empty string'),
    ],
    [
      'headers that are no texts',
      { headers: { A: 1 } },
      validationFailed(
        'Map field [headers] has an entry that is not valid, [A => 1]. Value type of [1] is not one of [String].',
      ),
    ],
    [
      'a setting that nobody knows',
      { user: '', colour: 'blue' },
      refused(400, 'x_content_parse_exception', '[1:175] [azure_openai_task_settings_parser] unknown field [colour]'),
    ],
  ])('refuse %s', async (_, taskSettings, expected) => {
    const body = { service: 'azureopenai', service_settings: base, task_settings: taskSettings };
    expect(told(await testedEndpoint('completion').put(body))).toEqual(expected);
  });
});
