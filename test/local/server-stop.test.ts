import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ask, type LocalServer, startServer, testKey } from '../helpers/local-server.ts';
import { type OpenAiStandIn, startOpenAi } from '../helpers/openai-stand-in.ts';

let openAi: OpenAiStandIn;
let dataDir: string;

beforeEach(async () => {
  openAi = await startOpenAi();
  dataDir = await mkdtemp(join(tmpdir(), 'inlet-'));
});

afterEach(async () => {
  await openAi.close();
  await rm(dataDir, { recursive: true, force: true });
});

const start = () => startServer({ dataDir, env: { INLET_EGRESS: openAi.egress } });

const putCompletion = (server: Pick<LocalServer, 'url'>, id: string, api_key: string) => {
  const body = { service: 'openai', service_settings: { api_key, model_id: 'some-model' } };
  return ask(server, 'PUT', `/_inference/completion/${id}`, body);
};

const secretFiles = () => readdir(join(dataDir, 'secrets'));

describe('what is stored', () => {
  it('stays when the server stops, and when it is killed', async () => {
    let server = await start();
    const shown = await (await putCompletion(server, 'answers', 'sk-kept')).json();
    const created = await ask(server, 'POST', '/_security/api_key', { name: 'kept' });
    const { encoded: key } = z.object({ encoded: z.string() }).parse(await created.json());
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
      await server.kill(signal);
      server = await start();
      const endpoint = await ask(server, 'GET', '/_inference/answers', undefined, { key });
      expect(await endpoint.json()).toEqual({ endpoints: [shown] });
      await ask(server, 'POST', '/_inference/answers', { input: signal }, { key });
      expect(openAi.sent.at(-1)).toMatchObject({
        headers: { authorization: 'Bearer sk-kept' },
        body: { messages: [{ content: signal }] },
      });
    }
    await server.stop();
  });

  it('is one endpoint and one secret of six that are put at once', async () => {
    const server = await start();
    const puts = Array.from({ length: 6 }, (_, index) => putCompletion(server, 'answers', `sk-${index}`));
    const answers = await Promise.all(puts);
    const statuses = answers.map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, 400, 400, 400, 400, 400]);
    const loser = await answers[statuses.indexOf(400)]?.json();
    expect(loser).toMatchObject({ error: { type: 'resource_already_exists_exception' } });

    await ask(server, 'POST', '/_inference/answers', { input: 'a' });
    expect(openAi.sent.at(-1)?.headers.authorization).toBe(`Bearer sk-${statuses.indexOf(200)}`);
    await server.stop();
    expect(await secretFiles()).toHaveLength(1);
  });
});

describe('a server that is told to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('by %s ends, a stream under way too', async (signal) => {
    const server = await start();
    await putCompletion(server, 'answers', 'sk-1');
    const body = { input: 'begin and stay silent' };
    const answer = await ask(server, 'POST', '/_inference/answers/_stream', body);
    const cut = expect(answer.text()).rejects.toThrow('terminated');
    expect(await server.kill(signal)).toEqual({ code: 0, signal: null });
    await cut;
    await expect.poll(() => openAi.departures()).toBe(1);
  });

  it('gives answers under way their time', async () => {
    const server = await start();
    await putCompletion(server, 'answers', 'sk-1');
    const answer = ask(server, 'POST', '/_inference/answers', { input: 'think first' });
    await expect.poll(() => openAi.sent.length).toBe(2);
    const ended = server.kill('SIGTERM');
    expect(await (await answer).json()).toEqual({ completion: [{ result: 'think first' }] });
    expect(await ended).toEqual({ code: 0, signal: null });
  });

  it('by a signal to the process group of npm, gives it too', async () => {
    const npm = spawn('npm', ['start'], {
      detached: true,
      env: {
        ...process.env,
        PORT: '0',
        INLET_DATA_DIR: dataDir,
        INLET_API_KEY: testKey,
        INLET_EGRESS: openAi.egress,
        INLET_ML_NODE: '{"*":"http://127.0.0.1:1"}',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = once(npm, 'exit');
    const ready = new Promise<string>((resolve) => {
      createInterface(npm.stdout).on('line', (line) => {
        const url = line.match(/^Inlet is ready at (\S+)$/)?.[1];
        if (url) resolve(url);
      });
    });
    const server = { url: await ready };
    await putCompletion(server, 'answers', 'sk-1');
    const answer = ask(server, 'POST', '/_inference/answers', { input: 'think first' });
    await expect.poll(() => openAi.sent.length).toBe(2);
    process.kill(-(npm.pid ?? 0), 'SIGINT');
    expect(await (await answer).json()).toEqual({ completion: [{ result: 'think first' }] });
    await ended;
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
  });
});

it('leaves no engine behind when it is killed', async () => {
  const server = await startServer({ dataDir, engine: true });
  const enginePid = () => {
    const line = server.stderr.find((text) => text.includes('The engine process is ready'));
    return line === undefined ? undefined : z.object({ pid: z.int() }).parse(JSON.parse(line)).pid;
  };
  await expect.poll(enginePid, { timeout: 30_000 }).toBeDefined();
  const pid = enginePid() ?? 0;
  await server.kill('SIGKILL');
  const isRunning = () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  await expect.poll(isRunning, { timeout: 30_000 }).toBe(false);
});
