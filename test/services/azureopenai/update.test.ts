import { describe, expect, it } from 'vitest';
import { refused, told } from '../../helpers/envelopes.ts';
import { testedEndpoint, validationFailed } from '../endpoints.ts';

const place = { resource_name: 'harbour', deployment_id: 'tides', api_version: '2024-10-21' };
const oauth = { client_id: 'c', scopes: ['a'], tenant_id: 't' };
const withKey = { api_key: 'old', ...place };
const withOAuth = { client_secret: 'old', ...place, ...oauth };

/** A stored endpoint; `calls` are the requests since. */
const stored = async (serviceSettings: object, taskSettings: object = {}) => {
  const endpoint = testedEndpoint('text_embedding', ({ url }) =>
    url.startsWith('https://login')
      ? { body: { access_token: url, expires_in: 3600 } }
      : { body: { data: [{ embedding: [0.5, -0.25] }] } },
  );
  const body = { service: 'azureopenai', service_settings: serviceSettings, task_settings: taskSettings };
  expect((await endpoint.put(body)).status).toBe(200);
  const before = endpoint.sent.length;
  return { ...endpoint, shown: (await endpoint.get()).text, calls: () => endpoint.sent.slice(before) };
};

const settings = { ...place, rate_limit: { requests_per_minute: 1440 }, dimensions: 2, similarity: 'dot_product' };

describe('an update of an endpoint of azureopenai', () => {
  it.each<[string, object, object, object]>([
    ['rate_limit', withKey, { rate_limit: { requests_per_minute: 5 } }, { rate_limit: { requests_per_minute: 5 } }],
    ['max_input_tokens', withKey, { max_input_tokens: 9 }, { max_input_tokens: 9 }],
    ['OAuth2', withOAuth, { client_secret: 'new', tenant_id: 'u' }, { ...oauth, tenant_id: 'u' }],
  ])('changes %s, after a validation call', async (_, before, sent, changed) => {
    const endpoint = await stored(before);
    const answer = await endpoint.update({ service_settings: sent });
    expect(answer.json).toMatchObject({ service_settings: { ...settings, ...changed } });
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${answer.text}]}`);
    expect(endpoint.calls().filter(({ url }) => url.includes('/embeddings')).length).toBe(1);
  });

  it('asks the token server of the new tenant', async () => {
    const endpoint = await stored(withOAuth);
    await endpoint.update({ service_settings: { client_secret: 'new', tenant_id: 'u' } });
    expect(endpoint.calls().map(({ url }) => url)[0]).toBe('https://login.microsoftonline.com/u/oauth2/v2.0/token');
  });

  it('uses a new secret of the same kind at once', async () => {
    const endpoint = await stored(withKey);
    await endpoint.update({ service_settings: { api_key: 'new' } });
    await endpoint.post({ input: 'x' });
    expect(endpoint.calls().map(({ headers }) => headers['api-key'])).toEqual(['new', 'new']);
    expect([...endpoint.secrets.kept.values()]).toEqual([{ api_key: 'new' }]);
  });

  it.each<[string, object]>([
    ['settings that cannot change', { deployment_id: 'd', dimensions: 3, similarity: 'cosine', api_version: 'v' }],
    ['settings that nobody knows', { colour: 'blue' }],
    ['what is stored already', { api_key: 'old', rate_limit: { requests_per_minute: 1440 } }],
  ])('leaves everything as it is, without a call, for %s', async (_, sent) => {
    const endpoint = await stored(withKey);
    const { status, text } = await endpoint.update({ service_settings: sent });
    expect({ status, text: `{"endpoints":[${text}]}` }).toEqual({ status: 200, text: endpoint.shown });
    expect(endpoint.calls()).toEqual([]);
  });

  it.each<[string, object, object | undefined]>([
    ['replaces the user alone', { user: 'new' }, { user: 'new', headers: { A: 'a' } }],
    ['replaces headers as a whole', { headers: { B: 'b' } }, { user: 'old', headers: { B: 'b' } }],
    ['takes away what is null', { user: null }, { headers: { A: 'a' } }],
    ['takes away all that is null', { user: null, headers: null }, undefined],
  ])('%s of the task settings', async (_, sent, expected) => {
    const endpoint = await stored(withKey, { user: 'old', headers: { A: 'a' } });
    const answer = await endpoint.update({ task_settings: sent });
    expect(JSON.parse(answer.text).task_settings).toEqual(expected);
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${answer.text}]}`);
  });

  const onlyField = (kept: string, received: string) =>
    `[service_settings] only the field [${kept}] can be updated for this secret, received: [${received}]`;

  it.each<[string, object, object, readonly string[]]>([
    ['a secret of another kind', withKey, { entra_id: 'x' }, [onlyField('api_key', 'entra_id')]],
    ['an api_key for a client_secret', withOAuth, { api_key: 'x' }, [onlyField('client_secret', 'api_key')]],
    ['two secrets', withKey, { api_key: 'x', entra_id: 'y' }, [onlyField('api_key', 'api_key, entra_id')]],
    [
      'a field of OAuth2 where there is none',
      withKey,
      { tenant_id: 't' },
      [
        'Cannot update OAuth2 fields as the service was not configured with OAuth2 settings. Please create a new Inference Endpoint with the OAuth2 settings instead.',
      ],
    ],
    [
      'a value that does not fit',
      withKey,
      { max_input_tokens: 0 },
      ['[service_settings] Invalid value [0]. [max_input_tokens] must be a positive integer'],
    ],
  ])('refuses %s', async (_, before, sent, reasons) => {
    const endpoint = await stored(before);
    expect(told(await endpoint.update({ service_settings: sent }))).toEqual(validationFailed(...reasons));
    expect((await endpoint.get()).text).toBe(endpoint.shown);
    expect(endpoint.calls()).toEqual([]);
  });

  it('refuses a task setting that nobody knows', async () => {
    const endpoint = await stored(withKey);
    expect(told(await endpoint.update({ task_settings: { colour: 'blue' } }))).toEqual(
      refused(400, 'x_content_parse_exception', '[1:19] [azure_openai_task_settings_parser] unknown field [colour]'),
    );
  });
});
