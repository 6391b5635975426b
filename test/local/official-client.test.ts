import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Client, errors } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ask, type LocalServer, startServer, testKey } from '../helpers/local-server.ts';
import { type OpenAiStandIn, startOpenAi, vectorOf } from '../helpers/openai-stand-in.ts';

// The client as it is published, against the whole server: real functions, stores and models, OpenAI alone is a stand-in.

let openAi: OpenAiStandIn;
let server: LocalServer;
let client: Client;

beforeAll(async () => {
  openAi = await startOpenAi();
  server = await startServer({ engine: true, env: { INLET_EGRESS: openAi.egress } });
  client = new Client({ node: server.url, auth: { apiKey: testKey } });
});

afterAll(async () => {
  await client.close();
  await server.stop();
  await openAi.close();
});

const openAiSettings = { api_key: 'sk-first', model_id: 'some-model' };
const chunking = { strategy: 'sentence', max_chunk_size: 250, sentence_overlap: 1 };
const deployment = { num_allocations: 1, num_threads: 1 };
const dense = { model_id: 'some-model', similarity: 'dot_product', dimensions: 8 };

const lifeCycles = [
  {
    task: 'text_embedding',
    service: 'openai',
    settings: openAiSettings,
    shown: { ...dense, rate_limit: { requests_per_minute: 3000 } },
    change: { rate_limit: { requests_per_minute: 7 } },
    changed: { ...dense, rate_limit: { requests_per_minute: 7 } },
    rest: { chunking_settings: chunking },
  },
  {
    task: 'embedding',
    service: 'openai',
    settings: { ...openAiSettings, dimensions: 4 },
    shown: { ...dense, dimensions: 4, rate_limit: { requests_per_minute: 3000 } },
    change: { api_key: 'sk-second' },
    changed: { ...dense, dimensions: 4, rate_limit: { requests_per_minute: 3000 } },
    rest: { chunking_settings: chunking },
  },
  {
    task: 'completion',
    service: 'openai',
    settings: openAiSettings,
    shown: { model_id: 'some-model', rate_limit: { requests_per_minute: 500 } },
    change: { organization_id: 'an organisation' },
    changed: {
      model_id: 'some-model',
      organization_id: 'an organisation',
      rate_limit: { requests_per_minute: 500 },
    },
    rest: {},
  },
  {
    task: 'chat_completion',
    service: 'openai',
    settings: openAiSettings,
    shown: { model_id: 'some-model', rate_limit: { requests_per_minute: 500 } },
    change: { rate_limit: { requests_per_minute: 8 } },
    changed: { model_id: 'some-model', rate_limit: { requests_per_minute: 8 } },
    rest: {},
  },
  {
    task: 'text_embedding',
    service: 'elasticsearch',
    settings: { ...deployment, model_id: '.multilingual-e5-small' },
    shown: { ...deployment, model_id: '.multilingual-e5-small' },
    change: { num_allocations: 2 },
    changed: { ...deployment, num_allocations: 2, model_id: '.multilingual-e5-small' },
    rest: { chunking_settings: chunking },
  },
  {
    task: 'rerank',
    service: 'elasticsearch',
    settings: { ...deployment, model_id: '.rerank-v1' },
    shown: { ...deployment, model_id: '.rerank-v1' },
    change: { num_allocations: 3 },
    changed: { ...deployment, num_allocations: 3, model_id: '.rerank-v1' },
    rest: { task_settings: { return_documents: true } },
  },
  {
    task: 'sparse_embedding',
    service: 'elser',
    settings: deployment,
    shown: { ...deployment, model_id: '.elser_model_2_linux-x86_64' },
    change: { num_allocations: 4 },
    changed: { ...deployment, num_allocations: 4, model_id: '.elser_model_2_linux-x86_64' },
    rest: { chunking_settings: chunking },
  },
] as const;

describe('an endpoint', () => {
  it.each(lifeCycles)('of $service for $task is put, shown, updated and deleted', async (row) => {
    const { task, service, settings, shown, change, changed, rest } = row;
    const named = { inference_id: `${service}-${task}`, task_type: task } as const;
    const stored = { ...named, service: service === 'elser' ? 'elasticsearch' : service, ...rest };

    const put = await client.inference.put({ ...named, inference_config: { service, service_settings: settings } });
    expect(put).toEqual({ ...stored, service_settings: shown });
    expect(await client.inference.get(named)).toEqual({ endpoints: [put] });

    // The client's own type of the body asks for the service, which an update must not name.
    const updated = await client.inference.update({ ...named, body: { service_settings: change } });
    expect(updated).toEqual({ ...stored, service_settings: changed });
    expect(await client.inference.get({ inference_id: named.inference_id })).toEqual({ endpoints: [updated] });

    const deleted = { acknowledged: true, pipelines: [], indexes: [] };
    expect(await client.inference.delete(named)).toEqual(deleted);
    await expect(client.inference.get(named)).rejects.toThrow('resource_not_found_exception');
  });
});

