import { describe, expect, it } from 'vitest';
import { testedEndpoint } from './endpoints.ts';
import { answers } from './openai-answers.ts';

const secret = 'sk-never-shown';
const base = { api_key: secret, model_id: 'm' };
const oauth = { client_id: 'c', scopes: ['a', 'b'], token_url: 'https://login.example/token' };

/** An endpoint whose validation call and token exchange succeed. */
const answering = (task: string) =>
  testedEndpoint(task, ({ url }) => ({
    body: url === oauth.token_url ? { access_token: 'token', expires_in: 3600 } : answers[task],
  }));

const chunking = { strategy: 'sentence', max_chunk_size: 250, sentence_overlap: 1 };
const discovered = { similarity: 'dot_product', dimensions: 2, rate_limit: { requests_per_minute: 3000 } };
const chatRate = { rate_limit: { requests_per_minute: 500 } };

describe('an endpoint of openai', () => {
  it.each<[string, string, object, object]>([
    [
      'with defaults and what the validation call taught',
      'text_embedding',
      { service_settings: base },
      { service_settings: { model_id: 'm', ...discovered }, chunking_settings: chunking },
    ],
    [
      'of multimodal embeddings',
      'embedding',
      { service_settings: base, task_settings: {} },
      { service_settings: { model_id: 'm', ...discovered }, chunking_settings: chunking },
    ],
    ['of completions', 'completion', { service_settings: base }, { service_settings: { model_id: 'm', ...chatRate } }],
    ['of chat', 'chat_completion', { service_settings: base }, { service_settings: { model_id: 'm', ...chatRate } }],
    [
      'with every setting, in the order of Elasticsearch',
      'text_embedding',
      {
        task_settings: { headers: { B: 'b', A: null }, user: 'u' },
        chunking_settings: { strategy: 'word', overlap: 5, max_chunk_size: 10 },
        service_settings: {
          rate_limit: { requests_per_minute: 7 },
          max_input_tokens: 8,
          dimensions: 2,
          similarity: 'cosine',
          organization_id: 'o',
          url: 'https://x.example/v1',
          ...base,
        },
      },
      {
        service_settings: {
          model_id: 'm',
          url: 'https://x.example/v1',
          organization_id: 'o',
          similarity: 'cosine',
          dimensions: 2,
          max_input_tokens: 8,
          rate_limit: { requests_per_minute: 7 },
        },
        task_settings: { user: 'u', headers: { B: 'b' } },
        chunking_settings: { strategy: 'word', max_chunk_size: 10, overlap: 5 },
      },
    ],
    [
      'with OAuth2',
      'completion',
      { service_settings: { model_id: 'm', client_secret: secret, ...oauth, max_input_tokens: 3 } },
      { service_settings: { ...oauth, model_id: 'm', max_input_tokens: 3, ...chatRate } },
    ],
    [
      'with settings that are null',
      'completion',
      {
        service_settings: { ...base, url: null, client_secret: null, rate_limit: null },
        task_settings: { user: null },
      },
      { service_settings: { model_id: 'm', ...chatRate } },
    ],
    [
      'with an empty rate_limit and without a header',
      'completion',
      { service_settings: { ...base, rate_limit: {} }, task_settings: { headers: { A: null } } },
      { service_settings: { model_id: 'm', ...chatRate } },
    ],
    [
      'whose model stands among the task settings',
      'completion',
      { service_settings: { api_key: secret }, task_settings: { model: 'n', user: 'u' } },
      { service_settings: { model_id: 'n', ...chatRate }, task_settings: { user: 'u' } },
    ],
    [
      'whose model stands among the task settings as model_id',
      'completion',
      { service_settings: { api_key: secret }, task_settings: { model_id: 'n' } },
      { service_settings: { model_id: 'n', ...chatRate } },
    ],
  ])('%s is shown as it is stored, and never its secret', async (_, task, body, shown) => {
    const endpoint = answering(task);
    const expected = JSON.stringify({ inference_id: 'tested', task_type: task, service: 'openai', ...shown });
    const { status, text } = await endpoint.put({ service: 'openai', ...body });
    expect({ status, text }).toEqual({ status: 200, text: expected });
    expect((await endpoint.get()).text).toBe(`{"endpoints":[${expected}]}`);
    expect(endpoint.lines.join()).not.toContain(secret);
  });
});
