import { beforeAll, describe, expect, it } from 'vitest';
import { openService, rowsOf, secretNames, tableName } from './deployment.ts';
import { failure, settingsFor } from './endpoints.ts';

let service: Awaited<ReturnType<typeof openService>>;

beforeAll(async () => {
  service = await openService();
});

const nobody = Buffer.from('nobody:nothing').toString('base64');

const rows = [
  {
    title: 'an endpoint that is not there',
    request: ['POST', '/_inference/completion/nobody', { input: 'a' }],
    status: 404,
    body: failure(404, 'resource_not_found_exception', 'Inference endpoint not found [nobody]'),
  },
  {
    title: 'an endpoint of another task',
    request: ['GET', '/_inference/rerank/my-embeddings', undefined],
    status: 400,
    type: 'status_exception',
  },
  {
    title: 'a path that nobody has',
    request: ['GET', '/nobody/has/this', undefined],
    status: 400,
    body: { error: 'no handler found for uri [/nobody/has/this] and method [GET]' },
  },
  {
    title: 'a method that the path does not have',
    request: ['PUT', '/', {}],
    status: 405,
  },
  {
    title: 'a body that is no JSON',
    request: ['POST', '/_inference/text_embedding/my-embeddings', '{"input": nothing}'],
    status: 400,
    type: 'x_content_parse_exception',
  },
  {
    title: 'a service that refuses its key',
    request: ['PUT', '/_inference/completion/refused', settingsFor('chat/completions', 'sk-wrong')],
    status: 400,
    type: 'status_exception',
  },
  {
    title: 'a body above 5 MiB',
    request: ['POST', '/_inference/text_embedding/my-embeddings', { input: 'x'.repeat(5.2 * 1024 * 1024) }],
    status: 413,
  },
] as const;

describe('errors', () => {
  it.each(rows)('come in Elasticsearch’s words for $title', async (row) => {
    const [method, path, body] = row.request;
    const answer = await service.ask(method, path, body);
    const answered: unknown = await answer.json();

    expect(answer.status).toBe(row.status);
    expect(answer.headers.get('x-elastic-product')).toBe('Elasticsearch');
    if ('body' in row) expect(answered).toEqual(row.body);
    if ('type' in row) expect(answered).toMatchObject({ error: { type: row.type }, status: row.status });
  });

  it.each([
    { title: 'no key', headers: {} },
    { title: 'a key that nobody has', headers: { authorization: `ApiKey ${nobody}` } },
    { title: 'a header that is no credential', headers: { authorization: 'ApiKey !' } },
  ])('come for $title', async ({ headers }) => {
    for (const path of ['/', '/_inference/_all', '/_security/_authenticate']) {
      const answer = await fetch(`${service.url}${path}`, { headers });
      expect({ path, status: answer.status }).toEqual({ path, status: 401 });
      expect(await answer.json()).toMatchObject({ error: { type: 'security_exception' }, status: 401 });
    }
  });

  it('leave nothing of an endpoint that was refused', async () => {
    const ids = (await rowsOf(await tableName('Endpoints'))).map((row) => row.inference_id?.S);
    expect(ids).toEqual(['my-embeddings']);
    expect(await secretNames()).toHaveLength(1);
  });
});

describe('what needs no body', () => {
  it('answers HEAD, and health without a key', async () => {
    const ping = await service.ask('HEAD', '/');
    expect({ status: ping.status, body: await ping.text() }).toEqual({ status: 200, body: '' });
    const health = await fetch(`${service.url}/_health`);
    expect({ status: health.status, body: await health.json() }).toEqual({ status: 200, body: { status: 'ok' } });
  });
});
