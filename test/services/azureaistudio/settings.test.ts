import { describe, expect, it } from 'vitest';
import { told } from '../../helpers/envelopes.ts';
import { statusError, testedEndpoint, validationFailed } from '../endpoints.ts';

const base = {
  api_key: 'never-shown',
  target: 'https://tides.example.com',
  provider: 'cohere',
  endpoint_type: 'token',
};
const realtime = { ...base, provider: 'mistral', endpoint_type: 'realtime' };

const put = (task: string, serviceSettings: object, taskSettings: object = {}) =>
  testedEndpoint(task).put({
    service: 'azureaistudio',
    service_settings: serviceSettings,
    task_settings: taskSettings,
  });

const missing = (name: string, scope = 'service_settings') =>
  `[${scope}] does not contain the required setting [${name}]`;
const notPositive = (name: string, value: number, scope = 'service_settings') =>
  `[${scope}] Invalid value [${value}]. [${name}] must be a positive integer`;
const notOf = (type: string, name: string, value: string) =>
  `field [${name}] is not of the expected type. The value [${value}] cannot be converted to a [${type}]`;
const unknownProvider =
  '[service_settings] Invalid value [acme] received. [provider] must be one of [cohere, databricks, meta, microsoft_phi, mistral, openai]';
const unknownType =
  '[service_settings] Invalid value [batch] received. [endpoint_type] must be one of [realtime, token]';
const badRate = '[rate_limit] Invalid value [0]. [requests_per_minute] must be a positive long';

describe('settings of azureaistudio', () => {
  it.each<[string, string, object, readonly string[]]>([
    [
      'nothing but a key',
      'rerank',
      { api_key: 'k' },
      [missing('target'), missing('endpoint_type'), missing('provider')],
    ],
    [
      'an empty target',
      'completion',
      { ...realtime, target: '' },
      ['[service_settings] Invalid value empty string. [target] must be a non-empty string'],
    ],
    [
      'a target that is no address',
      'completion',
      { ...realtime, target: 'tides' },
      [
        '[service_settings] Invalid url [tides] received for field [target]. Error: unable to parse url [tides]. Reason: it is no absolute url',
      ],
    ],
    ['an unknown provider', 'rerank', { ...base, provider: 'acme' }, [unknownProvider]],
    ['an unknown endpoint_type', 'rerank', { ...base, endpoint_type: 'batch' }, [unknownType]],
    [
      'many mistakes, in the order of Elasticsearch',
      'text_embedding',
      {
        api_key: 'k',
        dimensions: 0,
        similarity: 'dot',
        max_input_tokens: -1,
        provider: 'acme',
        endpoint_type: 'batch',
        rate_limit: { requests_per_minute: 0 },
        dimensions_set_by_user: false,
      },
      [
        missing('target'),
        badRate,
        unknownType,
        unknownProvider,
        '[service_settings] Invalid value [dot] received. [similarity] must be one of [cosine, dot_product, l2_norm]',
        notPositive('dimensions', 0),
        notPositive('max_input_tokens', -1),
        '[service_settings] does not allow the setting [dimensions_set_by_user]',
      ],
    ],
    [
      'dimensions_set_by_user',
      'text_embedding',
      { ...base, dimensions_set_by_user: true },
      ['[service_settings] does not allow the setting [dimensions_set_by_user]'],
    ],
    ['no api_key', 'rerank', { ...base, api_key: undefined }, [missing('api_key', 'secret_settings')]],
    [
      'an empty api_key',
      'rerank',
      { ...base, api_key: '' },
      ['[secret_settings] Invalid value empty string. [api_key] must be a non-empty string'],
    ],
  ])('refuse %s', async (_, task, serviceSettings, reasons) => {
    expect(told(await put(task, serviceSettings))).toEqual(validationFailed(...reasons));
  });

  it.each<[string, string, object, object, string]>([
    [
      'an empty user',
      'text_embedding',
      base,
      { user: '' },
      '[task_settings] Invalid value empty string. [user] must be a non-empty string',
    ],
    [
      'a temperature above 2',
      'completion',
      realtime,
      { temperature: 2.6 },
      '[task_settings] Invalid value [2.6]. [temperature] must be a less than or equal to [2.0]',
    ],
    [
      'a top_p below 0',
      'completion',
      realtime,
      { top_p: -0.5 },
      '[task_settings] Invalid value [-0.5]. [top_p] must be a greater than or equal to [0.0]',
    ],
    ['a do_sample that is a number', 'completion', realtime, { do_sample: 1.5 }, notOf('Boolean', 'do_sample', '1.5')],
    ['a do_sample that is a text', 'completion', realtime, { do_sample: 'yes' }, notOf('Boolean', 'do_sample', 'yes')],
    [
      'max_new_tokens below 0',
      'completion',
      realtime,
      { max_new_tokens: -3 },
      notPositive('max_new_tokens', -3, 'task_settings'),
    ],
    ['a top_n of 0', 'rerank', base, { top_n: 0 }, notPositive('top_n', 0, 'task_settings')],
    [
      'a return_documents that is a text',
      'rerank',
      base,
      { return_documents: 'x' },
      notOf('Boolean', 'return_documents', 'x'),
    ],
  ])('refuse %s', async (_, task, serviceSettings, taskSettings, reason) => {
    expect(told(await put(task, serviceSettings, taskSettings))).toEqual(validationFailed(reason));
  });

  it.each<[string, string, object, object, string]>([
    ['a service setting', 'rerank', { ...base, model_id: 'm' }, {}, '{model_id=m}'],
    ['the dimensions of a completion', 'completion', { ...realtime, dimensions: 2 }, {}, '{dimensions=2}'],
    ['a task setting', 'text_embedding', base, { top_n: 1 }, '{top_n=1}'],
  ])('refuse %s that nobody knows', async (_, task, serviceSettings, taskSettings, map) => {
    expect(told(await put(task, serviceSettings, taskSettings))).toEqual(
      statusError(`Configuration contains settings [${map}] unknown to the [azureaistudio] service`),
    );
  });

  it('refuse a model that is not there before settings that nobody knows', async () => {
    expect(told(await put('text_embedding', { ...realtime, foo: 1 }, { bar: 1 }))).toEqual(
      statusError('The [text_embedding] task type for provider [mistral] is not available'),
    );
  });

  it.each(['sparse_embedding', 'embedding'])('refuse the task type %s', async (task) => {
    expect(told(await put(task, base))).toEqual(
      statusError(`The [azureaistudio] service does not support task type [${task}]`),
    );
  });
});

