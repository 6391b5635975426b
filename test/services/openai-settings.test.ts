import { describe, expect, it } from 'vitest';
import { told } from '../helpers/envelopes.ts';
import { testedEndpoint, validationFailed } from './endpoints.ts';

const secret = 'sk-never-shown';
const base = { api_key: secret, model_id: 'm' };
const oauth = { client_id: 'c', scopes: ['a', 'b'], token_url: 'https://login.example/token' };

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
    ['an empty api_key', { model_id: 'm', api_key: '' }, [emptyText('api_key', 'secret_settings')]],
    [
      'an empty client_secret',
      { model_id: 'm', ...oauth, client_secret: '' },
      [emptyText('client_secret', 'secret_settings')],
    ],
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
    const answer = await endpoint.put({ service: 'openai', service_settings: serviceSettings });
    expect(told(answer)).toEqual(validationFailed(...reasons));
    expect(endpoint.lines.join()).not.toContain(secret);
  });

  it('refuse a decimal for an integer', async () => {
    expect(
      told(await testedEndpoint('text_embedding').put(put('{"api_key":"k","model_id":"m","dimensions":256.0}'))),
    ).toEqual(validationFailed(notOf('Integer', 'dimensions', '256.0')));
  });
});
