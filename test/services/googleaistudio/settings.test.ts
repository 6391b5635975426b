import { describe, expect, it } from 'vitest';
import { told } from '../../helpers/envelopes.ts';
import { statusError, storedEndpoint, testedEndpoint, validationFailed } from '../endpoints.ts';

const secret = 'never-shown';
const base = { api_key: secret, model_id: 'm' };

const put = (task: string, serviceSettings: object, more: object = {}) =>
  testedEndpoint(task).put({ service: 'googleaistudio', service_settings: serviceSettings, ...more });

const unknown = (settings: string) =>
  statusError(`Configuration contains settings [{${settings}}] unknown to the [googleaistudio] service`);

const answers = {
  text_embedding: { embeddings: [{ values: [0.5, -0.25] }] },
  completion: { candidates: [{ content: { parts: [{ text: 'x' }] }, finishReason: 'STOP' }] },
};
type Task = keyof typeof answers;

describe('service settings of googleaistudio', () => {
  it.each<[string, object, readonly string[]]>([
    [
      'no model, whatever the secret is',
      { api_key: '' },
      ['[service_settings] does not contain the required setting [model_id]'],
    ],
    [
      'an empty model',
      { ...base, model_id: '' },
      ['[service_settings] Invalid value empty string. [model_id] must be a non-empty string'],
    ],
    ['no api_key', { model_id: 'm' }, ['[secret_settings] does not contain the required setting [api_key]']],
    [
      'an empty api_key',
      { model_id: 'm', api_key: '' },
      ['[secret_settings] Invalid value empty string. [api_key] must be a non-empty string'],
    ],
    [
      'several mistakes',
      { ...base, dimensions: 0, similarity: 'dot', max_input_tokens: 0, rate_limit: { requests_per_minute: 0 } },
      [
        '[service_settings] Invalid value [0]. [max_input_tokens] must be a positive integer',
        '[service_settings] Invalid value [dot] received. [similarity] must be one of [cosine, dot_product, l2_norm]',
        '[service_settings] Invalid value [0]. [dimensions] must be a positive integer',
        '[rate_limit] Invalid value [0]. [requests_per_minute] must be a positive long',
      ],
    ],
  ])('refuse %s', async (_, serviceSettings, reasons) => {
    expect(told(await put('text_embedding', serviceSettings))).toEqual(validationFailed(...reasons));
  });

  it.each<[string, Task, object, object, object]>([
    ['a url', 'text_embedding', { ...base, url: 'https://x.example' }, {}, unknown('url=https://x.example')],
    [
      'who set the dimensions',
      'text_embedding',
      { ...base, dimensions_set_by_user: true },
      {},
      unknown('dimensions_set_by_user=true'),
    ],
    [
      'what is for embeddings',
      'completion',
      { ...base, dimensions: 2, similarity: 'cosine', max_input_tokens: 3 },
      {},
      unknown('dimensions=2, similarity=cosine, max_input_tokens=3'),
    ],
    ['a key of rate_limit', 'completion', { ...base, rate_limit: { x: 1 } }, {}, unknown('x=1')],
    ['a task setting', 'completion', base, { task_settings: { user: 'u' } }, unknown('user=u')],
  ])('do not know %s', async (_, task, serviceSettings, more, expected) => {
    expect(told(await put(task, serviceSettings, more))).toEqual(expected);
  });

  it.each(['rerank', 'chat_completion', 'sparse_embedding'])('do not exist for %s', async (task) => {
    const expected = statusError(`The [googleaistudio] service does not support task type [${task}]`);
    const { status, json } = await put(task, base);
    expect(status).toBe(expected.status);
    expect(JSON.stringify(json)).toContain(expected.json.error.reason);
  });
});