const providers = ['cohere', 'databricks', 'meta', 'microsoft_phi', 'mistral', 'openai'];
const endpointTypes = ['token', 'realtime'];
const deployed: Readonly<Record<string, readonly string[]>> = {
  text_embedding: ['openai token', 'cohere token'],
  completion: [
    'openai token',
    'cohere token',
    'meta token',
    'meta realtime',
    'mistral realtime',
    'microsoft_phi realtime',
    'databricks realtime',
  ],
  rerank: ['cohere token'],
};

const combinations = Object.entries(deployed).flatMap(([task, available]) =>
  providers.flatMap((provider) =>
    endpointTypes.map((type) => {
      if (available.includes(`${provider} ${type}`)) return { task, provider, type, expected: undefined };
      const expected = available.some((one) => one.startsWith(provider))
        ? `The [${type}] endpoint type with [${task}] task type for provider [${provider}] is not available`
        : `The [${task}] task type for provider [${provider}] is not available`;
      return { task, provider, type, expected };
    }),
  ),
);

describe('models of a provider', () => {
  it.each(combinations)('are there or not: $task by $provider, $type', async ({ task, provider, type, expected }) => {
    const answers: Readonly<Record<string, object>> = {
      text_embedding: { data: [{ embedding: [1] }] },
      completion: type === 'realtime' ? { output: 'Very.' } : { choices: [{ message: { content: 'Very.' } }] },
      rerank: { results: [] },
    };
    const { put: send, sent } = testedEndpoint(task, () => ({ body: answers[task] }));
    // Any case is read.
    const settings = { ...base, provider: provider.toUpperCase(), endpoint_type: type.toUpperCase() };
    const answer = told(await send({ service: 'azureaistudio', service_settings: settings }));
    if (expected === undefined) {
      expect(answer).toMatchObject({ status: 200, json: { service_settings: { provider, endpoint_type: type } } });
    } else {
      expect(answer).toEqual(statusError(expected));
      expect(sent).toEqual([]);
    }
  });
});
