import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ModelTable } from '../../../local/engine/models.ts';
import { startFakeHub } from '../../helpers/fake-hub.ts';
import { modelDir, runEngine } from './run-engine.ts';

const files = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model.onnx'];
const repository = 'hub/cross-encoder';
const revision = '0123456789abcdef0123456789abcdef01234567';
const source = join(modelDir, 'random/tiny-cross-encoder');
const models: ModelTable = {
  '.rerank-v1': { folder: 'nowhere/here', kind: 'rerank', hub: { repository, revision, files } },
};
const pair = { query: 'a', texts: ['b', 'c'] };

let downloadDir = '';
beforeEach(async () => {
  downloadDir = await mkdtemp(join(tmpdir(), 'inlet-models-'));
});
afterEach(() => rm(downloadDir, { recursive: true }));

const startHub = () => startFakeHub(repository, revision, source);
const startWith = (endpoint: string) => runEngine({ models, downloadDir, hub: { endpoint } });

it('downloads a model at its first use, once, from the pinned revision', async () => {
  await using hub = await startHub();
  await using engine = await startWith(hub.endpoint);
  expect(await engine.health()).toBe(200);
  expect(hub.requests).toEqual([]);

  const calls = [1, 2, 3].map(() => engine.call('.rerank-v1', 'rerank', pair));
  const [first, ...others] = await Promise.all(calls);
  expect(first?.status).toBe(200);
  expect(others).toEqual([first, first]);
  expect(first).toEqual(await answerOfSource());
  expect(hub.requests).toEqual(files.map((file) => `/${repository}/resolve/${revision}/${file}`));
  for (const file of files) {
    expect(await readFile(join(downloadDir, repository, file))).toEqual(await readFile(join(source, file)));
  }
});

/** What the same model answers from the repository. */
const answerOfSource = async () => {
  await using engine = await runEngine({ models: {} });
  return await engine.call('random/tiny-cross-encoder', 'rerank', pair);
};

it('finds what an earlier start has downloaded', async () => {
  await using hub = await startHub();
  {
    await using engine = await startWith(hub.endpoint);
    await engine.call('.rerank-v1', 'info');
  }
  await using engine = await startWith(hub.endpoint);
  expect((await engine.call('.rerank-v1', 'rerank', pair)).status).toBe(200);
  expect(hub.requests.length).toBe(files.length);
});

it('logs the progress of each file', async () => {
  await using hub = await startHub();
  await using engine = await startWith(hub.endpoint);
  await engine.call('.rerank-v1', 'info');
  const progress = engine.lines.filter(({ message }) => message === 'Downloading a model').map(({ fields }) => fields);
  const total = (await readFile(join(source, 'onnx/model.onnx'))).length;
  expect(progress.filter(({ file }) => file === 'onnx/model.onnx')).toEqual([
    { model: repository, file: 'onnx/model.onnx', bytes: 0, total },
    { model: repository, file: 'onnx/model.onnx', bytes: total, total },
  ]);
  expect(progress.length).toBe(2 * files.length);
});

it.each([
  { behaviour: 'missing' as const, reason: 'it answers 404' },
  { behaviour: 'cut' as const, reason: 'other side closed' },
])(
  'says so when a file is $behaviour, leaves nothing, and tries again at the next call',
  async ({ behaviour, reason }) => {
    await using hub = await startHub();
    await using engine = await startWith(hub.endpoint);
    hub.behave(behaviour);
    expect(await engine.call('.rerank-v1', 'rerank', pair)).toEqual({
      status: 424,
      body: {
        error: `Model [.rerank-v1] has no files here, and ${hub.endpoint}/${repository}/resolve/${revision}/config.json could not be downloaded: ${reason}`,
        error_type: 'Backend',
      },
    });
    expect(await readdir(join(downloadDir, 'hub'))).toEqual([]);
    hub.behave('whole');
    expect((await engine.call('.rerank-v1', 'rerank', pair)).status).toBe(200);
  },
);

it('answers 424 when the hub cannot be reached, and when there is no folder to download to', async () => {
  await using unreachable = await startWith('http://127.0.0.1:1');
  expect((await unreachable.call('.rerank-v1', 'rerank', pair)).status).toBe(424);
  await using engine = await runEngine({ models });
  expect(await engine.call('.rerank-v1', 'rerank', pair)).toEqual({
    status: 424,
    body: {
      error: `Model [.rerank-v1] has no files in ${modelDir}, and there is no folder to download it to`,
      error_type: 'Backend',
    },
  });
});

it('refuses more than 512 inputs at once', async () => {
  await using hub = await startHub();
  await using engine = await startWith(hub.endpoint);
  const release = hub.hold();
  const texts = Array.from({ length: 32 }, () => 'b');
  const calls = Array.from({ length: 17 }, () => engine.call('.rerank-v1', 'rerank', { query: 'a', texts }));
  expect(await Promise.race(calls)).toEqual({
    status: 429,
    body: { error: 'Model is overloaded', error_type: 'Overloaded' },
  });
  release();
  const statuses = (await Promise.all(calls)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200).length).toBe(16);
  expect((await engine.call('.rerank-v1', 'rerank', pair)).status).toBe(200);
});

it('answers 424 when the files are not those of a model', async () => {
  await cp(source, join(downloadDir, 'broken/model'), { recursive: true });
  await writeFile(join(downloadDir, 'broken/model/onnx/model.onnx'), 'no model');
  await using engine = await runEngine({ models: {}, downloadDir });
  expect(await engine.call('broken/model', 'rerank', pair)).toMatchObject({
    status: 424,
    body: { error: expect.stringContaining('failed'), error_type: 'Backend' },
  });
  expect(await engine.call('random/tiny-cross-encoder', 'rerank', pair)).toMatchObject({ status: 200 });
});
