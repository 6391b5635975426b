import { describe, expect, it } from 'vitest';
import { refused, told, validationCallFailed } from '../../helpers/envelopes.ts';
import { notParsed, statusError, testedEndpoint, unknownField, validationFailed } from '../endpoints.ts';

const secret = 'never-shown';
const url = 'https://x1.endpoints.huggingface.cloud/embed?pool=mean';
const base = { api_key: secret, url };

/** One setting on each line, so that places are easy to see. */
const put = (task: string, serviceSettings: object, more: object = {}) =>
  testedEndpoint(task).put(
    JSON.stringify({ service: 'hugging_face', service_settings: serviceSettings, ...more }, undefined, 1),
  );

const illegal = (reason: string) => refused(400, 'illegal_argument_exception', reason);
const unknown = (settings: string, service = 'hugging_face') =>
  statusError(`Configuration contains settings [{${settings}}] unknown to the [${service}] service`);

const noUrl = '[service_settings] does not contain the required setting [url]';
const emptyUrl = '[service_settings] Invalid value empty string. [url] must be a non-empty string';
const badUrl =
  '[service_settings] Invalid url [huggingface.co] received for field [url]. Error: unable to parse url [huggingface.co]. Reason: it is no absolute url';
const notPositive = (name: string) => `[service_settings] Invalid value [0]. [${name}] must be a positive integer`;

describe('service settings of hugging_face', () => {
  it.each<[string, string, object, object]>([
    ['no url', 'text_embedding', { api_key: secret }, illegal(noUrl)],
    ['no url', 'sparse_embedding', { api_key: secret }, illegal(noUrl)],
    ['no url', 'rerank', { api_key: secret }, validationFailed(noUrl)],
    ['no url', 'completion', { api_key: secret }, validationFailed(noUrl)],
    ['no url', 'chat_completion', { api_key: secret }, validationFailed(noUrl)],
    ['an empty url', 'text_embedding', { ...base, url: '' }, illegal(emptyUrl)],
    ['an empty url', 'chat_completion', { ...base, url: '' }, validationFailed(emptyUrl)],
    ['a relative url', 'sparse_embedding', { ...base, url: 'huggingface.co' }, illegal(badUrl)],
    ['a relative url', 'rerank', { ...base, url: 'huggingface.co' }, validationFailed(badUrl)],
    [
      'an unknown similarity',
      'text_embedding',
      { ...base, similarity: 'by_size' },
      notParsed(
        '[6:17] [service_settings]',
        'similarity',
        'Invalid value [by_size]; expected one of [cosine, dot_product, l2_norm]',
      ),
    ],
    [
      'dimensions of 0',
      'text_embedding',
      { ...base, dimensions: 0 },
      notParsed('[6:17] [service_settings]', 'dimensions', notPositive('dimensions')),
    ],
    [
      'tokens of 0',
      'text_embedding',
      { ...base, max_input_tokens: 0 },
      notParsed('[6:23] [service_settings]', 'max_input_tokens', notPositive('max_input_tokens')),
    ],
    [
      'a rate of 0',
      'completion',
      { ...base, rate_limit: { requests_per_minute: 0 } },
      validationFailed('[rate_limit] Invalid value [0]. [requests_per_minute] must be a positive long'),
    ],
    [
      'a model_id',
      'text_embedding',
      { ...base, model_id: 'm' },
      unknownField('[6:3] [service_settings] unknown field [model_id]'),
    ],
    ['a model_id', 'rerank', { ...base, model_id: 'm' }, unknown('model_id=m')],
    [
      'an unknown setting without a secret',
      'text_embedding',
      { url, colour: 'blue' },
      unknownField('[5:3] [service_settings] unknown field [colour]'),
    ],
    [
      'max_input_tokens',
      'sparse_embedding',
      { ...base, max_input_tokens: 5 },
      unknownField('[6:3] [service_settings] unknown field [max_input_tokens]'),
    ],
    ['dimensions', 'chat_completion', { ...base, dimensions: 2 }, unknown('dimensions=2')],
    [
      'no api_key',
      'text_embedding',
      { url },
      validationFailed('[secret_settings] does not contain the required setting [api_key]'),
    ],
    [
      'another task',
      'embedding',
      base,
      statusError('The [hugging_face] service does not support task type [embedding]'),
    ],
  ])('refuse %s of %s', async (_, task, serviceSettings, expected) => {
    expect(told(await put(task, serviceSettings))).toEqual(expected);
  });

  it('tell where in rate_limit a strict parser stopped', async () => {
    const { status, json } = await put('text_embedding', { ...base, rate_limit: { requests_per_minute: 0 } });
    const type = 'x_content_parse_exception';
    const root = { type, reason: '[7:27] [rate_limit] failed to parse field [requests_per_minute]' };
    expect({ status, json }).toEqual({
      status: 400,
      json: {
        error: {
          root_cause: [root],
          type,
          reason: '[7:27] [service_settings] failed to parse field [rate_limit]',
          caused_by: {
            ...root,
            caused_by: {
              type: 'illegal_argument_exception',
              reason: '[rate_limit] Invalid value [0]. [requests_per_minute] must be a positive long',
            },
          },
        },
        status: 400,
      },
    });
  });

  it.each<[string, string, object, object]>([
    [
      'top_n of 0',
      'rerank',
      { top_n: 0 },
      validationFailed('[task_settings] Invalid value [0]. [top_n] must be a positive integer'),
    ],
    [
      'return_documents that is no boolean',
      'rerank',
      { return_documents: 'yes' },
      validationFailed(
        'field [return_documents] is not of the expected type. The value [yes] cannot be converted to a [Boolean]',
      ),
    ],
    ['one that nobody knows', 'rerank', { top_k: 1 }, unknown('top_k=1')],
    ['any', 'text_embedding', { top_n: 1 }, unknown('top_n=1')],
    ['any', 'chat_completion', { user: 'u' }, unknown('user=u')],
  ])('refuse task settings: %s of %s', async (_, task, taskSettings, expected) => {
    expect(told(await put(task, base, { task_settings: taskSettings }))).toEqual(expected);
  });
});

