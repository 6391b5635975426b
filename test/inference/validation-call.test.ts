import { describe, expect, it } from 'vitest';
import { refused, refusedFor, told } from '../helpers/envelopes.ts';
import type { Scripted } from '../helpers/scripted-http.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { allServices } from './ml-node.ts';
import { apiKey, endpointBody, openai, refusal } from './openai.ts';

/** PUTs an endpoint whose service answers like this; what was sent to it, and what is left behind. */
const put = async (taskType: string, answer?: Scripted, settings = {}) => {
  const http = scriptedHttp((request, position) => answer ?? openai(request, position));
  const whole = createWholeService(http);
  const path = `/_inference/${taskType}/e`;
  const created = await whole.request({ method: 'PUT', path, body: endpointBody(settings) });
  const sent = http.sent.map(({ url, body }) => ({ url, body: JSON.parse(body) }));
  return { created, sent, rows: await whole.endpoints.list(), secrets: whole.secrets.kept.size };
};

const failed = 'Could not complete inference endpoint creation as validation call to service';

describe('the validation call', () => {
  it.each([
    ['text_embedding', 'embeddings', { input: ['how big'] }],
    ['embedding', 'embeddings', { input: ['how big'] }],
    ['completion', 'chat/completions', { messages: [{ role: 'user', content: 'how big' }], stream: false }],
    ['chat_completion', 'chat/completions', { messages: [{ role: 'user', content: 'how big' }], stream: true }],
  ])('of %s goes out once, before the endpoint is stored', async (taskType, path, body) => {
    const { created, sent, rows } = await put(taskType);
    expect(created.status).toBe(200);
    expect(sent).toEqual([{ url: `https://api.openai.com/v1/${path}`, body: expect.objectContaining(body) }]);
    expect(rows).toMatchObject([{ inference_id: 'e', task_type: taskType, secret: 'memory/1' }]);
  });

  it('is not made for models of the ML node', async () => {
    const http = scriptedHttp(allServices);
    const whole = createWholeService(http);
    const body = {
      service: 'elasticsearch',
      service_settings: { model_id: '.rerank-v1', num_allocations: 1, num_threads: 1 },
    };
    expect((await whole.request({ method: 'PUT', path: '/_inference/rerank/e', body })).status).toBe(200);
    expect(http.sent).toEqual([]);
  });

  it.each([
    {
      settings: { model_id: 'm'.repeat(410_000) },
      update: { task_settings: { user: 'u'.repeat(410_000) } },
      reason: 'Inference endpoint [e] is too large to store: its settings may take up to 400 KB',
    },
    {
      settings: { api_key: 'k'.repeat(65_536) },
      update: { service_settings: { api_key: 'k'.repeat(65_536) } },
      reason: 'The secret settings of the inference endpoint may take up to 64 KiB',
    },
  ])('is not made for what cannot be stored: $reason', async ({ settings, update, reason }) => {
    const http = scriptedHttp(openai);
    const whole = createWholeService(http);
    const path = '/_inference/text_embedding/e';
    const put = (operation: string, body: object) =>
      whole.request({ method: 'PUT', path: `${path}${operation}`, body });
    expect(told(await put('', endpointBody(settings)))).toEqual(refused(400, 'status_exception', reason));
    expect(http.sent).toEqual([]);

    await put('', endpointBody());
    expect(told(await put('/_update', update))).toEqual(refused(400, 'status_exception', reason));
    expect(http.sent).toHaveLength(1);
  });

  it('teaches the length of vectors and the similarity', async () => {
    const { created } = await put('text_embedding');
    expect(created.json).toMatchObject({ service_settings: { dimensions: 2, similarity: 'dot_product' } });
  });

  it('does not change what the user said', async () => {
    const { created } = await put('text_embedding', undefined, { dimensions: 2, similarity: 'l2_norm' });
    expect(created.json).toMatchObject({ service_settings: { dimensions: 2, similarity: 'l2_norm' } });
  });

  it('shows that the dimensions are others', async () => {
    const { created, rows, secrets } = await put('text_embedding', undefined, { dimensions: 3 });
    expect(told(created)).toEqual(
      refused(
        400,
        'status_exception',
        'The retrieved embeddings size [2] does not match the size specified in the settings [3]. Please recreate the [e] configuration with the correct dimensions',
      ),
    );
    expect({ rows, secrets }).toEqual({ rows: [], secrets: 0 });
  });

  const prefix = 'for request from inference entity id [e] status';
  it.each([
    [
      'text_embedding',
      refusal(401, 'no'),
      `Received an authentication error status code ${prefix} [401]. Error message: [no]`,
    ],
    [
      'completion',
      refusal(404, 'gone'),
      `Resource not found at [https://api.openai.com/v1/chat/completions] ${prefix} [404]. Error message: [gone]`,
    ],
    [
      'chat_completion',
      refusal(401, 'no'),
      `Received an authentication error status code ${prefix} [401]. Error message: [no]`,
    ],
    ['embedding', refusal(418, 'tea'), `Received an unsuccessful status code ${prefix} [418]. Error message: [tea]`],
  ])('of %s fails with 400, whatever the service answered', async (taskType, answer, reason) => {
    const { created, rows, secrets } = await put(taskType, answer);
    expect(told(created)).toEqual(
      refusedFor(
        400,
        { type: 'status_exception', reason: `${failed} threw an exception.` },
        { type: 'status_exception', reason },
      ),
    );
    expect({ rows, secrets }).toEqual({ rows: [], secrets: 0 });
  });

  it.each([
    ['no event at all', '', `Failed to send OpenAI chat completions request. Cause: the connection failed or was cut`],
    [
      'an error',
      'event: error\ndata: {"error":{"message":"too busy","type":"overloaded"}}\n\n',
      'Received an error response for request from inference entity id [e]. Error message: [too busy]',
    ],
  ])('of a stream fails when it holds %s', async (_, body, reason) => {
    const { created, rows } = await put('chat_completion', { body });
    expect(told(created)).toEqual(
      refusedFor(
        400,
        { type: 'status_exception', reason: `${failed} threw an exception.` },
        { type: 'status_exception', reason },
      ),
    );
    expect(rows).toEqual([]);
  });

  it('of a stream that ends in good order, but says nothing, has no answer', async () => {
    const { created, rows, secrets } = await put('chat_completion', { body: 'data: [DONE]\n\n' });
    expect(told(created)).toEqual(refused(400, 'status_exception', `${failed} returned null response.`));
    expect({ rows, secrets }).toEqual({ rows: [], secrets: 0 });
  });
});

