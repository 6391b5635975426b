import { describe, expect, it } from 'vitest';
import { taskTypes } from '../../lib/api/task-type.ts';
import { listServices } from '../../lib/inference/list-services.ts';
import { serviceNames } from '../../lib/services/index.ts';
import { refused, told } from '../helpers/envelopes.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { openai } from './openai.ts';

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

  it('has the keys of each element and each setting in Elasticsearch’s order', () => {
    for (const service of all) {
      const keys = ['service', 'name', 'task_types', 'configurations', ...(service.features ? ['features'] : [])];
      expect(Object.keys(service)).toEqual(keys);
      for (const setting of Object.values(service.configurations)) {
        expect(Object.keys(setting)).toEqual([
          ...('default_value' in setting ? ['default_value'] : []),
          'description',
          'label',
          'required',
          'sensitive',
          'updatable',
          'type',
          'supported_task_types',
        ]);
      }
      expect(service.task_types).toEqual(taskTypes.filter((task) => service.task_types.includes(task)));
    }
  });

  it.each([
    ['alibabacloud-ai-search', ['text_embedding', 'sparse_embedding', 'rerank', 'completion']],
    ['amazonbedrock', ['text_embedding', 'completion', 'chat_completion']],
    ['anthropic', ['completion', 'chat_completion']],
    ['azureaistudio', ['text_embedding', 'rerank', 'completion']],
    ['azureopenai', ['text_embedding', 'completion', 'chat_completion']],
    ['cohere', ['text_embedding', 'rerank', 'completion']],
    ['elasticsearch', ['text_embedding', 'sparse_embedding', 'rerank']],
    ['googleaistudio', ['text_embedding', 'completion']],
    ['googlevertexai', ['text_embedding', 'rerank', 'completion', 'chat_completion']],
    ['hugging_face', ['text_embedding', 'sparse_embedding', 'rerank', 'completion', 'chat_completion']],
    ['mistral', ['text_embedding', 'completion', 'chat_completion']],
    ['openai', ['text_embedding', 'completion', 'chat_completion', 'embedding']],
  ])('says that %s has %j', (name, tasks) => {
    expect(all.find(({ service }) => service === name)?.task_types).toEqual(tasks);
  });

  it('shows settings as they are', () => {
    const openAi = all.find(({ service }) => service === 'openai');
    expect(openAi?.task_types).toEqual(['text_embedding', 'completion', 'chat_completion', 'embedding']);
    expect(openAi?.configurations).toMatchObject({
      api_key: { label: 'API Key', required: true, sensitive: true, updatable: true, type: 'str' },
      headers: { label: 'Custom Headers', required: false, sensitive: false, updatable: true, type: 'map' },
      organization_id: { label: 'Organization ID', required: false, type: 'str' },
      url: { label: 'URL', required: false, updatable: false, type: 'str' },
      model_id: { required: true, sensitive: false, updatable: false, type: 'str' },
      dimensions: { type: 'int', supported_task_types: ['text_embedding', 'embedding'] },
      scopes: { type: 'list', updatable: true },
      'rate_limit.requests_per_minute': {
        label: 'Rate Limit',
        required: false,
        updatable: true,
        type: 'int',
      },
    });
    const elasticsearch = all.find(({ service }) => service === 'elasticsearch');
    expect(elasticsearch?.configurations).toMatchObject({
      num_threads: { required: true, updatable: false, type: 'int' },
      num_allocations: { required: false, updatable: true, type: 'int' },
      long_document_strategy: { type: 'str', supported_task_types: ['rerank'] },
    });
  });

  it.each([
    ['anthropic', 50],
    ['cohere', 10_000],
    ['hugging_face', 3000],
    ['openai', undefined],
    ['azureopenai', undefined],
    ['googleaistudio', undefined],
    ['googlevertexai', undefined],
  ])('shows a rate limit of %s as the default only where all its tasks have it: %s', (name, limit) => {
    const { configurations } = all.find(({ service }) => service === name) ?? {};
    expect(configurations?.['rate_limit.requests_per_minute']?.default_value).toBe(limit);
  });

  it.each([
    ['/_inference/_services', 200],
    ['/_inference/_services/', 200],
    ['/_inference/_services/Any', 200],
    ['/_inference/_services/rerank', 200],
    ['/_inference/_services/nope', 400],
  ])('is an array at %s, or refused: %i', async (path, status) => {
    const answer = await createWholeService(scriptedHttp(openai)).request({ method: 'GET', path });
    expect(answer.status).toBe(status);
    if (status === 200)
      expect(answer.json).toEqual(
        all.filter(({ task_types }) => !path.endsWith('rerank') || task_types.includes('rerank')),
      );
    else expect(told(answer)).toEqual(refused(400, 'status_exception', 'Unknown task_type [nope]'));
  });

  it('is filtered by a task type', async () => {
    const ids = (await listServices('sparse_embedding')).map(({ service }) => service);
    expect(ids).toContain('elasticsearch');
    expect(ids).not.toContain('openai');
  });
});
