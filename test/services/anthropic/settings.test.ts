import { describe, expect, it } from 'vitest';
import { told } from '../../helpers/envelopes.ts';
import {
  lacking,
  notParsed,
  notParsedInside,
  statusError,
  testedEndpoint,
  unknownField,
  validationFailed,
} from '../endpoints.ts';

const base = { api_key: 'sk-never-shown', model_id: 'claude-x' };
const tokens = { max_tokens: 64 };

const message = { content: [{ type: 'text', text: 'Very.' }], usage: { input_tokens: 3, output_tokens: 2 } };
const chunks = 'data: {"type":"message_start","message":{"id":"m","model":"c"}}\n\ndata: {"type":"message_stop"}\n\n';

const answering = (task: string) => testedEndpoint(task, () => ({ body: task === 'completion' ? message : chunks }));

/** One setting on each line, so that places are easy to see. */
const put = (serviceSettings: object, taskSettings: object | undefined = tokens, more: object = {}) =>
  testedEndpoint('completion').put(
    JSON.stringify(
      { service: 'anthropic', service_settings: serviceSettings, task_settings: taskSettings, ...more },
      undefined,
      1,
    ),
  );

const empty = (name: string, scope: string) =>
  validationFailed(`[${scope}] Invalid value empty string. [${name}] must be a non-empty string`);
const emptySetting = (name: string) =>
  lacking(`[service_settings] Invalid value empty string. [${name}] must be a non-empty string`);
const missing = (name: string, scope: string) =>
  validationFailed(`[${scope}] does not contain the required setting [${name}]`);
const notOf = (type: string, name: string, value: string) =>
  `field [${name}] is not of the expected type. The value [${value}] cannot be converted to a [${type}]`;
const unknown = (map: string) =>
  statusError(`Configuration contains settings [${map}] unknown to the [anthropic] service`);

describe('service settings of anthropic', () => {
  it.each<[string, object, object]>([
    ['no model_id', { api_key: 'k' }, lacking(`[service_settings] does not contain the required setting [model_id]`)],
    ['an empty model_id', { ...base, model_id: '' }, emptySetting('model_id')],
    ['an empty url', { ...base, url: '' }, emptySetting('url')],
    [
      'a model_id that is no text',
      { ...base, model_id: 5 },
      notParsed('[5:15] [service_settings]', 'model_id', notOf('String', 'model_id', '5')),
    ],
    [
      'an unknown setting',
      { ...base, max_tokens: 5 },
      unknownField('[6:3] [service_settings] unknown field [max_tokens]'),
    ],
    ['no api_key', { model_id: 'm' }, missing('api_key', 'secret_settings')],
    ['an empty api_key', { model_id: 'm', api_key: '' }, empty('api_key', 'secret_settings')],
  ])('refuse %s', async (_, serviceSettings, expected) => {
    expect(told(await put(serviceSettings))).toEqual(expected);
  });

  it.each([
    ['a relative url', 'v1/messages', 'it is no absolute url'],
    ['a url of another scheme', 'ftp://claude.test', 'scheme [ftp] is not http or https'],
  ])('refuse %s', async (_, url, why) => {
    const reason = `[service_settings] Invalid url [${url}] received for field [url]. Error: unable to parse url [${url}]. Reason: ${why}`;
    expect(told(await put({ ...base, url }))).toEqual(notParsed('[6:10] [service_settings]', 'url', reason));
  });

  it.each<[string, object, Parameters<typeof notParsedInside>[2]]>([
    [
      'is zero',
      { requests_per_minute: 0 },
      notParsed(
        '[7:27] [rate_limit]',
        'requests_per_minute',
        '[rate_limit] Invalid value [0]. [requests_per_minute] must be a positive long',
      ),
    ],
    [
      'is text',
      { requests_per_minute: 'many' },
      notParsed('[7:27] [rate_limit]', 'requests_per_minute', notOf('Long', 'requests_per_minute', 'many')),
    ],
  ])('refuse a rate_limit that %s', async (_, rateLimit, inner) => {
    const answer = await put({ ...base, rate_limit: rateLimit });
    expect(told(answer)).toEqual(notParsedInside('[7:27] [service_settings]', 'rate_limit', inner));
  });

  it('refuse another key of rate_limit', async () => {
    const inner = unknownField('[7:4] [rate_limit] unknown field [per_hour]');
    expect(told(await put({ ...base, rate_limit: { per_hour: 1 } }))).toEqual(
      notParsedInside('[7:4] [service_settings]', 'rate_limit', inner),
    );
  });
});

