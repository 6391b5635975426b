import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type LocalServer, startServer, testKey } from '../helpers/local-server.ts';
import { type OpenAiStandIn, startOpenAi } from '../helpers/openai-stand-in.ts';
import { exchange } from '../helpers/raw-http.ts';

let openAi: OpenAiStandIn;
let server: LocalServer;

const authorization = `ApiKey ${testKey}`;
const json = { authorization, 'content-type': 'application/json' };

beforeAll(async () => {
  openAi = await startOpenAi();
  server = await startServer({ env: { INLET_EGRESS: openAi.egress } });
  const body = { service: 'openai', service_settings: { api_key: 'sk-of-the-tests', model_id: 'some-model' } };
  const put = await ask(server, 'PUT', '/_inference/completion/answers', body);
  if (put.status !== 200) throw new Error(await put.text());
});

afterAll(async () => {
  await server.stop();
  await openAi.close();
});

const tooLarge = {
  type: 'content_too_long_exception',
  reason: 'the request body is larger than the 5 MiB that are taken',
};

describe('an answer', () => {
  it('keeps every character, whole and streamed', async () => {
    const input = 'Füße 🦶🏽 世界 \u2028 \u0000 "\\" 👩‍👩‍👧‍👧';
    const whole = await ask(server, 'POST', '/_inference/answers', { input });
    expect(await whole.json()).toEqual({ completion: [{ result: input }] });

    const streamed = await ask(server, 'POST', '/_inference/answers/_stream', { input });
    expect(streamed.headers.get('content-type')).toBe('text/event-stream');
    const deltas = [...(await streamed.text()).matchAll(/"delta":("(?:[^"\\]|\\.)*")/g)].map(
      ([, text]) => text ?? '""',
    );
    expect(deltas.map((text) => JSON.parse(text)).join('')).toBe(input);
  });

  it('has its length in bytes, and the headers of Elasticsearch', async () => {
    const answer = await ask(server, 'POST', '/_inference/answers', { input: 'é🎉' });
    const length = Buffer.byteLength('{"completion":[{"result":"é🎉"}]}');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-length': String(length),
      'content-type': 'application/json',
      'x-elastic-product': 'Elasticsearch',
    });
    expect((await answer.arrayBuffer()).byteLength).toBe(length);
  });

  it('to HEAD has no body', async () => {
    const known = await fetch(server.url, { method: 'HEAD', headers: { authorization } });
    expect([known.status, known.headers.get('content-length'), await known.text()]).toEqual([200, '0', '']);
    const unknown = await fetch(server.url, { method: 'HEAD' });
    const length = (await (await fetch(server.url)).arrayBuffer()).byteLength;
    expect([unknown.status, unknown.headers.get('content-length'), await unknown.text()]).toEqual([
      401,
      String(length),
      '',
    ]);
  });

  it('names each way to authenticate in a header of its own', async () => {
    const answer = await exchange(server.url, 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    expect(answer.match(/^WWW-Authenticate: .*$/gm)).toEqual([
      'WWW-Authenticate: Basic realm="security", charset="UTF-8"',
      'WWW-Authenticate: Bearer realm="security"',
      'WWW-Authenticate: ApiKey',
    ]);
  });

  it('of a stream begins before its first event', { timeout: 10_000 }, async () => {
    // Less time than it takes until a comment line breaks the silence.
    const left = new AbortController();
    const body = { input: 'begin and stay silent' };
    const answer = await ask(server, 'POST', '/_inference/answers/_stream', body, { signal: left.signal });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    left.abort();
  });
});

