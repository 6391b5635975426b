import { describe, expect, it } from 'vitest';
import { findService, serviceNames } from '../../lib/services/index.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { keyFile } from '../helpers/service-account.ts';
import { watchedLimiter } from '../helpers/watched-limiter.ts';
import { createWholeService } from '../helpers/whole-service.ts';

type Settings = Readonly<Record<string, unknown>>;

/** Those that a service does not do without. */
const taskSettings: Readonly<Record<string, object>> = { anthropic: { task_settings: { max_tokens: 9 } } };

/** The group that the validation call of these settings would be of; it is not let out. */
const groupOf = async (service: string, task: string, service_settings: Settings): Promise<string | undefined> => {
  const limiter = watchedLimiter(() => 'queue_full');
  const whole = createWholeService(
    scriptedHttp(() => ({ body: '' })),
    { limiter },
  );
  const body = { service, service_settings, ...taskSettings[service] };
  await whole.request({ method: 'PUT', path: `/_inference/${task}/e`, body });
  return limiter.asked[0]?.group;
};

/** For each service and task, an endpoint, and changes that keep or leave its group. */
const rows: readonly (readonly [
  service: string,
  task: string,
  settings: Settings,
  keep: readonly Settings[],
  leave: readonly Settings[],
])[] = [
  [
    'openai',
    'text_embedding',
    { api_key: 'k', model_id: 'm' },
    [{ dimensions: 3 }, { max_input_tokens: 7 }, { rate_limit: { requests_per_minute: 3000 } }],
    [
      { api_key: 'l' },
      { model_id: 'n' },
      { organization_id: 'o' },
      { url: 'https://a.test/v1/embeddings' },
      { rate_limit: { requests_per_minute: 2999 } },
    ],
  ],
  [
    'azureopenai',
    'completion',
    { api_key: 'k', resource_name: 'r', deployment_id: 'd', api_version: '1' },
    [{ api_version: '2' }],
    [{ api_key: 'l' }, { resource_name: 's' }, { deployment_id: 'e' }, { rate_limit: { requests_per_minute: 9 } }],
  ],
  [
    'azureaistudio',
    'completion',
    { api_key: 'k', target: 'https://a.test/m', provider: 'meta', endpoint_type: 'token' },
    [{ rate_limit: { requests_per_minute: 240 } }],
    [{ api_key: 'l' }, { target: 'https://a.test/n' }, { target: 'https://b.test/m' }],
  ],
  [
    'anthropic',
    'completion',
    { api_key: 'k', model_id: 'm' },
    [],
    [{ api_key: 'l' }, { model_id: 'n' }, { url: 'https://a.test/v1/messages' }],
  ],
  ['mistral', 'text_embedding', { api_key: 'k', model: 'm' }, [{ max_input_tokens: 7 }], [{ model: 'n' }]],
  [
    'cohere',
    'rerank',
    { api_key: 'k', model_id: 'm' },
    // Its limits are those of a key.
    [{ model_id: 'n' }],
    [{ api_key: 'l' }, { url: 'https://a.test' }],
  ],
  [
    'amazonbedrock',
    'completion',
    { access_key: 'a', secret_key: 's', region: 'us-east-1', model: 'm', provider: 'meta' },
    [{ model: 'n' }, { provider: 'mistral' }],
    [{ access_key: 'b' }, { secret_key: 't' }, { region: 'eu-west-1' }],
  ],
  [
    'googleaistudio',
    'text_embedding',
    { api_key: 'k', model_id: 'm' },
    [{ max_input_tokens: 7 }],
    [{ api_key: 'l' }, { model_id: 'n' }],
  ],
  [
    'googlevertexai',
    'text_embedding',
    { service_account_json: JSON.stringify(keyFile), project_id: 'p', location: 'l', model_id: 'm' },
    [{ max_batch_size: 7 }],
    [
      { service_account_json: JSON.stringify({ ...keyFile, private_key_id: 'key-2' }) },
      { project_id: 'q' },
      { location: 'k' },
      { model_id: 'n' },
    ],
  ],
  [
    'hugging_face',
    'sparse_embedding',
    { api_key: 'k', url: 'https://a.test/m' },
    [{ rate_limit: { requests_per_minute: 3000 } }],
    [{ api_key: 'l' }, { url: 'https://a.test/n' }],
  ],
  [
    'hugging_face_elser',
    'sparse_embedding',
    { api_key: 'k', url: 'https://a.test/m' },
    [],
    [{ url: 'https://a.test/n' }],
  ],
  [
    'alibabacloud-ai-search',
    'text_embedding',
    { api_key: 'k', host: 'a.test', workspace: 'w', service_id: 's' },
    [{ http_schema: 'http' }],
    [{ api_key: 'l' }, { host: 'b.test' }, { workspace: 'x' }, { service_id: 't' }],
  ],
];

/** By the names of what they change: a key file is long. */
const named = (changes: readonly Settings[]) =>
  changes.map((change) => ({ names: Object.keys(change).join(', '), change }));

describe.each(rows)('endpoints of %s, %s', (service, task, settings, keep, leave) => {
  it('share a limit with those of the same settings', async () => {
    const group = await groupOf(service, task, settings);
    expect(group).toMatch(/^[0-9a-f]{64}$/);
    expect(await groupOf(service, task, settings)).toBe(group);
  });

  it.skipIf(keep.length === 0).each(named(keep))('also with those of another $names', async ({ change }) => {
    expect(await groupOf(service, task, { ...settings, ...change })).toBe(await groupOf(service, task, settings));
  });

  it.each(named(leave))('but not with those of another $names', async ({ change }) => {
    const group = await groupOf(service, task, { ...settings, ...change });
    expect(group).toMatch(/^[0-9a-f]{64}$/);
    expect(group).not.toBe(await groupOf(service, task, settings));
  });
});

it('share a limit whatever their task, where that is the same', async () => {
  const settings = { api_key: 'k', model_id: 'm' };
  expect(await groupOf('openai', 'chat_completion', settings)).toBe(await groupOf('openai', 'completion', settings));
});

it.each(serviceNames)('%s has groups where its endpoints have limits, and nowhere else', async (name) => {
  const service = await findService(name);
  service?.bind(({ tasks, rateLimitGroup }) => {
    for (const definition of Object.values(tasks))
      expect(definition?.echo.includes('rate_limit')).toBe(rateLimitGroup !== undefined);
  });
  expect(rows.some(([service_]) => service_ === name)).toBe(
    service?.bind(({ rateLimitGroup }) => rateLimitGroup !== undefined),
  );
});
