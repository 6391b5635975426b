import { describe, expect, it } from 'vitest';
import { refused, told } from '../../helpers/envelopes.ts';
import { eventStream } from '../../helpers/event-stream.ts';
import { lacking, notParsed, statusError, testedEndpoint, unknownField, validationFailed } from '../endpoints.ts';

const keys = { access_key: 'AKIDEXAMPLE', secret_key: 'never-shown' };
const base = { ...keys, region: 'eu-west-1', model: 'm' };
const titan = { ...base, provider: 'amazontitan' };
const cohere = { ...base, provider: 'cohere' };
const meta = { ...base, provider: 'meta' };

const answers: Readonly<Record<string, unknown>> = {
  invoke: { embedding: [0.5, -0.25, 1], embeddings: [[0.5, -0.25, 1]] },
  converse: { output: { message: { content: [{ text: 'Very.' }] } } },
  'converse-stream': eventStream([{ messageStart: { role: 'assistant' } }]),
};

/** An endpoint whose calls succeed. */
const answering = (task: string) =>
  testedEndpoint(task, ({ url }) => ({ body: answers[url.slice(url.lastIndexOf('/') + 1)] }));

/** One setting on each line, so that places are easy to see. */
const put = (task: string, serviceSettings: object, taskSettings: object = {}, more: object = {}) =>
  testedEndpoint(task).put(
    JSON.stringify(
      { service: 'amazonbedrock', service_settings: serviceSettings, task_settings: taskSettings, ...more },
      undefined,
      1,
    ),
  );

const missing = (name: string) => lacking(`[service_settings] does not contain the required setting [${name}]`);
const missingKeys = (...names: readonly string[]) =>
  validationFailed(...names.map((name) => `[secret_settings] does not contain the required setting [${name}]`));
const notOf = (type: string, name: string, value: string) =>
  `field [${name}] is not of the expected type. The value [${value}] cannot be converted to a [${type}]`;

describe('service settings of amazonbedrock', () => {
  it.each<[string, object, object]>([
    ['none', keys, missing('region')],
    ['no model', { ...keys, region: 'r', provider: 'cohere' }, missing('model')],
    [
      'an empty region',
      { ...cohere, region: '' },
      lacking('[service_settings] Invalid value empty string. [region] must be a non-empty string'),
    ],
    [
      'a region that would lead to another host',
      { ...cohere, region: 'x.test/' },
      notParsed(
        '[6:13] [service_settings]',
        'region',
        '[service_settings] Invalid value [x.test/]. [region] must be the name of a region',
      ),
    ],
    [
      'an unknown provider',
      { ...base, provider: 'acme' },
      refused(
        400,
        'illegal_argument_exception',
        '[service_settings] Invalid value [acme] received. [provider] must be one of [ai21labs, amazontitan, anthropic, cohere, meta, mistral]',
      ),
    ],
    [
      'a provider that is no text',
      { ...base, provider: 5 },
      notParsed('[8:15] [service_settings]', 'provider', notOf('String', 'provider', '5')),
    ],
    ['an unknown setting', { ...cohere, x: 1 }, unknownField('[9:3] [service_settings] unknown field [x]')],
    ['dimensions', { ...cohere, dimensions: 256 }, unknownField('[9:3] [service_settings] unknown field [dimensions]')],
    [
      'dimensions_set_by_user',
      { ...cohere, dimensions_set_by_user: true },
      unknownField('[9:3] [service_settings] unknown field [dimensions_set_by_user]'),
    ],
    [
      'an unknown similarity',
      { ...cohere, similarity: 'dot' },
      notParsed(
        '[9:17] [service_settings]',
        'similarity',
        'Invalid value [dot]; expected one of [cosine, dot_product, l2_norm]',
      ),
    ],
    [
      'max_input_tokens below 0',
      { ...cohere, max_input_tokens: -1 },
      notParsed(
        '[9:23] [service_settings]',
        'max_input_tokens',
        '[service_settings] Invalid value [-1]. [max_input_tokens] must be a positive integer',
      ),
    ],
    ['no keys', { region: 'r', model: 'm', provider: 'cohere' }, missingKeys('access_key', 'secret_key')],
    ['no secret_key', { access_key: 'a', region: 'r', model: 'm', provider: 'cohere' }, missingKeys('secret_key')],
    [
      'an empty access_key',
      { ...cohere, access_key: '' },
      validationFailed('[secret_settings] Invalid value empty string. [access_key] must be a non-empty string'),
    ],
    [
      'a provider without embeddings',
      meta,
      statusError('The [text_embedding] task type for provider [meta] is not available'),
    ],
  ])('refuse %s', async (_, serviceSettings, expected) => {
    expect(told(await put('text_embedding', serviceSettings))).toEqual(expected);
  });

  it.each(['similarity', 'max_input_tokens'])('of a completion have no %s', async (name) => {
    expect(told(await put('completion', { ...meta, [name]: 1 }))).toEqual(
      unknownField(`[9:3] [service_settings] unknown field [${name}]`),
    );
  });

  it('have no task type for documents', async () => {
    expect(told(await put('rerank', cohere))).toEqual(
      statusError('The [amazonbedrock] service does not support task type [rerank]'),
    );
  });
});

