import { describe, expect, it } from 'vitest';
import { listServices } from '../../../lib/inference/list-services.ts';
import { told } from '../../helpers/envelopes.ts';
import { keyFile } from '../../helpers/service-account.ts';
import { statusError, testedEndpoint, validationFailed } from '../endpoints.ts';

const secret = { service_account_json: JSON.stringify(keyFile) };
const model = { ...secret, project_id: 'p', model_id: 'm' };
const url = 'https://garden.example/m:rawPredict';

const put = (task: string, serviceSettings: object, more: object = {}) =>
  testedEndpoint(task).put({ service: 'googlevertexai', service_settings: serviceSettings, ...more });

const unknown = (settings: string) =>
  statusError(`Configuration contains settings [{${settings}}] unknown to the [googlevertexai] service`);

const missing = (name: string, scope = 'service_settings') =>
  `[${scope}] does not contain the required setting [${name}]`;
const emptyText = (name: string, scope = 'service_settings') =>
  `[${scope}] Invalid value empty string. [${name}] must be a non-empty string`;
const notPositive = (name: string, scope = 'service_settings') =>
  `[${scope}] Invalid value [0]. [${name}] must be a positive integer`;
const noFields = (values: string) =>
  `For Google Vertex AI models, you must provide [project_id] and [model_id]. Provided values: ${values}`;
const withUrls = (values: string) =>
  `'provider' is either GOOGLE or null. For Google Vertex AI models 'uri' and 'streaming_uri' must not be provided. Remove 'url' and 'streaming_url' fields. Provided values: ${values}`;

describe('service settings of googlevertexai', () => {
  it.each<[string, string, object, readonly string[]]>([
    ['nothing but the secret', 'text_embedding', secret, [missing('project_id'), missing('model_id')]],
    ['nothing but the secret', 'rerank', secret, [missing('project_id')]],
    [
      'no secret',
      'text_embedding',
      { project_id: 'p', model_id: 'm' },
      [missing('service_account_json', 'secret_settings')],
    ],
    [
      'an empty secret',
      'rerank',
      { project_id: 'p', service_account_json: '' },
      [emptyText('service_account_json', 'secret_settings')],
    ],
    ['an empty location', 'text_embedding', { ...model, location: '' }, [emptyText('location')]],
    ['an empty location', 'completion', { ...model, location: '' }, [emptyText('location')]],
    ['an empty model', 'rerank', { ...secret, project_id: 'p', model_id: '' }, [emptyText('model_id')]],
    [
      'too large batches',
      'text_embedding',
      { ...model, max_batch_size: 251 },
      ['[service_settings] Invalid value [251.0]. [max_batch_size] must be a less than or equal to [250.0]'],
    ],
    [
      'what has another type, once',
      'text_embedding',
      { ...model, location: [], max_batch_size: 2 ** 31, rate_limit: 1.5 },
      [
        'field [location] is not of the expected type. The value [[]] cannot be converted to a [String]',
        'field [max_batch_size] is not of the expected type. The value [2147483648] cannot be converted to a [Integer]',
        'field [rate_limit] is not of the expected type. The value [1.5] cannot be converted to a [Map]',
      ],
    ],
    [
      'several mistakes',
      'text_embedding',
      {
        ...model,
        max_input_tokens: 0,
        dimensions: 0,
        max_batch_size: 0,
        similarity: 'x',
        rate_limit: { requests_per_minute: 0 },
        dimensions_set_by_user: false,
      },
      [
        notPositive('max_input_tokens'),
        '[service_settings] Invalid value [x] received. [similarity] must be one of [cosine, dot_product, l2_norm]',
        notPositive('dimensions'),
        notPositive('max_batch_size'),
        '[rate_limit] Invalid value [0]. [requests_per_minute] must be a positive long',
        '[service_settings] does not allow the setting [dimensions_set_by_user]',
      ],
    ],
    ['nothing but the secret', 'completion', secret, [noFields('[project_id] is [null], [model_id] is [null]')]],
    [
      'no model',
      'chat_completion',
      { ...secret, location: 'l', project_id: 'p', provider: 'GOOGLE' },
      [noFields('[project_id] is [p], [model_id] is [null]')],
    ],
    ['a url of Vertex', 'completion', { ...model, url }, [withUrls(`uri=${url}, streaming_uri=null`)]],
    [
      'a streaming_url of Vertex',
      'chat_completion',
      { ...model, provider: 'google', streaming_url: url },
      [withUrls(`uri=null, streaming_uri=${url}`)],
    ],
    ...['anthropic', 'meta', 'hugging_face', 'mistral', 'ai21'].map(
      (provider) =>
        [
          `no url of ${provider}`,
          'completion',
          { ...model, provider: ` ${provider.toUpperCase()}` },
          [`Google Model Garden provider=${provider} selected. Either 'uri' or 'streaming_uri' must be provided`],
        ] satisfies [string, string, object, readonly string[]],
    ),
    [
      'an unknown provider',
      'completion',
      { ...model, provider: 'x' },
      [
        '[service_settings] Invalid value [x] received. [provider] must be one of [ai21, anthropic, google, hugging_face, meta, mistral]',
      ],
    ],
    [
      'a url that is none',
      'chat_completion',
      { ...secret, provider: 'mistral', url: 'garden' },
      [
        '[service_settings] Invalid url [garden] received for field [url]. Error: unable to parse url [garden]. Reason: it is no absolute url',
        `Google Model Garden provider=mistral selected. Either 'uri' or 'streaming_uri' must be provided`,
      ],
    ],
  ])('refuse %s in %s', async (_, task, serviceSettings, reasons) => {
    expect(told(await put(task, serviceSettings))).toEqual(validationFailed(...reasons));
  });

  it.each<[string, string, object, object]>([
    ['a location', 'rerank', { ...secret, project_id: 'p', location: 'l' }, unknown('location=l')],
    ['a provider', 'text_embedding', { ...model, provider: 'google' }, unknown('provider=google')],
    ['dimensions', 'completion', { ...model, dimensions: 2 }, unknown('dimensions=2')],
    ['a key of rate_limit', 'chat_completion', { ...model, rate_limit: { x: 1 } }, unknown('x=1')],
  ])('do not know %s in %s', async (_, task, serviceSettings, expected) => {
    expect(told(await put(task, serviceSettings))).toEqual(expected);
  });
});

