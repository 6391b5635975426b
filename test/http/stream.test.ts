import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GatewayEvent } from '../../lib/http/event.ts';
import type { Respond } from '../../lib/http/serve.ts';
import { lambdaHandler, writeBody } from '../../lib/http/stream.ts';
import type { HttpAnswer } from '../../lib/http/types.ts';

const event: GatewayEvent = { httpMethod: 'GET', path: '/', headers: {}, queryStringParameters: null };

/** Lambda's side of a streamed answer: what it writes, prelude and body apart. */
const runOnLambda = async (answer: HttpAnswer) => {
  const preludes: object[] = [];
  const out = new PassThrough();
  vi.stubGlobal('awslambda', {
    streamifyResponse: (handler: (event: GatewayEvent, stream: PassThrough) => Promise<void>) => handler,
    HttpResponseStream: {
      from: (stream: PassThrough, prelude: object) => {
        preludes.push(prelude);
        return stream;
      },
    },
  });
  const chunks: Buffer[] = [];
  out.on('data', (chunk: Buffer) => chunks.push(chunk));
  const respond: Respond = async () => answer;
  await lambdaHandler(respond, { streaming: true })(event, out);
  return { prelude: preludes[0], body: Buffer.concat(chunks) };
};

afterEach(() => {
  vi.unstubAllGlobals();
});

const offsets = Array.from({ length: 11 }, (_, i) => 16_380 + i);

describe('the stream adapter', () => {
  it.each(offsets)('passes an emoji at offset %i on byte for byte', async (offset) => {
    const text = `${'a'.repeat(offset)}😀${'b'.repeat(40_000)}`;
    const { body } = await runOnLambda({ statusCode: 200, headers: {}, body: text });
    expect(body.equals(Buffer.from(text, 'utf8'))).toBe(true);
  });

  it.each(offsets)('passes an emoji at offset %i of a streamed piece on byte for byte', async (offset) => {
    const text = `${'a'.repeat(offset)}😀`;
    const pieces = (async function* () {
      yield text;
      yield Buffer.from(text);
    })();
    const { body } = await runOnLambda({ statusCode: 200, headers: {}, body: pieces });
    expect(body.equals(Buffer.from(text + text, 'utf8'))).toBe(true);
  });

  it('gives status and headers first, lists apart', async () => {
    const { prelude, body } = await runOnLambda({
      statusCode: 401,
      headers: { 'content-type': 'application/json', 'WWW-Authenticate': ['Basic', 'ApiKey'] },
      body: '',
    });
    expect(prelude).toEqual({
      statusCode: 401,
      headers: { 'content-type': 'application/json' },
      multiValueHeaders: { 'WWW-Authenticate': ['Basic', 'ApiKey'] },
    });
    expect(body.length).toBe(0);
  });

  it('waits for a slow reader', async () => {
    const slow = new PassThrough({ highWaterMark: 1024 });
    vi.stubGlobal('awslambda', {
      streamifyResponse: (handler: unknown) => handler,
      HttpResponseStream: { from: (stream: PassThrough) => stream },
    });
    let written = 0;
    const pieces = (async function* () {
      for (let i = 0; i < 100; i += 1) {
        written += 1;
        yield 'x'.repeat(1024);
      }
    })();
    const done = lambdaHandler(async () => ({ statusCode: 200, headers: {}, body: pieces }), { streaming: true })(
      event,
      slow,
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBeLessThan(10);
    let size = 0;
    slow.on('data', (chunk: Buffer) => {
      size += chunk.length;
    });
    await Promise.all([done, once(slow, 'end')]);
    expect(size).toBe(100 * 1024);
  });

  it('takes no more pieces for a caller who has left', async () => {
    const left = new AbortController();
    const stream = new PassThrough();
    let closed = false;
    const pieces = (async function* () {
      try {
        yield 'a';
        left.abort();
        yield 'b';
        yield 'c';
      } finally {
        closed = true;
      }
    })();
    await writeBody(pieces, stream, left.signal);
    expect(String(stream.read())).toBe('a');
    expect(closed).toBe(true);
  });

  it('answers whole where the runtime cannot stream', async () => {
    vi.stubGlobal('awslambda', {});
    const respond: Respond = async () => ({ statusCode: 200, headers: { a: 'b' }, body: 'ä😀' });
    expect(await lambdaHandler(respond, { streaming: true })(event, undefined)).toEqual({
      statusCode: 200,
      headers: { a: 'b' },
      body: 'ä😀',
    });
  });

  it('answers a stream as one text where the gateway takes whole answers alone, though the runtime could stream', async () => {
    vi.stubGlobal('awslambda', {
      streamifyResponse: () => {
        throw new Error('streams');
      },
      HttpResponseStream: { from: () => new PassThrough() },
    });
    const bytes = Buffer.from('😀ä');
    const pieces = (async function* () {
      yield 'event: message\n';
      yield bytes.subarray(0, 2);
      yield bytes.subarray(2);
      yield '\n\n';
    })();
    const headers = { 'content-type': 'text/event-stream', 'WWW-Authenticate': ['Basic', 'ApiKey'] };
    const handler = lambdaHandler(async () => ({ statusCode: 207, headers, body: pieces }), { streaming: false });
    expect(await handler(event, undefined)).toEqual({
      statusCode: 207,
      headers: { 'content-type': 'text/event-stream' },
      multiValueHeaders: { 'WWW-Authenticate': ['Basic', 'ApiKey'] },
      body: `event: message\n😀ä\n\n`,
    });
  });
});
