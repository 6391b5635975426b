import { describe, expect, it } from 'vitest';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { openai } from '../inference/openai.ts';

const ask = (method: string, path = '/') => createWholeService(scriptedHttp(openai)).request({ method, path });

describe('the root', () => {
  it('says which Elasticsearch this is like, in its order', async () => {
    const { status, json } = await ask('GET');
    expect(status).toBe(200);
    expect(Object.keys(Object(json))).toEqual(['name', 'cluster_name', 'cluster_uuid', 'version', 'tagline']);
    expect(Object.keys(Object(json).version)).toEqual([
      'number',
      'build_flavor',
      'build_type',
      'build_hash',
      'build_date',
      'build_snapshot',
      'lucene_version',
      'minimum_wire_compatibility_version',
      'minimum_index_compatibility_version',
    ]);
    expect(json).toMatchObject({
      version: {
        number: expect.stringMatching(/^9\.([2-9]|\d\d)\.\d+$/),
        build_flavor: 'serverless',
        build_type: 'docker',
        build_snapshot: false,
        minimum_wire_compatibility_version: '8.19.0',
        minimum_index_compatibility_version: '8.0.0',
      },
      tagline: 'You Know, for Search',
    });
  });

  it('answers a ping with nothing', async () => {
    expect(await ask('HEAD')).toMatchObject({ status: 200, text: '' });
  });

  it('has a health check', async () => {
    expect(await ask('GET', '/_health')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  });
});

describe('a method that a path does not have', () => {
  it.each([
    ['HEAD', '/_inference', 'GET'],
    ['HEAD', '/_inference/e', 'GET,POST,PUT,DELETE'],
    ['DELETE', '/_inference', 'GET'],
    ['POST', '/_inference/e/_update', 'PUT'],
    ['GET', '/_inference/rerank/e/_stream/', 'POST'],
    ['PATCH', '/_inference/_services', 'GET,POST,PUT,DELETE'],
  ])('%s %s is refused, with those that it has: %s', async (method, path, allow) => {
    const { status, headers, json } = await ask(method, path);
    expect({ status, methods: String(headers.Allow).split(',').sort() }).toEqual({
      status: 405,
      methods: allow.split(',').sort(),
    });
    expect(json).toEqual({
      error: `Incorrect HTTP method for uri [${path}] and method [${method}], allowed: [${String(headers.Allow).replaceAll(',', ', ')}]`,
      status: 405,
    });
  });

  it.each([
    ['GET', '/_inference/_region_policy'],
    ['PUT', '/_inference/_region_policy'],
    ['DELETE', '/_inference/_region_policy'],
    ['GET', '/_inference/a/b/c/d'],
  ])('%s %s is unknown, and the answer has no status inside', async (method, path) => {
    const { status, json } = await ask(method, path);
    expect({ status, json }).toEqual({
      status: 400,
      json: { error: `no handler found for uri [${path}] and method [${method}]` },
    });
  });
});
