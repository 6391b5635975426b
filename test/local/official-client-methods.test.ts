import { Client, errors } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type LocalServer, startServer, testKey } from '../helpers/local-server.ts';
import { type Providers, putServices, startProviders } from '../helpers/providers-stand-in.ts';

// Every method of the client's inference namespace, once; what they answer in full stands in official-client.test.ts.

let providers: Providers;
let server: LocalServer;
let client: Client;

const inferenceConfig = (taskType: string) => ({
  service: 'openai',
  service_settings: { api_key: 'a-secret', model_id: 'some-model' },
  task_type: taskType,
});

beforeAll(async () => {
  providers = await startProviders();
  server = await startServer({ engine: true, env: { INLET_EGRESS: providers.egress } });
  client = new Client({ node: server.url, auth: { apiKey: testKey } });
  for (const taskType of ['text_embedding', 'embedding', 'completion', 'chat_completion'])
    await client.inference.put({ inference_id: `my-${taskType}`, inference_config: inferenceConfig(taskType) });
});

afterAll(async () => {
  await client.close();
  await server.stop();
  await providers.close();
});

const refusalOf = async (call: Promise<unknown>) => {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof errors.ResponseError)) throw new Error(`The client did not fail: ${error}`);
  return { status: error.statusCode, body: error.body };
};

/** Every method of the namespace, by its name; the methods of an object of this class alone. */
const methodsOf = (namespace: object) => {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(namespace));
  return new Map(
    names.flatMap((name) => {
      const method: unknown = name === 'constructor' ? undefined : Reflect.get(namespace, name);
      if (typeof method !== 'function') return [];
      return [[name, async (params: object): Promise<unknown> => method.call(namespace, params)] as const];
    }),
  );
};

const camelCase = (name: string): string => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const input = ['Guten Tag', '世界'];
const noRegionPolicy = (method: string) => ({
  status: 400,
  body: { error: `no handler found for uri [/_inference/_region_policy] and method [${method}]` },
});

/** What each method but those that put an endpoint of one service is asked, and the keys of its answer. */
const answered: Readonly<Record<string, readonly [params: object, keys: readonly string[]]>> = {
  completion: [{ inference_id: 'my-completion', input: 'Tag', timeout: '10s' }, ['completion']],
  embedding: [{ inference_id: 'my-embedding', embedding: { input } }, ['embeddings']],
  textEmbedding: [{ inference_id: 'my-text_embedding', input, task_settings: { user: 'u' } }, ['text_embedding']],
  sparseEmbedding: [{ inference_id: '.elser-2-elasticsearch', input }, ['sparse_embedding']],
  rerank: [{ inference_id: '.rerank-v1-elasticsearch', query: 'Welt', input, top_n: 1 }, ['rerank']],
  inference: [{ inference_id: 'my-text_embedding', task_type: 'text_embedding', input }, ['text_embedding']],
  get: [{}, ['endpoints']],
  put: [
    { inference_id: 'put', task_type: 'completion', inference_config: inferenceConfig('completion') },
    ['inference_id', 'task_type', 'service', 'service_settings'],
  ],
  update: [
    {
      inference_id: 'my-completion',
      inference_config: { task_type: 'completion', service_settings: { api_key: 'another' } },
    },
    ['inference_id', 'task_type', 'service', 'service_settings'],
  ],
  delete: [{ inference_id: 'my-completion', dry_run: true }, ['acknowledged', 'pipelines', 'indexes', 'error_message']],
};

const streams = ['chatCompletionUnified', 'streamCompletion'];
const regionPolicies: Readonly<Record<string, readonly [method: string, params: object]>> = {
  deleteRegionPolicy: ['DELETE', {}],
  getRegionPolicy: ['GET', {}],
  putRegionPolicy: ['PUT', { region_policy: { allowed_geos: ['eu'] } }],
};

const withMethods = new Client({ node: 'http://127.0.0.1:1' });
const putMethods = [...methodsOf(withMethods.inference).keys()].filter(
  (name) => name.startsWith('put') && name !== 'put' && name !== 'putRegionPolicy',
);