describe('OpenAI', () => {
  const endpoints = [
    ['text_embedding', 'vectors'],
    ['embedding', 'more-vectors'],
    ['completion', 'answers'],
    ['chat_completion', 'chat'],
  ] as const;

  beforeAll(async () => {
    for (const [task_type, inference_id] of endpoints) {
      const inference_config = { service: 'openai', service_settings: openAiSettings };
      await client.inference.put({ task_type, inference_id, inference_config });
    }
  });

  const input = ['Guten Tag', '世界 🎉'];
  const rows = input.map((one) => ({ embedding: vectorOf(one) }));

  it('embeds texts', async () => {
    expect(await client.inference.textEmbedding({ inference_id: 'vectors', input })).toEqual({ text_embedding: rows });
    expect(await client.inference.inference({ inference_id: 'vectors', input })).toEqual({ text_embedding: rows });
    const embedding = { input };
    expect(await client.inference.embedding({ inference_id: 'more-vectors', embedding })).toEqual({ embeddings: rows });
  });

  it('completes', async () => {
    const request = { inference_id: 'answers', input: 'Guten Tag, 世界 🎉' };
    expect(await client.inference.completion(request)).toEqual({ completion: [{ result: 'Guten Tag, 世界 🎉' }] });
  });

  it('streams a completion', async () => {
    const bytes = await client.inference.streamCompletion({ inference_id: 'answers', input: 'Tag, 世界 🎉' });
    expect(Buffer.from(bytes).toString('utf8')).toBe(
      [
        'event: message\ndata: {"completion":[{"delta":"Tag, "}]}\n\n',
        'event: message\ndata: {"completion":[{"delta":"世界 "}]}\n\n',
        'event: message\ndata: {"completion":[{"delta":"🎉"}]}\n\n',
        'event: message\ndata: [DONE]\n\n',
      ].join(''),
    );
  });

  it('streams a chat', async () => {
    const chat_completion_request = { messages: [{ role: 'user', content: 'Tag 🎉' }] };
    const request = { inference_id: 'chat', chat_completion_request };
    const body: unknown = await client.inference.chatCompletionUnified(request, { asStream: true });
    if (!(body instanceof Readable)) throw new Error('The client gave no stream');
    const chunk = (more: string) =>
      `event: message\ndata: {"id":"chatcmpl-1","choices":[${more}],"model":"some-model","object":"chat.completion.chunk"`;
    expect(await text(body)).toBe(
      [
        `${chunk('{"delta":{"content":"Tag "},"index":0}')}}\n\n`,
        `${chunk('{"delta":{"content":"🎉"},"index":0}')}}\n\n`,
        `${chunk('{"delta":{},"finish_reason":"stop","index":0}')}}\n\n`,
        `${chunk('')},"usage":{"completion_tokens":2,"prompt_tokens":1,"total_tokens":3}}\n\n`,
        'event: message\ndata: [DONE]\n\n',
      ].join(''),
    );
  });

  it('gets the key of the endpoint, and the new one after an update', async () => {
    const endpoint = { inference_id: 'keyed', task_type: 'completion' } as const;
    const inference_config = { service: 'openai', service_settings: openAiSettings };
    await client.inference.put({ ...endpoint, inference_config });
    await client.inference.update({ ...endpoint, body: { service_settings: { api_key: 'sk-new' } } });
    await client.inference.completion({ inference_id: 'keyed', input: 'a' });
    const { path, headers, body } = openAi.sent.at(-1) ?? {};
    expect({ path, key: headers?.authorization, body }).toEqual({
      path: '/api.openai.com/v1/chat/completions',
      key: 'Bearer sk-new',
      body: { model: 'some-model', messages: [{ role: 'user', content: 'a' }], n: 1, stream: false },
    });
  });
});