const outOf = (name: string, value: string, limit: string) =>
  validationFailed(`[task_settings] Invalid value [${value}]. [${name}] must be a ${limit}`);

describe('task settings of amazonbedrock', () => {
  it.each<[string, string, object, object, object]>([
    [
      'a temperature above 1',
      'completion',
      meta,
      { temperature: 1.5 },
      outOf('temperature', '1.5', 'less than or equal to [1.0]'),
    ],
    [
      'a top_p below 0',
      'chat_completion',
      meta,
      { top_p: -0.5 },
      outOf('top_p', '-0.5', 'greater than or equal to [0.0]'),
    ],
    [
      'a top_k above 1',
      'completion',
      { ...base, provider: 'mistral' },
      { top_k: 5 },
      outOf('top_k', '5.0', 'less than or equal to [1.0]'),
    ],
    [
      'max_new_tokens of 0',
      'completion',
      meta,
      { max_new_tokens: 0 },
      validationFailed('[task_settings] Invalid value [0]. [max_new_tokens] must be a positive integer'),
    ],
    [
      'a top_k of meta',
      'completion',
      meta,
      { top_k: 0.5 },
      statusError('The [top_k] task parameter is not available for provider [meta]'),
    ],
    [
      'a top_k of ai21labs',
      'chat_completion',
      { ...base, provider: 'AI21Labs' },
      { top_k: 0.5 },
      statusError('The [top_k] task parameter is not available for provider [ai21labs]'),
    ],
    [
      'a truncate of amazontitan',
      'text_embedding',
      titan,
      { truncate: 'end' },
      statusError('The [text_embedding] task type for provider [amazontitan] does not allow [truncate] field'),
    ],
    [
      'a truncate of amazontitan, and an unknown setting',
      'text_embedding',
      titan,
      { truncate: 'end', x: 1 },
      statusError('The [text_embedding] task type for provider [amazontitan] does not allow [truncate] field'),
    ],
    [
      'an unknown truncate',
      'text_embedding',
      cohere,
      { truncate: 'middle' },
      validationFailed('[task_settings] Invalid value [middle] received. [truncate] must be one of [end, none, start]'),
    ],
    [
      'an unknown setting',
      'completion',
      meta,
      { truncate: 'end' },
      statusError('Configuration contains settings [{truncate=end}] unknown to the [amazonbedrock] service'),
    ],
  ])('refuse %s', async (_, task, serviceSettings, taskSettings, expected) => {
    expect(told(await put(task, serviceSettings, taskSettings))).toEqual(expected);
  });
});

describe('a new endpoint of amazonbedrock', () => {
  it.each<[string, string, object, object, object]>([
    [
      'embeddings with what the validation call taught',
      'text_embedding',
      titan,
      {},
      {
        service_settings: {
          region: 'eu-west-1',
          model: 'm',
          provider: 'AMAZONTITAN',
          rate_limit: { requests_per_minute: 240 },
          dimensions: 3,
          similarity: 'cosine',
        },
      },
    ],
    [
      'embeddings with all that may be set',
      'text_embedding',
      {
        ...base,
        provider: 'Cohere',
        similarity: 'dot_product',
        max_input_tokens: 9,
        rate_limit: { requests_per_minute: 7 },
      },
      { truncate: 'END' },
      {
        service_settings: {
          region: 'eu-west-1',
          model: 'm',
          provider: 'COHERE',
          rate_limit: { requests_per_minute: 7 },
          dimensions: 3,
          max_input_tokens: 9,
          similarity: 'dot_product',
        },
        task_settings: { truncate: 'end' },
      },
    ],
    [
      'completions',
      'completion',
      { ...base, provider: 'anthropic', rate_limit: {} },
      { temperature: 0.5, top_p: 1, top_k: 0, max_new_tokens: 64 },
      {
        service_settings: {
          region: 'eu-west-1',
          model: 'm',
          provider: 'ANTHROPIC',
          rate_limit: { requests_per_minute: 240 },
        },
        task_settings: { temperature: 0.5, top_p: 1, top_k: 0, max_new_tokens: 64 },
      },
    ],
  ])('shows %s, but not its keys', async (_, task, serviceSettings, taskSettings, shown) => {
    const endpoint = answering(task);
    const { status, json } = await endpoint.put({
      service: 'amazonbedrock',
      service_settings: serviceSettings,
      task_settings: taskSettings,
    });
    const { chunking_settings: _chunking, ...rest } = Object(json);
    expect(status).toBe(200);
    expect(JSON.stringify(rest)).toBe(
      JSON.stringify({ inference_id: 'tested', task_type: task, service: 'amazonbedrock', ...shown }),
    );
  });

  it.each([
    ['text_embedding', cohere, 'invoke', { texts: ['how big'], input_type: 'search_document' }],
    ['completion', meta, 'converse', { messages: [{ role: 'user', content: [{ text: 'how big' }] }] }],
    ['chat_completion', meta, 'converse-stream', { messages: [{ role: 'user', content: [{ text: 'how big' }] }] }],
  ])('asks whether %s works', async (task, serviceSettings, operation, body) => {
    const endpoint = answering(task);
    await endpoint.put({ service: 'amazonbedrock', service_settings: serviceSettings });
    expect(endpoint.sent.map((sent) => ({ url: sent.url, body: JSON.parse(sent.body) }))).toEqual([
      { url: `https://bedrock-runtime.eu-west-1.amazonaws.com/model/m/${operation}`, body },
    ]);
  });
});

