import { describe, expect, it } from 'vitest';
import { told, validationCallFailed } from '../helpers/envelopes.ts';
import { statusError, testedEndpoint, validationFailed } from './endpoints.ts';

const oauth = { client_id: 'c', scopes: ['a'], token_url: 'https://login.example/token' };
const withKey = { api_key: 'sk-old', model_id: 'm' };
const withOAuth = { client_secret: 'old', model_id: 'm', ...oauth };

/** A stored endpoint, with the service behind it; `refuse` makes it refuse from now on. */
const stored = async (serviceSettings: object, taskSettings: object = {}) => {
  let refused = false;
  const endpoint = testedEndpoint('text_embedding', ({ url }) => {
    if (url.startsWith('https://login')) return { body: { access_token: url, expires_in: 3600 } };
    return refused ? { status: 403, body: '' } : { body: { data: [{ embedding: [0.5, -0.25] }] } };
  });
  const body = { service: 'openai', service_settings: serviceSettings, task_settings: taskSettings };
  const { status } = await endpoint.put(body);
  expect(status).toBe(200);
  const shown = (await endpoint.get()).text;
  const before = endpoint.sent.length;
  return {
    ...endpoint,
    /** What GET said before any update. */
    shown,
    /** What went out since. */
    calls: () => endpoint.sent.slice(before),
    refuse: () => {
      refused = true;
    },
  };
};

const shownSettings = async (endpoint: Awaited<ReturnType<typeof stored>>, answer: string) => {
  expect((await endpoint.get()).text).toBe(`{"endpoints":[${answer}]}`);
  const { service_settings, task_settings } = JSON.parse(answer);
  return { service_settings, task_settings };
};

const settings = {
  model_id: 'm',
  similarity: 'dot_product',
  dimensions: 2,
  rate_limit: { requests_per_minute: 3000 },
};