describe('an endpoint of googleaistudio', () => {
  it.each<[Task, object, string, object]>([
    [
      'text_embedding',
      { dimensions: 77, max_input_tokens: 2, similarity: 'cosine' },
      '{"model_id":"m","max_input_tokens":2,"dimensions":2,"similarity":"cosine","rate_limit":{"requests_per_minute":360}}',
      {
        requests: [
          {
            model: 'models/m',
            content: { parts: [{ text: 'how bi' }] },
            outputDimensionality: 77,
            taskType: 'RETRIEVAL_DOCUMENT',
          },
        ],
      },
    ],
    [
      'text_embedding',
      {},
      '{"model_id":"m","dimensions":2,"similarity":"dot_product","rate_limit":{"requests_per_minute":360}}',
      {
        requests: [{ model: 'models/m', content: { parts: [{ text: 'how big' }] }, taskType: 'RETRIEVAL_DOCUMENT' }],
      },
    ],
    [
      'completion',
      {},
      '{"model_id":"m","rate_limit":{"requests_per_minute":120}}',
      {
        contents: [{ parts: [{ text: 'how big' }], role: 'user' }],
        generationConfig: { candidateCount: 1 },
      },
    ],
  ])('of %s with %j asks the service, and shows its settings in their order', async (task, more, shown, asked) => {
    const endpoint = testedEndpoint(task, () => ({ body: answers[task] }));
    const { text } = await endpoint.put({ service: 'googleaistudio', service_settings: { ...base, ...more } });
    expect(text).toContain(`"service":"googleaistudio","service_settings":${shown}`);
    expect(text).not.toContain('task_settings');
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${text}]}`);
    expect(endpoint.sent.map(({ body }) => JSON.parse(body))).toEqual([asked]);
    expect(`${text}${endpoint.lines.join()}`).not.toContain(secret);
  });

  it.each<[Task, object]>([
    [
      'text_embedding',
      {
        model_id: 'm',
        max_input_tokens: 9,
        dimensions: 2,
        similarity: 'dot_product',
        rate_limit: { requests_per_minute: 5 },
      },
    ],
    ['completion', { model_id: 'm', rate_limit: { requests_per_minute: 5 } }],
  ])('of %s changes what may change, and ignores the rest', async (task, expected) => {
    const endpoint = testedEndpoint(task, () => ({ body: answers[task] }));
    await endpoint.put({ service: 'googleaistudio', service_settings: base });
    const answer = await endpoint.update({
      service_settings: {
        api_key: 'new',
        max_input_tokens: 9,
        rate_limit: { requests_per_minute: 5 },
        model_id: 'other',
        dimensions: 3,
        similarity: 'cosine',
      },
    });
    expect(JSON.parse(answer.text).service_settings).toEqual(expected);
    expect(endpoint.sent.map(({ url }) => new URL(url).searchParams.get('key'))).toEqual([secret, 'new']);
    expect([...endpoint.secrets.kept.values()]).toEqual([{ api_key: 'new' }]);
  });

  it('sends texts 100 at a time and joins their vectors in order', async () => {
    const texts = Array.from({ length: 201 }, (_, index) => String(index));
    const endpoint = await storedEndpoint('googleaistudio', 'text_embedding', base, ({ body }) => ({
      body: {
        embeddings: JSON.parse(body).requests.map(
          ({ content }: { readonly content: { readonly parts: readonly [{ readonly text: string }] } }) => ({
            values: [Number(content.parts[0].text) || 0],
          }),
        ),
      },
    }));
    const { json } = await endpoint.post({ input: texts });
    expect(json).toEqual({ text_embedding: texts.map((text) => ({ embedding: [Number(text)] })) });
    expect(endpoint.calls().map(({ requests }) => requests.length)).toEqual([100, 100, 1]);
  });

  it('keeps its key out of what callers are told, also when there is no such model', async () => {
    const endpoint = testedEndpoint('completion', () => ({ status: 404, body: {} }));
    const { text } = await endpoint.put({ service: 'googleaistudio', service_settings: base });
    expect(text).toContain(
      'Resource not found at [https://generativelanguage.googleapis.com/v1/models/m:generateContent] for',
    );
    expect(`${text}${endpoint.lines.join()}`).not.toContain(secret);
  });
});
