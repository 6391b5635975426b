import { describe, expect, it } from 'vitest';
import { refused, told } from '../helpers/envelopes.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { allServices, defaultEndpoints } from './ml-node.ts';
import { apiKey, goodBody, openai, putEndpoint } from './openai.ts';

const missing = (id: string) => refused(404, 'resource_not_found_exception', `Inference endpoint not found [${id}]`);

const idsOf = (json: unknown): unknown =>
  Object(json).endpoints?.map((endpoint: object) => Reflect.get(endpoint, 'inference_id'));

const withEndpoints = async () => {
  const whole = createWholeService(scriptedHttp(allServices));
  for (const [taskType, id] of [
    ['completion', 'z'],
    ['text_embedding', 'a-1'],
    ['completion', '0'],
    ['chat_completion', 'a.1'],
    ['text_embedding', 'a'],
  ] as const)
    await putEndpoint(whole, taskType, id);
  return whole;
};

const defaults = ['.elser-2-elasticsearch', '.multilingual-e5-small-elasticsearch', '.rerank-v1-elasticsearch'];

describe('GET', () => {
  it.each([
    ['/_inference', [...defaults, '0', 'a', 'a-1', 'a.1', 'z']],
    ['/_inference/', [...defaults, '0', 'a', 'a-1', 'a.1', 'z']],
    ['/_inference/_all', [...defaults, '0', 'a', 'a-1', 'a.1', 'z']],
    ['/_inference/*', [...defaults, '0', 'a', 'a-1', 'a.1', 'z']],
    ['/_inference/any/_all', [...defaults, '0', 'a', 'a-1', 'a.1', 'z']],
    ['/_inference/Text_Embedding/_all', ['.multilingual-e5-small-elasticsearch', 'a', 'a-1']],
    ['/_inference/completion/*', ['0', 'z']],
    ['/_inference/rerank/_all', ['.rerank-v1-elasticsearch']],
    ['/_inference/embedding/_all', []],
    ['/_inference/a', ['a']],
    ['/_inference/text_embedding/a', ['a']],
    ['/_inference/any/a', ['a']],
  ])('%s lists %j', async (path, ids) => {
    const whole = await withEndpoints();
    const answer = await whole.request({ method: 'GET', path });
    expect({ status: answer.status, ids: idsOf(answer.json) }).toEqual({ status: 200, ids });
    expect(Object.keys(Object(answer.json))).toEqual(['endpoints']);
  });

  it.each(['none', 'a*', 'a,z', 'A', '.elser_model_2', '_ALL'])('%s finds no endpoint', async (id) => {
    const whole = await withEndpoints();
    expect(told(await whole.request({ method: 'GET', path: `/_inference/${id}` }))).toEqual(missing(id));
  });

  it.each([
    [
      '.elser-2-elasticsearch',
      '{"inference_id":".elser-2-elasticsearch","task_type":"sparse_embedding","service":"elasticsearch","service_settings":{"num_threads":1,"model_id":".elser_model_2_linux-x86_64","adaptive_allocations":{"enabled":true,"min_number_of_allocations":0,"max_number_of_allocations":32}},"chunking_settings":{"strategy":"sentence","max_chunk_size":250,"sentence_overlap":1}}',
    ],
    [
      '.multilingual-e5-small-elasticsearch',
      '{"inference_id":".multilingual-e5-small-elasticsearch","task_type":"text_embedding","service":"elasticsearch","service_settings":{"num_threads":1,"model_id":".multilingual-e5-small_linux-x86_64","adaptive_allocations":{"enabled":true,"min_number_of_allocations":0,"max_number_of_allocations":32}},"chunking_settings":{"strategy":"sentence","max_chunk_size":250,"sentence_overlap":1}}',
    ],
    [
      '.rerank-v1-elasticsearch',
      '{"inference_id":".rerank-v1-elasticsearch","task_type":"rerank","service":"elasticsearch","service_settings":{"num_threads":1,"model_id":".rerank-v1","adaptive_allocations":{"enabled":true,"min_number_of_allocations":0,"max_number_of_allocations":32}},"task_settings":{"return_documents":true}}',
    ],
  ])('shows the default endpoint %s', async (id, text) => {
    const whole = createWholeService(scriptedHttp(openai));
    expect((await whole.request({ method: 'GET', path: `/_inference/${id}` })).text).toBe(`{"endpoints":[${text}]}`);
  });

  it.each(['/_inference/a', '/_inference'])('%s tells of a service that is no longer there', async (path) => {
    const whole = await withEndpoints();
    const row = await whole.endpoints.get('a');
    if (row) await whole.endpoints.update({ ...row, service: 'old' }, row.revision);
    expect(told(await whole.request({ method: 'GET', path }))).toEqual(
      refused(500, 'status_exception', 'Unknown service [old] for inference endpoint [a].'),
    );
  });

  it('reads the store each time', async () => {
    const whole = await withEndpoints();
    const before = whole.endpoints.reads;
    for (let i = 0; i < 3; i += 1) await whole.request({ method: 'GET', path: '/_inference/a' });
    expect(whole.endpoints.reads - before).toBe(3);
  });
});

