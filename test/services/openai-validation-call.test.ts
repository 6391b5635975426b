import { describe, expect, it } from 'vitest';
import { refusedFor, told } from '../helpers/envelopes.ts';
import { statusError, testedEndpoint } from './endpoints.ts';
import { answers } from './openai-answers.ts';

const secret = 'sk-never-shown';
const base = { api_key: secret, model_id: 'm' };

describe('the validation call of openai', () => {
  const call = (url: string, body: object, headers: object = {}) => [
    { url, headers: { 'content-type': 'application/json', ...headers, authorization: `Bearer ${secret}` }, body },
  ];
  const embed = 'https://api.openai.com/v1/embeddings';
  const complete = 'https://api.openai.com/v1/chat/completions';
  const howBig = [{ content: 'how big', role: 'user' }];

  it.each<[string, object, object[]]>([
    [
      'text_embedding',
      { service_settings: base },
      call(embed, { input: ['how big'], model: 'm', encoding_format: 'base64' }),
    ],
    [
      'embedding',
      { service_settings: base },
      call(embed, { input: ['how big'], model: 'm', encoding_format: 'base64' }),
    ],
    ['completion', { service_settings: base }, call(complete, { messages: howBig, model: 'm', n: 1, stream: false })],
    [
      'chat_completion',
      { service_settings: base },
      call(complete, { messages: howBig, model: 'm', n: 1, stream: true, stream_options: { include_usage: true } }),
    ],
    [
      'text_embedding',
      { service_settings: { ...base, dimensions: 2 }, task_settings: { user: 'u', headers: { A: 'a' } } },
      call(embed, { input: ['how big'], model: 'm', user: 'u', dimensions: 2, encoding_format: 'base64' }, { a: 'a' }),
    ],
  ])('is what %s is asked', async (task, body, expected) => {
    const endpoint = testedEndpoint(task, () => ({ body: answers[task] }));
    await endpoint.put({ service: 'openai', ...body });
    expect(endpoint.sent.map((request) => ({ ...request, body: JSON.parse(request.body) }))).toEqual(expected);
  });

  const failed = 'Could not complete inference endpoint creation as validation call to service';
  const threw = (reason: string) => {
    const outer = { type: 'status_exception', reason: `${failed} threw an exception.` };
    return refusedFor(400, outer, { type: 'status_exception', reason });
  };

  it.each<[string, string, object, Parameters<typeof testedEndpoint>[1], object]>([
    [
      'other dimensions than asked for',
      'text_embedding',
      { ...base, dimensions: 3 },
      () => ({ body: answers.text_embedding }),
      statusError(
        'The retrieved embeddings size [2] does not match the size specified in the settings [3]. Please recreate the [tested] configuration with the correct dimensions',
      ),
    ],
    [
      'no embedding',
      'text_embedding',
      base,
      () => ({ body: { data: [] } }),
      statusError('Could not determine embedding size. The answer holds no embedding.'),
    ],
    [
      'a refusal',
      'completion',
      base,
      () => ({ status: 401, body: { error: { message: 'No.', type: 'invalid_request_error' } } }),
      threw(
        'Received an authentication error status code for request from inference entity id [tested] status [401]. Error message: [No.]',
      ),
    ],
    [
      'a refusal of chat',
      'chat_completion',
      base,
      () => ({ status: 404, body: '' }),
      threw(
        'Resource not found at [https://api.openai.com/v1/chat/completions] for request from inference entity id [tested] status [404]',
      ),
    ],
    [
      'an end without an event',
      'chat_completion',
      base,
      () => ({ body: 'data: [DONE]\n\n' }),
      statusError(`${failed} returned null response.`),
    ],
  ])('keeps an endpoint from being stored after %s', async (_, task, serviceSettings, script, expected) => {
    const endpoint = testedEndpoint(task, script);
    expect(told(await endpoint.put({ service: 'openai', service_settings: serviceSettings }))).toEqual(expected);
    expect((await endpoint.get()).status).toBe(404);
    expect([...endpoint.secrets.kept]).toEqual([]);
  });
});