const answers = {
  text_embedding: [[0.5, -0.25]],
  sparse_embedding: [{ sea: 1 }],
  rerank: [{ index: 0, score: 0.5 }],
  completion: { choices: [{ message: { content: 'x' } }] },
  chat_completion: 'data: {"id":"1","choices":[]}\n\n',
};
type Task = keyof typeof answers;
const stored = async (task: Task, more: object = {}, taskSettings: object = {}) => {
  const endpoint = testedEndpoint(task, () => ({ body: answers[task] }));
  const { status, text } = await endpoint.put({
    service: 'hugging_face',
    service_settings: { ...base, ...more },
    task_settings: taskSettings,
  });
  expect(status).toBe(200);
  return { ...endpoint, shown: text };
};

const limit = '"rate_limit":{"requests_per_minute":3000}';
const question = [{ content: 'how big', role: 'user' }];

describe('an endpoint of hugging_face', () => {
  it.each<[Task, object, object, string, object]>([
    [
      'text_embedding',
      { dimensions: 77, max_input_tokens: 2 },
      {},
      `{"url":"${url}","similarity":"cosine","dimensions":2,"max_input_tokens":2,${limit}}`,
      { inputs: ['how bi'] },
    ],
    ['sparse_embedding', {}, {}, `{"url":"${url}","max_input_tokens":512,${limit}}`, { inputs: ['how big'] }],
    [
      'rerank',
      {},
      { top_n: 3, return_documents: true },
      `{"url":"${url}",${limit}},"task_settings":{"top_n":3,"return_documents":true}`,
      { texts: ['how big'], query: 'test query', return_text: true, top_n: 3 },
    ],
    [
      'completion',
      { model_id: 'm' },
      {},
      `{"model_id":"m","url":"${url}",${limit}}`,
      { messages: question, model: 'm', n: 1, stream: false },
    ],
    [
      'chat_completion',
      { rate_limit: { requests_per_minute: 7 } },
      {},
      `{"url":"${url}","rate_limit":{"requests_per_minute":7}}`,
      { messages: question, n: 1, stream: true, stream_options: { include_usage: true } },
    ],
  ])(
    'of %s asks the service, and shows its settings in their order',
    async (task, more, taskSettings, shown, asked) => {
      const endpoint = await stored(task, more, taskSettings);
      expect(endpoint.shown).toContain(`"service":"hugging_face","service_settings":${shown}`);
      expect((await endpoint.get()).text).toBe(`{"endpoints":[${endpoint.shown}]}`);
      expect(endpoint.sent.map((sent) => [sent.url, JSON.parse(sent.body)])).toEqual([[url, asked]]);
      expect(`${endpoint.shown}${endpoint.lines.join()}`).not.toContain(secret);
    },
  );

  it.each<[Task, object, object]>([
    [
      'text_embedding',
      { max_input_tokens: 9, rate_limit: { requests_per_minute: 5 } },
      { max_input_tokens: 9, rate_limit: { requests_per_minute: 5 } },
    ],
    ['text_embedding', { rate_limit: null }, { rate_limit: { requests_per_minute: 3000 } }],
    [
      'text_embedding',
      { max_input_tokens: 9, rate_limit: {} },
      { max_input_tokens: 9, rate_limit: { requests_per_minute: 3000 } },
    ],
    ['text_embedding', { max_input_tokens: 9 }, { max_input_tokens: 9, rate_limit: { requests_per_minute: 7 } }],
    ['sparse_embedding', { rate_limit: { requests_per_minute: 5 } }, { rate_limit: { requests_per_minute: 5 } }],
    ['rerank', { rate_limit: null }, { rate_limit: { requests_per_minute: 3000 } }],
    ['chat_completion', { rate_limit: { requests_per_minute: 5 } }, { rate_limit: { requests_per_minute: 5 } }],
  ])('of %s is updated: %j', async (task, changes, expected) => {
    const endpoint = await stored(task, { rate_limit: { requests_per_minute: 7 } });
    const answer = await endpoint.update({ service_settings: changes });
    expect(answer.json).toMatchObject({ service_settings: expected });
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${answer.text}]}`);
  });

  it('uses a new api_key at once', async () => {
    const endpoint = await stored('completion');
    await endpoint.update({ service_settings: { api_key: 'new' } });
    expect(endpoint.sent.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${secret}`, 'Bearer new']);
  });

  it.each<[Task, object, object]>([
    ['text_embedding', { url: 'https://x' }, unknownField('[1:22] [service_settings] unknown field [url]')],
    ['text_embedding', { similarity: 'cosine' }, unknownField('[1:22] [service_settings] unknown field [similarity]')],
    ['text_embedding', { dimensions: 2 }, unknownField('[1:22] [service_settings] unknown field [dimensions]')],
    [
      'sparse_embedding',
      { max_input_tokens: 2 },
      unknownField('[1:22] [service_settings] unknown field [max_input_tokens]'),
    ],
    ['rerank', { url: 'https://x' }, unknown('url=https://x')],
    ['completion', { model_id: 'n' }, unknown('model_id=n')],
  ])('of %s cannot change %j', async (task, changes, expected) => {
    const endpoint = await stored(task);
    expect(told(await endpoint.update({ service_settings: changes }))).toEqual(expected);
  });

  it('of a reranker merges its task settings field by field', async () => {
    const endpoint = await stored('rerank', {}, { top_n: 3, return_documents: true });
    const answer = await endpoint.update({ task_settings: { top_n: 1 } });
    expect(answer.json).toMatchObject({ task_settings: { top_n: 1, return_documents: true } });
  });

  it('is not stored when the service refuses', async () => {
    const endpoint = testedEndpoint('text_embedding', () => ({ status: 401, body: { error: 'no' } }));
    expect(told(await endpoint.put({ service: 'hugging_face', service_settings: base }))).toEqual(
      validationCallFailed(
        'Received an authentication error status code for request from inference entity id [tested] status [401]. Error message: [no]',
      ),
    );
  });
});

describe('hugging_face_elser', () => {
  const putElser = (task: string, body: object) =>
    testedEndpoint(task, () => ({ body: answers.sparse_embedding })).put({ service: 'hugging_face_elser', ...body });

  it('is a service of its own, with the settings of sparse embeddings', async () => {
    const { text } = await putElser('sparse_embedding', { service_settings: base });
    expect(text).toContain(
      `"service":"hugging_face_elser","service_settings":{"url":"${url}","max_input_tokens":512,${limit}}`,
    );
  });

  it.each(['text_embedding', 'chat_completion'])('has no %s', async (task) => {
    expect((await putElser(task, { service_settings: base })).text).toContain(
      `The [hugging_face_elser] service does not support task type [${task}]`,
    );
  });

  it('is named in messages', async () => {
    const body = { service_settings: base, task_settings: { x: 1 } };
    expect(told(await putElser('sparse_embedding', body))).toEqual(unknown('x=1', 'hugging_face_elser'));
  });
});