describe('an update of amazonbedrock', () => {
  const stored = async () => {
    const endpoint = answering('completion');
    await endpoint.put({
      service: 'amazonbedrock',
      service_settings: { ...base, provider: 'mistral', rate_limit: { requests_per_minute: 9 } },
      task_settings: { temperature: 0.5, top_k: 1 },
    });
    return endpoint;
  };
  const settings = { region: 'eu-west-1', model: 'm', provider: 'MISTRAL' };

  it.each<[string, object, object, object]>([
    [
      'sets a rate',
      { service_settings: { rate_limit: { requests_per_minute: 7 } } },
      { requests_per_minute: 7 },
      { temperature: 0.5, top_k: 1 },
    ],
    [
      'sets the rate back with null',
      { service_settings: { rate_limit: null } },
      { requests_per_minute: 240 },
      { temperature: 0.5, top_k: 1 },
    ],
    [
      'merges task settings',
      { task_settings: { top_k: 0.5, max_new_tokens: 8 } },
      { requests_per_minute: 9 },
      { temperature: 0.5, top_k: 0.5, max_new_tokens: 8 },
    ],
  ])('%s', async (_, body, rateLimit, taskSettings) => {
    const { json } = await (await stored()).update(body);
    expect(json).toEqual({
      inference_id: 'tested',
      task_type: 'completion',
      service: 'amazonbedrock',
      service_settings: { ...settings, rate_limit: rateLimit },
      task_settings: taskSettings,
    });
  });

  it('shows task settings that it adds where a PUT would have put them', async () => {
    const { text } = await (await stored()).update({ task_settings: { max_new_tokens: 8, top_p: 0.5 } });
    expect(text).toContain('"task_settings":{"temperature":0.5,"top_p":0.5,"top_k":1,"max_new_tokens":8}');
  });

  it('changes max_input_tokens of embeddings', async () => {
    const endpoint = answering('text_embedding');
    await endpoint.put({ service: 'amazonbedrock', service_settings: titan });
    const { json } = await endpoint.update({ service_settings: { max_input_tokens: 5 } });
    expect(json).toMatchObject({ service_settings: { max_input_tokens: 5, dimensions: 3 } });
  });

  it('replaces one key, and keeps the other', async () => {
    const endpoint = await stored();
    await endpoint.update({ service_settings: { access_key: 'AKIDNEW' } });
    expect([...endpoint.secrets.kept.values()]).toEqual([{ access_key: 'AKIDNEW', secret_key: 'never-shown' }]);
  });

  it.each(['region', 'model', 'provider', 'similarity', 'dimensions'])('refuses %s', async (name) => {
    expect(told(await (await stored()).update({ service_settings: { [name]: 'x' } }))).toEqual(
      unknownField(`[1:22] [service_settings] unknown field [${name}]`),
    );
  });

  it('refuses what does not go together with what is stored', async () => {
    const endpoint = answering('completion');
    await endpoint.put({ service: 'amazonbedrock', service_settings: meta });
    expect(told(await endpoint.update({ task_settings: { top_k: 0.5 } }))).toEqual(
      statusError('The [top_k] task parameter is not available for provider [meta]'),
    );
  });
});
