import { beforeAll, describe, expect, it } from 'vitest';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { allServices } from '../inference/ml-node.ts';
import { endpointBody, putEndpoint } from '../inference/openai.ts';
import { apiKeyHeader } from '../security/example-api-key.ts';
import { memoryApiKeyStore } from '../security/memory-api-key-store.ts';

// What takes the square of its length, or worse, would take minutes here; what does not takes moments.

const admin = { id: 'root', secret: 's' };
const headers = { Authorization: apiKeyHeader(admin.id, admin.secret) };
const whole = createWholeService(scriptedHttp(allServices), { guard: { keys: memoryApiKeyStore(), admin } });

const digits = '1'.repeat(500_000);
// An endpoint holds 400 KB.
const slashes = '/'.repeat(300_000);
const names = (count: number, value: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value]));

const azure = { provider: 'cohere', endpoint_type: 'token', api_key: 'k', target: `https://a.test/${slashes}x` };
const google = {
  model_id: 'm',
  project_id: 'p',
  location: 'l',
  service_account_json: JSON.stringify({
    type: 'service_account',
    client_email: 'a',
    client_id: '1',
    private_key_id: 'k',
    private_key: '-----BEGIN PRIVATE KEY-----'.repeat(20_000),
  }),
};

const chat = { messages: [{ role: 'user', content: 'a' }] };

beforeAll(async () => {
  const guarded: typeof whole = { ...whole, request: (sent) => whole.request({ ...sent, headers }) };
  await putEndpoint(
    guarded,
    'chat_completion',
    'c',
    endpointBody({}, { task_settings: { headers: names(40, 'e'.repeat(60)) } }),
  );
});

describe('a long request', () => {
  it.each<[string, string, string, unknown, Readonly<Record<string, string>>, number]>([
    ['a number as text', 'POST', '/_inference/c', { ...chat, temperature: `${digits}x` }, {}, 400],
    ['unknown fields', 'POST', '/_inference/c', names(90_000, 1), {}, 400],
    ['an address', 'PUT', '/_inference/completion/a', { service: 'azureaistudio', service_settings: azure }, {}, 200],
    [
      'a key file',
      'PUT',
      '/_inference/text_embedding/g',
      { service: 'googlevertexai', service_settings: google },
      {},
      400,
    ],
    ['unknown fields of a key', 'POST', '/_security/api_key', names(90_000, 1), {}, 400],
    [
      'unknown privileges of a key',
      'POST',
      '/_security/api_key',
      { name: 'a', role_descriptors: { r: { cluster: Array.from({ length: 90_000 }, () => 'x') } } },
      {},
      400,
    ],
    [
      'unknown privileges',
      'POST',
      '/_security/user/_has_privileges',
      { cluster: Array.from({ length: 90_000 }, () => 'x') },
      {},
      400,
    ],
    [
      'privileges on as many indices',
      'POST',
      '/_security/user/_has_privileges',
      { index: [{ names: Object.keys(names(45_000, 1)), privileges: Object.keys(names(45_000, 1)) }] },
      {},
      400,
    ],
    [
      'privileges on one index, over and over',
      'POST',
      '/_security/user/_has_privileges',
      { index: Object.keys(names(24_000, 1)).map((name) => ({ names: 'i', privileges: [name] })) },
      {},
      200,
    ],
    ['ids that are none', 'DELETE', '/_security/api_key', { ids: Array.from({ length: 90_000 }, () => 1) }, {}, 400],
    [
      'separators that are none',
      'PUT',
      '/_inference/text_embedding/s',
      endpointBody(
        {},
        {
          chunking_settings: {
            strategy: 'recursive',
            max_chunk_size: 10,
            separators: Array.from({ length: 90_000 }, () => 1),
          },
        },
      ),
      {},
      400,
    ],
    ['a filter', 'GET', '/_inference', undefined, { filter_path: `**.${'*e'.repeat(30)}*x` }, 200],
  ])('is answered soon, and briefly: %s', async (_, method, path, body, query, status) => {
    const answer = await whole.request({ method, path, headers, query, body });
    expect(answer.status).toBe(status);
    expect(answer.text.length).toBeLessThan(2_000_000);
  });
});