describe('task settings of googlevertexai', () => {
  it.each<[string, object, readonly string[]]>([
    [
      'text_embedding',
      { auto_truncate: 'x', input_type: 'unspecified' },
      [
        'field [auto_truncate] is not of the expected type. The value [x] cannot be converted to a [Boolean]',
        '[task_settings] Invalid value [unspecified] received. [input_type] must be one of [classification, clustering, ingest, search]',
      ],
    ],
    ['rerank', { top_n: 0 }, [notPositive('top_n', 'task_settings')]],
    [
      'completion',
      { max_tokens: 0, thinking_config: 5 },
      [
        'field [thinking_config] is not of the expected type. The value [5] cannot be converted to a [Map]',
        notPositive('max_tokens', 'task_settings'),
      ],
    ],
    [
      'chat_completion',
      { thinking_config: { thinking_budget: 'x' } },
      ['field [thinking_budget] is not of the expected type. The value [x] cannot be converted to a [Integer]'],
    ],
  ])('of %s refuse %j', async (task, taskSettings, reasons) => {
    expect(told(await put(task, model, { task_settings: taskSettings }))).toEqual(validationFailed(...reasons));
  });

  it.each<[string, object, object]>([
    ['text_embedding', { top_n: 1 }, unknown('top_n=1')],
    ['rerank', { return_documents: true }, unknown('return_documents=true')],
    ['completion', { user: 'u' }, unknown('user=u')],
  ])('of %s do not know %j', async (task, taskSettings, expected) => {
    expect(told(await put(task, model, { task_settings: taskSettings }))).toEqual(expected);
  });
});

it('the catalogue of googlevertexai tells what is required, secret and changeable', async () => {
  const entry = (await listServices('rerank')).find(({ service }) => service === 'googlevertexai');
  const flags = Object.entries(entry?.configurations ?? {}).map(([name, { required, sensitive, updatable }]) => [
    name,
    [required && 'required', sensitive && 'sensitive', updatable && 'updatable'].filter(Boolean).join(' '),
  ]);
  expect(Object.fromEntries(flags)).toEqual({
    dimensions: '',
    location: '',
    max_batch_size: 'updatable',
    max_input_tokens: 'updatable',
    model_id: 'required',
    project_id: 'required',
    provider: '',
    'rate_limit.requests_per_minute': 'updatable',
    service_account_json: 'required sensitive updatable',
    similarity: '',
    streaming_url: '',
    url: '',
  });
});
