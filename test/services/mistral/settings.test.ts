import { describe, expect, it } from 'vitest';
import { told } from '../../helpers/envelopes.ts';
import { statusError, testedEndpoint, validationFailed } from '../endpoints.ts';

const secret = 'never-shown';
const base = { api_key: secret, model: 'mistral-embed' };

const put = (task: string, serviceSettings: object, more: object = {}) =>
  testedEndpoint(task).put({ service: 'mistral', service_settings: serviceSettings, ...more });

const unknown = (settings: string) =>
  statusError(`Configuration contains settings [{${settings}}] unknown to the [mistral] service`);

describe('service settings of mistral', () => {
  it.each<[string, object, readonly string[]]>([
    [
      'no model, whatever the secret is',
      { api_key: '' },
      ['[service_settings] does not contain the required setting [model]'],
    ],
    [
      'an empty model',
      { ...base, model: '' },
      ['[service_settings] Invalid value empty string. [model] must be a non-empty string'],
    ],
    [
      'a model that is no text',
      { ...base, model: 5 },
      ['field [model] is not of the expected type. The value [5] cannot be converted to a [String]'],
    ],
    ['no api_key', { model: 'm' }, ['[secret_settings] does not contain the required setting [api_key]']],
    [
      'an empty api_key',
      { model: 'm', api_key: '' },
      ['[secret_settings] Invalid value empty string. [api_key] must be a non-empty string'],
    ],
    [
      'several mistakes',
      { ...base, dimensions: 0, similarity: 'dot', max_input_tokens: 0, rate_limit: { requests_per_minute: 0 } },
      [
        '[rate_limit] Invalid value [0]. [requests_per_minute] must be a positive long',
        '[service_settings] Invalid value [0]. [dimensions] must be a positive integer',
        '[service_settings] Invalid value [dot] received. [similarity] must be one of [cosine, dot_product, l2_norm]',
        '[service_settings] Invalid value [0]. [max_input_tokens] must be a positive integer',
      ],
    ],
  ])('refuse %s', async (_, serviceSettings, reasons) => {
    expect(told(await put('text_embedding', serviceSettings))).toEqual(validationFailed(...reasons));
  });

  it.each<[string, string, object, object, object]>([
    ['a model_id', 'text_embedding', { ...base, model_id: 'm' }, {}, unknown('model_id=m')],
    ['a url', 'text_embedding', { ...base, url: 'https://x.example' }, {}, unknown('url=https://x.example')],
    [
      'what is for embeddings',
      'completion',
      { ...base, dimensions: 2, similarity: 'cosine', max_input_tokens: 3 },
      {},
      unknown('dimensions=2, similarity=cosine, max_input_tokens=3'),
    ],
    ['a key of rate_limit', 'chat_completion', { ...base, rate_limit: { x: 1 } }, {}, unknown('x=1')],
    ['a task setting', 'chat_completion', base, { task_settings: { user: 'u' } }, unknown('user=u')],
    [
      'chunking_settings of a completion',
      'completion',
      base,
      { chunking_settings: { strategy: 'none' } },
      unknown('chunking_settings={strategy=none}'),
    ],
  ])('do not know %s', async (_, task, serviceSettings, more, expected) => {
    expect(told(await put(task, serviceSettings, more))).toEqual(expected);
  });

  it('exist for three tasks', async () => {
    expect(told(await put('sparse_embedding', base))).toEqual(
      statusError('The [mistral] service does not support task type [sparse_embedding]'),
    );
  });
});

const answers = {
  text_embedding: { data: [{ embedding: [0.5, -0.25] }] },
  completion: { choices: [{ message: { content: 'x' } }] },
  chat_completion: 'data: {"id":"1","choices":[]}\n\n',
};
const question = [{ content: 'how big', role: 'user' }];

describe('an endpoint of mistral', () => {
  it.each<[keyof typeof answers, object, string, object]>([
    [
      'text_embedding',
      { dimensions: 77, max_input_tokens: 2 },
      '{"model":"mistral-embed","dimensions":2,"similarity":"dot_product","max_input_tokens":2,"rate_limit":{"requests_per_minute":240}}',
      { model: 'mistral-embed', input: ['how bi'], encoding_format: 'float' },
    ],
    [
      'completion',
      {},
      '{"model":"mistral-embed","rate_limit":{"requests_per_minute":240}}',
      { messages: question, model: 'mistral-embed', n: 1, stream: false },
    ],
    [
      'chat_completion',
      { rate_limit: { requests_per_minute: 7 } },
      '{"model":"mistral-embed","rate_limit":{"requests_per_minute":7}}',
      { messages: question, model: 'mistral-embed', n: 1, stream: true },
    ],
  ])('of %s asks the service, and shows its settings in their order', async (task, more, shown, asked) => {
    const endpoint = testedEndpoint(task, () => ({ body: answers[task] }));
    const { text } = await endpoint.put({
      service: 'mistral',
      service_settings: { ...base, ...more },
      task_settings: {},
    });
    expect(text).toContain(`"service":"mistral","service_settings":${shown}`);
    expect(text).not.toContain('task_settings');
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${text}]}`);
    expect(endpoint.sent.map(({ body }) => JSON.parse(body))).toEqual([asked]);
    expect(`${text}${endpoint.lines.join()}`).not.toContain(secret);
  });

  it.each<[keyof typeof answers, object, object]>([
    [
      'text_embedding',
      { max_input_tokens: 9, rate_limit: { requests_per_minute: 5 } },
      {
        model: 'mistral-embed',
        dimensions: 2,
        similarity: 'dot_product',
        max_input_tokens: 9,
        rate_limit: { requests_per_minute: 5 },
      },
    ],
    [
      'completion',
      { max_input_tokens: 9, rate_limit: { requests_per_minute: 5 } },
      { model: 'mistral-embed', rate_limit: { requests_per_minute: 5 } },
    ],
  ])('of %s changes what may change, and ignores the rest', async (task, changes, expected) => {
    const endpoint = testedEndpoint(task, () => ({ body: answers[task] }));
    await endpoint.put({ service: 'mistral', service_settings: base });
    const before = endpoint.sent.length;
    const answer = await endpoint.update({
      service_settings: { ...changes, api_key: 'new', model: 'other', dimensions: 3, colour: 'blue' },
    });
    expect(answer.json).toMatchObject({ service_settings: expected });
    expect(JSON.parse(answer.text).service_settings).toEqual(expected);
    expect(endpoint.sent.slice(before).map(({ headers }) => headers.authorization)).toEqual(['Bearer new']);
    expect([...endpoint.secrets.kept.values()]).toEqual([{ api_key: 'new' }]);
  });
});
