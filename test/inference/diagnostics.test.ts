import { describe, expect, it } from 'vitest';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { goodBody, openai, putEndpoint } from './openai.ts';

describe('GET _inference/.diagnostics', () => {
  it('tells of the process that answers, in Elasticsearch’s order', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    await putEndpoint(whole, 'completion', 'e');
    for (const id of ['e', 'e', 'e', 'none'])
      await whole.request({ method: 'POST', path: `/_inference/${id}`, body: goodBody.completion });
    const answer = await whole.request({ method: 'GET', path: '/_inference/.diagnostics' });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(
      '{"a-node":{' +
        '"external":{"connection_pool_stats":{"leased_connections":3,"pending_connections":2,"available_connections":1,"max_connections":2147483647}},' +
        '"eis_mtls":{"connection_pool_stats":{"leased_connections":0,"pending_connections":0,"available_connections":0,"max_connections":0}},' +
        '"inference_endpoint_registry":{"cache_count":1,"cache_hits":2,"cache_misses":2,"cache_evictions":0}}}',
    );
  });
});