describe('a new endpoint', () => {
  it('is shown in Elasticsearch’s order, with its defaults and without its secrets', async () => {
    const http = scriptedHttp(openai);
    const whole = createWholeService(http);
    const body = {
      task_settings: { user: 'u' },
      chunking_settings: { max_chunk_size: 30, strategy: 'word', overlap: 2 },
      service_settings: {
        rate_limit: { requests_per_minute: 7 },
        api_key: apiKey,
        url: 'https://a.test/embeddings',
        model_id: 'm',
      },
      service: 'openai',
    };
    const answer = await whole.request({ method: 'PUT', path: '/_inference/text_embedding/e', body });
    expect(answer.status).toBe(200);
    const shown =
      '{"inference_id":"e","task_type":"text_embedding","service":"openai","service_settings":{"model_id":"m","url":"https://a.test/embeddings","similarity":"dot_product","dimensions":2,"rate_limit":{"requests_per_minute":7}},"task_settings":{"user":"u"},"chunking_settings":{"strategy":"word","max_chunk_size":30,"overlap":2}}';
    expect(answer.text).toBe(shown);
    expect((await whole.request({ method: 'GET', path: '/_inference/e' })).text).toBe(`{"endpoints":[${shown}]}`);
    expect([...whole.secrets.kept.values()]).toEqual([{ api_key: apiKey }]);
  });

  it.each([
    ['completion', ''],
    ['chat_completion', ''],
    ['text_embedding', ',"chunking_settings":{"strategy":"sentence","max_chunk_size":250,"sentence_overlap":1}'],
    ['embedding', ',"chunking_settings":{"strategy":"sentence","max_chunk_size":250,"sentence_overlap":1}'],
  ])('of %s shows no empty task settings, and chunking settings only for embeddings', async (taskType, end) => {
    const { created } = await put(taskType);
    expect(created.text).toMatch(/^\{"inference_id":"e",.*"requests_per_minute":\d+\}\}/);
    expect(created.text.replace(/.*"requests_per_minute":\d+\}\}/, '')).toBe(`${end}}`);
  });

  it('of a task without chunking refuses chunking settings as unknown', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    const body = endpointBody({}, { chunking_settings: { strategy: 'none' } });
    expect(told(await whole.request({ method: 'PUT', path: '/_inference/completion/e', body }))).toEqual(
      refused(
        400,
        'status_exception',
        'Configuration contains settings [{chunking_settings={strategy=none}}] unknown to the [openai] service',
      ),
    );
  });
});