describe('DELETE', () => {
  const done = { status: 200, json: { acknowledged: true, pipelines: [], indexes: [] } };
  const tried = { status: 200, json: { acknowledged: false, pipelines: [], indexes: [], error_message: '' } };
  const reserved = (id: string) =>
    refused(
      400,
      'status_exception',
      `[${id}] is a reserved inference endpoint. Use the force=true query parameter to delete the inference endpoint.`,
    );
  const mismatch = (path: string, stored: string) =>
    refused(
      400,
      'status_exception',
      `Requested task type [${path}] does not match the inference endpoint's task type [${stored}]`,
    );
  const elser = '.elser-2-elasticsearch';

  it.each([
    ['a', {}, done],
    ['text_embedding/a', { force: 'true' }, done],
    ['a', { dry_run: 'true' }, tried],
    ['a', { dry_run: '' }, tried],
    ['a', { dry_run: 'true', force: 'true' }, tried],
    ['a', { dry_run: 'false', force: 'false' }, done],
    ['rerank/a', { force: 'true' }, mismatch('rerank', 'text_embedding')],
    ['rerank/a', { dry_run: 'true' }, mismatch('rerank', 'text_embedding')],
    ['none', { force: 'true' }, missing('none')],
    ['none', { dry_run: 'true' }, missing('none')],
    ['rerank/none', {}, missing('none')],
    ['_all', { force: 'true' }, missing('_all')],
    ['*', {}, missing('*')],
    [elser, {}, reserved(elser)],
    [elser, { dry_run: 'true' }, reserved(elser)],
    [elser, { force: 'true' }, done],
    [elser, { force: 'true', dry_run: 'true' }, tried],
    [`rerank/${elser}`, {}, mismatch('rerank', 'sparse_embedding')],
  ])('%s with %j', async (path, query, expected) => {
    const whole = await withEndpoints();
    const before = await whole.endpoints.list();
    const answer = await whole.request({ method: 'DELETE', path: `/_inference/${path}`, query });
    expect(told(answer)).toEqual(expected);
    const left = (await whole.endpoints.list()).map(({ inference_id }) => inference_id);
    const isGone = expected === done && !path.includes('elser');
    expect(left).toEqual(before.map(({ inference_id }) => inference_id).filter((id) => !isGone || id !== 'a'));
    expect(whole.secrets.kept.size).toBe(left.length);
    expect([...whole.secrets.restorable.values()]).toEqual(isGone ? [{ api_key: apiKey }] : []);
  });

  it('frees the id, and the next call of the same process does not find it', async () => {
    const whole = await withEndpoints();
    const call = () => whole.request({ method: 'POST', path: '/_inference/a', body: goodBody.text_embedding });
    expect((await call()).status).toBe(200);
    await whole.request({ method: 'DELETE', path: '/_inference/a' });
    expect(told(await call())).toEqual(missing('a'));
    await putEndpoint(whole, 'completion', 'a');
    expect(told(await call())).toEqual({ status: 400, json: expect.anything() });
  });

  it.each(Object.entries(defaultEndpoints))('leaves the default endpoint of %s in use', async (taskType, id) => {
    const whole = createWholeService(scriptedHttp(allServices));
    await whole.request({ method: 'DELETE', path: `/_inference/${id}`, query: { force: '' } });
    expect((await whole.request({ method: 'GET', path: `/_inference/${taskType}/${id}` })).status).toBe(200);
    // The key is one of the object above.
    const body = goodBody[taskType as keyof typeof defaultEndpoints];
    expect((await whole.request({ method: 'POST', path: `/_inference/${id}`, body })).status).toBe(200);
  });
});