describe('the default endpoints', () => {
  const vectors = z.object({ text_embedding: z.array(z.object({ embedding: z.array(z.number()) })) });
  const dot = (a: readonly number[] = [], b: readonly number[] = []) =>
    a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

  it.each([
    { question: 'How many people live in Berlin?', nearest: 'Berlin hat 3,5 Millionen Einwohner.' },
    { question: 'Where does the cat sleep?', nearest: 'Die Katze schläft den ganzen Tag auf dem Sofa.' },
    { question: '¿Cuál es la capital de Japón?', nearest: '东京是日本的首都。' },
  ])('find what answers $question in another language', async ({ question, nearest }) => {
    const passages = [
      'Die Katze schläft den ganzen Tag auf dem Sofa.',
      'Berlin hat 3,5 Millionen Einwohner.',
      'Le prix du blé a baissé en automne.',
      '东京是日本的首都。',
    ];
    const embed = async (input: string[], input_type: string) => {
      const request = { inference_id: '.multilingual-e5-small-elasticsearch', input, input_type };
      const { text_embedding } = vectors.parse(await client.inference.textEmbedding(request));
      return text_embedding.map(({ embedding }) => embedding);
    };
    const [query] = await embed([question], 'search');
    const scores = (await embed(passages, 'ingest')).map((passage) => dot(query, passage));
    expect(passages[scores.indexOf(Math.max(...scores))]).toBe(nearest);
  });

  it('weigh tokens, the heaviest first', async () => {
    const path = '/_inference/sparse_embedding/.elser-2-elasticsearch';
    const answer = await (await ask(server, 'POST', path, { input: 'the 3 quick foxes' })).text();
    // Parsed as an object, tokens that look like numbers would come first.
    const pairs = [...answer.matchAll(/"([^"]+)":([\d.]+)/g)].map(([, token, weight]) => ({
      token,
      weight: Number(weight),
    }));
    expect(pairs.slice(0, 2).map(({ token }) => token)).toEqual(['quick', '3']);
    expect(pairs).toEqual(pairs.toSorted((a, b) => b.weight - a.weight));

    const request = { inference_id: '.elser-2-elasticsearch', input: 'the 3 quick foxes' };
    const { sparse_embedding } = await client.inference.sparseEmbedding(request);
    expect(sparse_embedding).toEqual([
      { is_truncated: false, embedding: Object.fromEntries(pairs.map(({ token, weight }) => [token, weight])) },
    ]);
  });

  it('rank documents', async () => {
    const input = ['Berlin is a city in Germany', 'Paris is the capital of France 🎉', 'The cat sleeps'];
    const request = { inference_id: '.rerank-v1-elasticsearch', query: 'capital of France', input };
    const { rerank } = await client.inference.rerank(request);
    expect(rerank?.map(({ index, text: document }) => ({ index, document }))).toEqual([
      { index: 1, document: 'Paris is the capital of France 🎉' },
      { index: 0, document: 'Berlin is a city in Germany' },
      { index: 2, document: 'The cat sleeps' },
    ]);
  });
});

describe('errors', () => {
  const failureOf = async (call: Promise<unknown>) => {
    const error: unknown = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof errors.ResponseError)) throw new Error('The client did not fail');
    return { status: error.statusCode, body: error.body };
  };

  it('come as the client knows them', async () => {
    const reason = 'Inference endpoint not found [nobody]';
    const type = 'resource_not_found_exception';
    expect(await failureOf(client.inference.completion({ inference_id: 'nobody', input: 'a' }))).toEqual({
      status: 404,
      body: { error: { root_cause: [{ type, reason }], type, reason }, status: 404 },
    });
  });

  it('of a service at PUT leave no endpoint', async () => {
    const service_settings = { ...openAiSettings, model_id: 'status-401' };
    const inference_config = { service: 'openai', service_settings };
    const endpoint = { inference_id: 'refused', task_type: 'completion' } as const;
    const { status, body } = await failureOf(client.inference.put({ ...endpoint, inference_config }));
    expect({ status, reason: body }).toMatchObject({
      status: 400,
      reason: {
        error: {
          reason: 'Could not complete inference endpoint creation as validation call to service threw an exception.',
          caused_by: {
            reason:
              'Received an authentication error status code for request from inference entity id [refused] status [401]. Error message: [no: 401]',
          },
        },
      },
    });
    expect((await failureOf(client.inference.get({ inference_id: 'refused' }))).status).toBe(404);
  });
});

describe('keys', () => {
  it('made by the client do what their rights say', async () => {
    const role_descriptors = { caller: { cluster: ['monitor_inference'] } };
    const key = await client.security.createApiKey({ name: 'caller', role_descriptors });
    const caller = new Client({ node: server.url, auth: { apiKey: key.encoded } });
    const { endpoints } = await caller.inference.get({ inference_id: '.elser-2-elasticsearch' });
    expect(endpoints.map(({ service }) => service)).toEqual(['elasticsearch']);
    const deletion = caller.inference.delete({ inference_id: 'nobody' });
    await expect(deletion).rejects.toMatchObject({ statusCode: 403 });

    await client.security.invalidateApiKey({ ids: [key.id] });
    await expect(caller.info()).rejects.toMatchObject({ statusCode: 401 });
    await caller.close();
  });
});

it('says what it is', async () => {
  const { name, tagline } = await client.info();
  expect({ name, tagline }).toEqual({ name: 'inlet', tagline: 'You Know, for Search' });
  expect(await client.ping()).toBe(true);
});