describe('a body', () => {
  const path = '/_inference/completion/nobody';
  const withLength = (length: number) => `{"input":"${'a'.repeat(length - 12)}"}`;
  const post = (body: string | Buffer<ArrayBuffer>, headers: Record<string, string> = {}) =>
    fetch(`${server.url}${path}`, { method: 'POST', headers: { ...json, ...headers }, body });

  it('of 5 MiB is read', async () => {
    expect((await post(withLength(5 * 1024 * 1024))).status).toBe(404);
  });

  it.each([
    ['of 5 MiB and a byte', () => withLength(5 * 1024 * 1024 + 1), {}],
    ['of 20 MiB', () => withLength(20 * 1024 * 1024), {}],
    ['of 6 MiB that is compressed, and no gzip', () => withLength(6 * 1024 * 1024), { 'content-encoding': 'gzip' }],
  ])('%s is refused in the shape of all errors', async (_, body, headers) => {
    const answer = await post(body(), headers);
    expect([answer.status, await answer.json()]).toEqual([
      413,
      { error: { root_cause: [tooLarge], ...tooLarge }, status: 413 },
    ]);
  });

  it('that is too large is not read for strangers', async () => {
    const answer = await post(withLength(6 * 1024 * 1024), { authorization: 'ApiKey bm9ib2R5Om5vdGhpbmc=' });
    expect(answer.status).toBe(401);
  });

  const large = Buffer.alloc(20 * 1024 * 1024, 'a');
  const inChunks = 'transfer-encoding: chunked';
  const chunkHead = `${large.length.toString(16)}\r\n`;
  it.each([
    ['with its length', `content-length: ${large.length}`, [large]],
    ['in chunks', inChunks, [chunkHead, large, '\r\n0\r\n\r\n']],
    ['without an end', inChunks, [chunkHead, large]],
  ])('sent before the answer is read, %s, meets no reset', async (_, header, parts) => {
    const head = `POST ${path} HTTP/1.1\r\nhost: a\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\n`;
    const answer = await exchange(server.url, `${head}${header}\r\n\r\n`, ...parts);
    expect(answer.slice(0, answer.indexOf('\r\n'))).toBe('HTTP/1.1 413 Payload Too Large');
    expect(answer).toContain('Connection: close');
  });

  it('may be compressed', async () => {
    const body = gzipSync('{"input":"compressed 🎉"}');
    const headers = { ...json, 'content-encoding': 'gzip' };
    const answer = await fetch(`${server.url}/_inference/answers`, { method: 'POST', headers, body });
    expect(await answer.json()).toEqual({ completion: [{ result: 'compressed 🎉' }] });
  });

  it('that decompresses to more than 16 MiB is refused', async () => {
    const answer = await post(gzipSync(withLength(16 * 1024 * 1024 + 1)), { 'content-encoding': 'gzip' });
    expect(answer.status).toBe(413);
  });

  it('may wait for leave to be sent', async () => {
    const head = `POST /_inference/answers HTTP/1.1\r\nhost: a\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\n`;
    const answer = await exchange(
      server.url,
      `${head}expect: 100-continue\r\nconnection: close\r\ncontent-length: 13\r\n\r\n`,
      '{"input":"a"}',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });
});

describe('a connection', () => {
  it('serves one request after the other, also when they come together', async () => {
    const get = (more: string) => `GET /_health HTTP/1.1\r\nhost: a\r\n${more}\r\n`;
    const answer = await exchange(server.url, `${get('')}${get('')}${get('connection: close\r\n')}`);
    expect(answer.match(/{"status":"ok"}/g)).toHaveLength(3);
    expect(answer.match(/^Connection: .*$/gm)).toEqual([
      'Connection: keep-alive',
      'Connection: keep-alive',
      'Connection: close',
    ]);
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n', '400 Bad Request'],
    ['a path that is not encoded', 'GET /_inference/café HTTP/1.1\r\nhost: a\r\n\r\n', '400 Bad Request'],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na', '400 Bad Request'],
    [
      'too long headers',
      `GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
      '431 Request Header Fields Too Large',
    ],
  ])('with %s is refused', async (_, sent, status) => {
    expect(await exchange(server.url, sent)).toBe(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
  });
});

describe('a path', () => {
  it.each([
    '/_inference/answers',
    '/_inference/answers/',
    '/_inference/completion/answers//',
    '/_inference/%61nswers',
    '/_inference/completion/answer%73?pretty',
  ])('%s is that of an endpoint', async (path) => {
    expect(await (await ask(server, 'GET', path)).json()).toMatchObject({ endpoints: [{ inference_id: 'answers' }] });
  });

  it('keeps a slash that is encoded', async () => {
    const answer = await ask(server, 'GET', '/_inference/completion%2Fanswers');
    expect(await answer.json()).toMatchObject({
      error: { reason: 'Inference endpoint not found [completion/answers]' },
    });
  });

  it.each([
    ['GET', '/nowhere', 400, { error: 'no handler found for uri [/nowhere] and method [GET]' }],
    [
      'POST',
      '//_inference/answers',
      400,
      { error: 'no handler found for uri [//_inference/answers] and method [POST]' },
    ],
    [
      'PATCH',
      '/_inference/answers',
      405,
      {
        error:
          'Incorrect HTTP method for uri [/_inference/answers] and method [PATCH], allowed: [GET, POST, PUT, DELETE]',
        status: 405,
      },
    ],
  ])('%s %s has no route', async (method, path, status, body) => {
    const answer = await ask(server, method, path, method === 'POST' ? {} : undefined);
    expect([answer.status, await answer.json()]).toEqual([status, body]);
  });
});

describe('a caller that leaves', () => {
  it.each([
    ['before an answer', '/_inference/answers', 'stay silent'],
    ['before a stream', '/_inference/answers/_stream', 'stay silent'],
    ['in a stream', '/_inference/answers/_stream', 'begin and stay silent'],
  ])('%s ends the call to the service', async (_, path, input) => {
    const left = new AbortController();
    const { length } = openAi.sent;
    const departures = openAi.departures();
    const answer = ask(server, 'POST', path, { input }, { signal: left.signal });
    await expect.poll(() => openAi.sent.length).toBe(length + 1);
    if (input.startsWith('begin')) await answer;
    left.abort();
    await answer.then((response) => response.text()).catch(() => {});
    await expect.poll(() => openAi.departures()).toBe(departures + 1);
    expect((await ask(server, 'GET', '/_health')).status).toBe(200);
  });
});

it('logs each request, and nothing that was said or is secret', async () => {
  const { length } = server.stderr;
  await ask(server, 'POST', '/_inference/answers', { input: 'a private thought' });
  await expect.poll(() => server.stderr.length).toBe(length + 1);
  expect(JSON.parse(server.stderr.at(-1) ?? '')).toMatchObject({
    level: 'info',
    message: 'request',
    operation: 'infer',
    task_type: 'completion',
    service: 'openai',
    status: 200,
  });
  const log = server.stderr.join('\n');
  for (const secret of ['a private thought', 'sk-of-the-tests', testKey, 'a secret of the tests']) {
    expect(log).not.toContain(secret);
  }
});