describe('task settings of anthropic', () => {
  it.each<[string, object | undefined, object]>([
    ['none', undefined, missing('max_tokens', 'task_settings')],
    ['no max_tokens', { temperature: 1 }, missing('max_tokens', 'task_settings')],
    [
      'max_tokens of 0',
      { max_tokens: 0 },
      validationFailed('[task_settings] Invalid value [0]. [max_tokens] must be a positive integer'),
    ],
    [
      'a temperature that is no number',
      { ...tokens, temperature: 'hot' },
      validationFailed(notOf('Double', 'temperature', 'hot')),
    ],
    ['a top_p that is no number', { ...tokens, top_p: true }, validationFailed(notOf('Double', 'top_p', 'true'))],
    ['a top_k with a fraction', { ...tokens, top_k: 1.5 }, validationFailed(notOf('Integer', 'top_k', '1.5'))],
    [
      'several mistakes',
      { max_tokens: 'x', top_k: 'y' },
      validationFailed(notOf('Integer', 'max_tokens', 'x'), notOf('Integer', 'top_k', 'y')),
    ],
    ['an unknown setting', { ...tokens, x: 1 }, unknown('{x=1}')],
  ])('refuse %s', async (_, taskSettings, expected) => {
    const body = { service: 'anthropic', service_settings: base, ...(taskSettings && { task_settings: taskSettings }) };
    expect(told(await testedEndpoint('completion').put(body))).toEqual(expected);
  });

  it('are told before a missing secret, and after service settings', async () => {
    expect(told(await put({ model_id: 'm' }, {}))).toEqual(missing('max_tokens', 'task_settings'));
    expect(told(await put({ api_key: 'k' }, {}))).toEqual(
      lacking(`[service_settings] does not contain the required setting [model_id]`),
    );
  });

  it('of a request are checked like stored ones', async () => {
    const endpoint = answering('completion');
    await endpoint.put({ service: 'anthropic', service_settings: base, task_settings: tokens });
    const answer = await endpoint.post({ input: 'x', task_settings: { max_tokens: -1 } });
    expect(told(answer)).toEqual(
      validationFailed('[task_settings] Invalid value [-1]. [max_tokens] must be a positive integer'),
    );
  });
});

describe('a new endpoint of anthropic', () => {
  it.each([
    ['completion', { ...base, url: 'https://claude.test/v1' }, { url: 'https://claude.test/v1' }],
    ['chat_completion', { ...base, rate_limit: {} }, {}],
  ])('%s shows its settings, but not its secret', async (task, serviceSettings, shown) => {
    const endpoint = answering(task);
    const taskSettings = { max_tokens: 64, temperature: 0.5, top_p: 1, top_k: 3 };
    const answer = await endpoint.put({
      service: 'anthropic',
      service_settings: serviceSettings,
      task_settings: taskSettings,
    });
    expect(answer.text).toBe(
      JSON.stringify({
        inference_id: 'tested',
        task_type: task,
        service: 'anthropic',
        service_settings: { model_id: 'claude-x', ...shown, rate_limit: { requests_per_minute: 50 } },
        task_settings: taskSettings,
      }),
    );
    expect((await endpoint.get()).json).toEqual({ endpoints: [answer.json] });
  });

  it.each(['completion', 'chat_completion'])('asks with its task settings whether %s works', async (task) => {
    const endpoint = answering(task);
    await endpoint.put({
      service: 'anthropic',
      service_settings: base,
      task_settings: { max_tokens: 64, top_k: 3 },
    });
    expect(endpoint.sent.map(({ body }) => JSON.parse(body))).toEqual([
      {
        messages: [{ role: 'user', content: 'how big' }],
        model: 'claude-x',
        max_tokens: 64,
        top_k: 3,
        ...(task === 'chat_completion' && { stream: true }),
      },
    ]);
  });

  it('has no embeddings', async () => {
    const answer = await testedEndpoint('text_embedding').put({ service: 'anthropic', service_settings: base });
    expect(told(answer)).toEqual(statusError('The [anthropic] service does not support task type [text_embedding]'));
  });

  it('has no chunking settings', async () => {
    expect(told(await put(base, tokens, { chunking_settings: { strategy: 'none' } }))).toEqual(
      unknown('{chunking_settings={strategy=none}}'),
    );
  });
});