describe('an update of an endpoint of openai', () => {
  it.each<[string, object, object, object]>([
    ['rate_limit', withKey, { rate_limit: { requests_per_minute: 5 } }, { rate_limit: { requests_per_minute: 5 } }],
    ['organization_id', withKey, { organization_id: 'o' }, { organization_id: 'o' }],
    ['max_input_tokens', withKey, { max_input_tokens: 9 }, { max_input_tokens: 9 }],
    ['a field of OAuth2', withOAuth, { client_id: 'd' }, { ...oauth, client_id: 'd' }],
    [
      'all fields of OAuth2 and the secret',
      withOAuth,
      { client_secret: 'new', client_id: 'd', scopes: ['x', 'y'], token_url: 'https://login.example/other' },
      { client_id: 'd', scopes: ['x', 'y'], token_url: 'https://login.example/other' },
    ],
  ])('changes %s, after a validation call', async (_, before, sent, changed) => {
    const endpoint = await stored(before);
    const { status, text } = await endpoint.update({ service_settings: sent });
    expect(status).toBe(200);
    expect(await shownSettings(endpoint, text)).toEqual({ service_settings: { ...settings, ...changed } });
    const probes = endpoint.calls().filter(({ url }) => url.endsWith('/embeddings'));
    expect(probes.map(({ body }) => JSON.parse(body).input)).toEqual([['how big']]);
  });

  it('uses a new api_key at once, for the validation call too', async () => {
    const endpoint = await stored(withKey);
    await endpoint.update({ service_settings: { api_key: 'sk-new' } });
    await endpoint.post({ input: 'x' });
    expect(endpoint.calls().map(({ headers }) => headers.authorization)).toEqual(['Bearer sk-new', 'Bearer sk-new']);
    expect([...endpoint.secrets.kept.values()]).toEqual([{ api_key: 'sk-new' }]);
  });

  it.each<[string, object, object]>([
    [
      'settings that cannot change',
      withKey,
      { model_id: 'n', url: 'https://x.example', dimensions: 3, similarity: 'cosine' },
    ],
    ['settings that nobody knows', withKey, { foo: 1 }],
    ['settings that are null', withKey, { organization_id: null, api_key: null, rate_limit: null }],
    [
      'what is stored already',
      { ...withKey, organization_id: 'o' },
      { organization_id: 'o', api_key: 'sk-old', rate_limit: {} },
    ],
    ['no settings', withKey, {}],
  ])('leaves everything as it is, without a call, for %s', async (_, before, sent) => {
    const endpoint = await stored(before);
    const { status, text } = await endpoint.update({ service_settings: sent });
    expect({ status, text: `{"endpoints":[${text}]}` }).toEqual({ status: 200, text: endpoint.shown });
    expect((await endpoint.get()).text).toBe(endpoint.shown);
    expect(endpoint.calls()).toEqual([]);
    expect([...endpoint.secrets.kept.values()]).toEqual([{ api_key: 'sk-old' }]);
  });

  it.each<[string, object, object]>([
    ['the user alone', { user: 'new' }, { user: 'new', headers: { A: 'a', B: 'b' } }],
    ['headers as a whole', { headers: { C: 'c', D: null } }, { user: 'old', headers: { C: 'c' } }],
    ['headers by none', { headers: {} }, { user: 'old' }],
    ['nothing that is null', { user: null, headers: { E: 'e' } }, { user: 'old', headers: { E: 'e' } }],
  ])('replaces, of task settings, %s', async (_, sent, expected) => {
    const endpoint = await stored(withKey, { user: 'old', headers: { A: 'a', B: 'b' } });
    const { text } = await endpoint.update({ task_settings: sent });
    expect((await shownSettings(endpoint, text)).task_settings).toEqual(expected);
    const calls = endpoint.calls().length;
    expect((await endpoint.update({ task_settings: {} })).text).toBe(text);
    expect(endpoint.calls()).toHaveLength(calls);
  });

  const onlyField = (kept: string, received: string) =>
    `[service_settings] only the field [${kept}] can be updated for this secret, received: [${received}]`;
  const noOAuth =
    'Cannot update OAuth2 fields as the service was not configured with OAuth2 settings. Please create a new Inference Endpoint with the OAuth2 settings instead.';

  it.each<[string, object, object, readonly string[]]>([
    ['a client_secret for an api_key', withKey, { client_secret: 'x' }, [onlyField('api_key', 'client_secret')]],
    ['an api_key for a client_secret', withOAuth, { api_key: 'x' }, [onlyField('client_secret', 'api_key')]],
    ['both secrets', withKey, { api_key: 'x', client_secret: 'y' }, [onlyField('api_key', 'api_key, client_secret')]],
    ['a field of OAuth2 where there is none', withKey, { scopes: ['a'] }, [noOAuth]],
    [
      'several mistakes',
      withKey,
      { organization_id: '', max_input_tokens: 0, rate_limit: { requests_per_minute: 0 } },
      [
        '[service_settings] Invalid value empty string. [organization_id] must be a non-empty string',
        '[service_settings] Invalid value [0]. [max_input_tokens] must be a positive integer',
        '[rate_limit] Invalid value [0]. [requests_per_minute] must be a positive long',
      ],
    ],
  ])('refuses %s', async (_, before, sent, reasons) => {
    const endpoint = await stored(before);
    expect(told(await endpoint.update({ service_settings: sent }))).toEqual(validationFailed(...reasons));
    expect((await endpoint.get()).text).toBe(endpoint.shown);
    expect(endpoint.calls()).toEqual([]);
  });

  it('refuses task settings that do not fit', async () => {
    const endpoint = await stored(withKey);
    expect(told(await endpoint.update({ task_settings: { user: '' } }))).toEqual(
      validationFailed('[task_settings] Invalid value empty string. [user] must be a non-empty string'),
    );
  });

  it('refuses a key of rate_limit that nobody knows', async () => {
    const endpoint = await stored(withKey);
    expect(told(await endpoint.update({ service_settings: { rate_limit: { x: 1 } } }))).toEqual(
      statusError('Configuration contains settings [{x=1}] unknown to the [openai] service'),
    );
  });

  it('stores nothing when its validation call fails', async () => {
    const endpoint = await stored(withKey);
    endpoint.refuse();
    const answer = await endpoint.update({ service_settings: { api_key: 'sk-new', organization_id: 'o' } });
    const cause = 'Received an unsuccessful status code for request from inference entity id [tested] status [403]';
    expect(told(answer)).toEqual(validationCallFailed(cause));
    expect((await endpoint.get()).text).toBe(endpoint.shown);
    expect([...endpoint.secrets.kept.values()]).toEqual([{ api_key: 'sk-old' }]);
  });
});
