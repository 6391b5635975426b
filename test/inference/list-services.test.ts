import { describe, expect, it } from 'vitest';
import { listServices } from '../../lib/inference/list-services.ts';
import { serviceNames } from '../../lib/services/index.ts';

const all = await listServices(undefined);

describe('the catalogue of services', () => {
  it('lists every service once, sorted, without older names', () => {
    const olderNames = ['hugging_face_elser'];
    expect(all.map(({ service }) => service)).toEqual(serviceNames.filter((name) => !olderNames.includes(name)).sort());
  });

  it.each(all)('describes each setting of $service', ({ configurations, task_types, features }) => {
    for (const [name, setting] of Object.entries(configurations)) {
      expect(setting.label, name).not.toBe('');
      expect(setting.description, name).not.toBe('');
      expect(['str', 'int', 'bool', 'list', 'map'], name).toContain(setting.type);
      expect(task_types, name).toEqual(expect.arrayContaining([...setting.supported_task_types]));
    }
    expect(features?.non_streaming_chat.supported ?? false).toBe(task_types.includes('chat_completion'));
  });

  it('shows settings as they are', () => {
    const openai = all.find(({ service }) => service === 'openai');
    expect(openai?.task_types).toEqual(['text_embedding', 'completion', 'chat_completion', 'embedding']);
    expect(openai?.configurations).toMatchObject({
      api_key: { label: 'API Key', sensitive: true, updatable: true, type: 'str' },
      model_id: { required: true, sensitive: false, updatable: false, type: 'str' },
      dimensions: { type: 'int', supported_task_types: ['text_embedding', 'embedding'] },
      scopes: { type: 'list', updatable: true },
      'rate_limit.requests_per_minute': { default_value: 3000, required: false, updatable: true, type: 'int' },
    });
    const elasticsearch = all.find(({ service }) => service === 'elasticsearch');
    expect(elasticsearch?.configurations).toMatchObject({
      num_threads: { required: true, updatable: false, type: 'int' },
      num_allocations: { required: false, updatable: true, type: 'int' },
      long_document_strategy: { type: 'str', supported_task_types: ['rerank'] },
    });
  });

  it('is filtered by a task type', async () => {
    const ids = (await listServices('sparse_embedding')).map(({ service }) => service);
    expect(ids).toContain('elasticsearch');
    expect(ids).not.toContain('openai');
  });
});
