import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, failToStart, startServer } from '../helpers/local-server.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the server does not start', () => {
  it.each([
    [{ PORT: 'http' }, 'PORT takes a port from 0 to 65535, but is "http"'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL takes error, warn, info or debug, but is "loud"'],
    [{ INLET_API_KEY: 'plain' }, 'INLET_API_KEY takes base64 of id:secret, but is a value that is not that'],
    [
      { INLET_EGRESS: '{"*":"somewhere"}' },
      'INLET_EGRESS takes JSON from an origin or * to a base URL, such as {"*":"http://127.0.0.1:9000/{host}"}, but is "{\\"*\\":\\"somewhere\\"}"',
    ],
    [{ HOST: 'no.such.host.invalid' }, expect.stringMatching(/^The server cannot listen on port 0 of HOST no\.such/)],
    [{ INLET_SPEED: '9' }, expect.stringMatching(/^INLET_SPEED is not a setting; there are INLET_DATA_DIR, /)],
  ])('with %o, and says so in one sentence', async (env, sentence) => {
    expect(await failToStart(env)).toEqual({ code: 1, signal: null, stderr: [sentence] });
  });

  it('on a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    expect(await failToStart({ PORT: port })).toEqual({
      code: 1,
      signal: null,
      stderr: [`Port ${port} of 127.0.0.1 is in use; stop what listens there, or set PORT to another one`],
    });
    other.close();
  });

  it.each([
    ['is a file', 'file', 'it is a file, not a folder'],
    ['is below a file', 'file/data', 'it, or what it lies in, is a file, not a folder'],
  ])('in a data folder that %s', async (_, name, reason) => {
    const dataDir = join(folder, name);
    await writeFile(join(folder, 'file'), '');
    expect(await failToStart({ INLET_DATA_DIR: dataDir })).toEqual({
      code: 1,
      signal: null,
      stderr: [`The data folder ${dataDir} cannot be used: ${reason}`],
    });
  });

  it('in the data folder of another server', async () => {
    const server = await startServer({ dataDir: folder });
    expect(await failToStart({ INLET_DATA_DIR: folder })).toEqual({
      code: 1,
      signal: null,
      stderr: [
        `The data folder ${folder} is in use by another server; stop that one, or set INLET_DATA_DIR to another folder`,
      ],
    });
    expect((await ask(server, 'GET', '/_health')).status).toBe(200);
    await server.stop();
  });

  it('with a kept key that is damaged', async () => {
    const path = join(folder, 'api-key');
    await writeFile(path, 'no key\n');
    expect(await failToStart({ INLET_DATA_DIR: folder }, { ownKey: true })).toEqual({
      code: 1,
      signal: null,
      stderr: [`The data folder ${folder} holds a damaged file: ${path}`],
    });
  });
});

describe('the key', () => {
  const greeting = 'The API key, which may do everything:';
  const keyOf = ({ stdout }: { readonly stdout: readonly string[] }) => stdout[stdout.indexOf(greeting) + 1] ?? '';

  it('is made and printed at the first start, kept for the owner alone, and used ever after', async () => {
    const dataDir = join(folder, 'a', 'new', 'folder');
    const first = await startServer({ dataDir, ownKey: true });
    const key = keyOf(first);
    expect(first.stdout.slice(0, 3)).toEqual([greeting, key, `Inlet is ready at ${first.url}`]);
    expect(Buffer.from(key, 'base64').toString('utf8')).toMatch(/^admin:[\w-]{22}$/);
    expect((await ask(first, 'GET', '/', undefined, { key })).status).toBe(200);
    await first.stop();

    expect(await readFile(join(dataDir, 'api-key'), 'utf8')).toBe(`${key}\n`);
    const modes = await Promise.all([dataDir, join(dataDir, 'api-key')].map(async (path) => (await stat(path)).mode));
    expect(modes.map((mode) => mode & 0o777)).toEqual([0o700, 0o600]);

    const second = await startServer({ dataDir, ownKey: true });
    expect(second.stdout[0]).toBe(`Inlet is ready at ${second.url}`);
    expect((await ask(second, 'GET', '/', undefined, { key })).status).toBe(200);
    await second.stop();
  });

  it('is neither made nor kept where one is given', async () => {
    await mkdir(join(folder, 'data'));
    const server = await startServer({ dataDir: join(folder, 'data') });
    expect(server.stdout[0]).toBe(`Inlet is ready at ${server.url}`);
    await server.stop();
    await expect(stat(join(folder, 'data', 'api-key'))).rejects.toThrow('ENOENT');
  });

  it('is a new one each time when nothing is kept', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => startServer({ dataDir: ':memory:', ownKey: true })));
    if (!one || !other) throw new Error('There are no servers');
    const key = keyOf(one);
    expect([
      (await ask(one, 'GET', '/', undefined, { key })).status,
      (await ask(other, 'GET', '/', undefined, { key })).status,
    ]).toEqual([200, 401]);
    await Promise.all([one.stop(), other.stop()]);
  });
});

it('prints commands that create an endpoint and call it', async () => {
  const server = await startServer({ ownKey: true, engine: true });
  const command = /^curl -X (PUT|POST) '([^']+)' -H 'Authorization: ([^']+)' -H 'Content-Type: ([^']+)' -d '([^']+)'$/;
  const answers: unknown[] = [];
  await expect.poll(() => server.stdout.length).toBe(7);
  for (const line of server.stdout) {
    const [, method = '', url = '', authorization = '', type = '', body = ''] = line.match(command) ?? [];
    if (method === '') continue;
    const headers = { authorization, 'content-type': type };
    answers.push(await (await fetch(url, { method, headers, body })).json());
  }
  expect(answers).toEqual([
    expect.objectContaining({ inference_id: 'my-endpoint', service: 'elasticsearch' }),
    { text_embedding: [{ embedding: expect.any(Array) }] },
  ]);
  await server.stop();
});