describe('an update of anthropic', () => {
  const stored = async () => {
    const endpoint = answering('completion');
    await endpoint.put({
      service: 'anthropic',
      service_settings: { ...base, rate_limit: { requests_per_minute: 9 } },
      task_settings: { max_tokens: 64, temperature: 0.5 },
    });
    return endpoint;
  };

  it.each<[string, object, object, object]>([
    [
      'sets a rate',
      { service_settings: { rate_limit: { requests_per_minute: 7 } } },
      { requests_per_minute: 7 },
      { max_tokens: 64, temperature: 0.5 },
    ],
    [
      'sets the rate back with null',
      { service_settings: { rate_limit: null } },
      { requests_per_minute: 50 },
      { max_tokens: 64, temperature: 0.5 },
    ],
    [
      'sets the rate back with null inside',
      { service_settings: { rate_limit: { requests_per_minute: null } } },
      { requests_per_minute: 50 },
      { max_tokens: 64, temperature: 0.5 },
    ],
    [
      'sets the rate back with an empty one',
      { service_settings: { rate_limit: {} } },
      { requests_per_minute: 50 },
      { max_tokens: 64, temperature: 0.5 },
    ],
    [
      'replaces all task settings',
      { task_settings: { max_tokens: 8, top_k: 2 } },
      { requests_per_minute: 9 },
      { max_tokens: 8, top_k: 2 },
    ],
  ])('%s', async (_, body, rateLimit, taskSettings) => {
    const { status, json } = await (await stored()).update(body);
    expect({ status, json }).toEqual({
      status: 200,
      json: {
        inference_id: 'tested',
        task_type: 'completion',
        service: 'anthropic',
        service_settings: { model_id: 'claude-x', rate_limit: rateLimit },
        task_settings: taskSettings,
      },
    });
  });

  it('replaces the secret', async () => {
    const endpoint = await stored();
    await endpoint.update({ service_settings: { api_key: 'sk-new' } });
    await endpoint.post({ input: 'x' });
    expect(endpoint.sent.map(({ headers }) => headers['x-api-key'])).toEqual(['sk-never-shown', 'sk-new', 'sk-new']);
  });

  it.each<[string, object, object]>([
    ['task settings without max_tokens', { task_settings: { temperature: 1 } }, missing('max_tokens', 'task_settings')],
    ['empty task settings', { task_settings: {} }, missing('max_tokens', 'task_settings')],
    [
      'another model_id',
      { service_settings: { model_id: 'm' } },
      unknownField('[1:22] [service_settings] unknown field [model_id]'),
    ],
    [
      'another url',
      { service_settings: { url: 'https://x' } },
      unknownField('[1:22] [service_settings] unknown field [url]'),
    ],
    ['an empty api_key', { service_settings: { api_key: '' } }, empty('api_key', 'secret_settings')],
  ])('refuses %s', async (_, body, expected) => {
    expect(told(await (await stored()).update(body))).toEqual(expected);
  });

  it('that changes nothing asks nobody', async () => {
    const endpoint = await stored();
    await endpoint.update({ task_settings: { max_tokens: 64, temperature: 0.5 } });
    expect(endpoint.sent).toHaveLength(1);
  });
});

it('is refused with what the service says', async () => {
  const endpoint = testedEndpoint('completion', () => ({
    status: 401,
    body: { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } },
  }));
  const answer = await endpoint.put({ service: 'anthropic', service_settings: base, task_settings: tokens });
  expect(answer.json).toMatchObject({
    error: {
      reason: 'Could not complete inference endpoint creation as validation call to service threw an exception.',
      caused_by: {
        type: 'status_exception',
        reason:
          'Received an authentication error status code for request from inference entity id [tested] status [401]. Error message: [invalid x-api-key]',
      },
    },
    status: 400,
  });
});