describe('the methods of the client', () => {
  it('are all called here', () => {
    const names = [...methodsOf(client.inference).keys()];
    const called = [...Object.keys(answered), ...streams, ...Object.keys(regionPolicies), ...putMethods];
    expect(names.sort()).toEqual(called.sort());
  });

  it.each(Object.entries(answered))('%s is answered', async (name, [params, keys]) => {
    const answer = await methodsOf(client.inference).get(name)?.(params);
    expect(Object.keys(z.record(z.string(), z.unknown()).parse(answer))).toEqual(keys);
  });

  it.each(streams)('%s is answered with events', async (name) => {
    const answer = await methodsOf(client.inference).get(name)?.({
      inference_id: name === 'streamCompletion' ? 'my-completion' : 'my-chat_completion',
      ...(name === 'streamCompletion'
        ? { input: 'Tag' }
        : { chat_completion_request: { messages: [{ role: 'user', content: 'Tag' }] } }),
    });
    const text = answer instanceof Uint8Array ? Buffer.from(answer).toString('utf8') : String(answer);
    expect(text).toMatch(/^event: message\ndata: \{.*event: message\ndata: \[DONE\]\n\n$/s);
  });

  it.each(Object.entries(regionPolicies))('%s finds no route', async (name, [method, params]) => {
    const call = methodsOf(client.inference).get(name)?.(params);
    expect(await refusalOf(Promise.resolve(call))).toEqual(noRegionPolicy(method));
  });

  it.each([
    [{}, 7],
    [{ inference_id: '_all' }, 7],
    [{ task_type: 'text_embedding' }, 2],
    [{ task_type: 'text_embedding', inference_id: '_all' }, 2],
    [{ inference_id: 'my-embedding' }, 1],
  ] as const)('get with %j', async (params, least) => {
    expect((await client.inference.get(params)).endpoints.length).toBeGreaterThanOrEqual(least);
  });
});

it('the diagnostics count the calls of this process', async () => {
  const connections = z.strictObject({
    leased_connections: z.int(),
    pending_connections: z.int(),
    available_connections: z.int(),
    max_connections: z.int(),
  });
  const node = z.strictObject({
    external: z.strictObject({ connection_pool_stats: connections }),
    eis_mtls: z.strictObject({ connection_pool_stats: connections }),
    inference_endpoint_registry: z.strictObject({
      cache_count: z.int(),
      cache_hits: z.int(),
      cache_misses: z.int(),
      cache_evictions: z.int(),
    }),
  });
  const diagnose = async () =>
    Object.entries(
      z
        .record(z.string(), node)
        .parse(await client.transport.request({ method: 'GET', path: '/_inference/.diagnostics' })),
    );
  const call = () => client.inference.completion({ inference_id: 'my-completion', input: 'Tag' });
  await call();
  const [[name, before] = [], ...others] = await diagnose();
  expect(others).toEqual([]);
  await call();
  await call();
  const [[sameName, after] = []] = await diagnose();
  expect(sameName).toBe(name);
  const hits =
    (after?.inference_endpoint_registry.cache_hits ?? 0) - (before?.inference_endpoint_registry.cache_hits ?? 0);
  expect(hits).toBe(2);
  expect(after?.external.connection_pool_stats.available_connections).toBeGreaterThan(0);
});

it('a client that compresses what it sends is understood', async () => {
  const compressing = new Client({ node: server.url, auth: { apiKey: testKey }, compression: true });
  const long = '世界 '.repeat(10_000);
  const answer = await compressing.inference.completion({ inference_id: 'my-completion', input: long });
  expect(answer).toEqual({ completion: [{ result: long }] });
  await compressing.close();
});

describe('the methods for one service', () => {
  it('are known for each service that has one', async () => {
    const listed = z
      .array(z.object({ service: z.string() }))
      .parse(await client.transport.request({ method: 'GET', path: '/_inference/_services' }));
    // Their secrets are keys of accounts, which no test has; their own tests make some.
    const withAccounts = ['amazon_sagemaker', 'googlevertexai'];
    const expected = listed.map(({ service }) => service).filter((service) => !withAccounts.includes(service));
    expect(putServices.map(({ service }) => service)).toEqual(expect.arrayContaining(expected));
    expect(putMethods).toEqual(expect.arrayContaining(putServices.map(({ method }) => camelCase(method))));
  });

  it.each(putMethods)('%s puts an endpoint, or is refused', async (name) => {
    const row = putServices.find(({ method }) => camelCase(method) === name);
    const call = methodsOf(client.inference).get(name);
    const { service = 'a-service', task_type = 'completion', service_settings = {}, task_settings } = row ?? {};
    const idName = row?.id ?? `${name.slice(3).toLowerCase()}_inference_id`;
    const params = { task_type, [idName]: name.toLowerCase(), service, service_settings, task_settings };
    const known = await client.transport.request({ method: 'GET', path: '/_inference/_services' });
    const isThere = service === 'elser' || JSON.stringify(known).includes(`"service":"${service}"`);
    if (!row || !isThere) {
      expect(await refusalOf(Promise.resolve(call?.(params)))).toMatchObject({ status: 400 });
      return;
    }
    expect(await call?.(params)).toMatchObject({
      inference_id: name.toLowerCase(),
      task_type,
      service: row.stored_as ?? service,
    });
  });
});
