import { getEventListeners } from 'node:events';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { InferenceError } from '../../lib/api/errors.ts';
import { createEgress } from '../../lib/transport/egress.ts';
import { createHttp, type HttpLimits } from '../../lib/transport/http.ts';
import { type Http, OutboundError, type OutboundRequest, type SendOptions } from '../../lib/transport/types.ts';
import { refusingOrigin, type Script, startFakeService, startSilentServer } from '../helpers/fake-service.ts';

const open: Http[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((http) => http.close()));
});

/** As in production: the loopback interface is out of reach. */
const guarded = (limits: Partial<HttpLimits> = {}): Http => {
  const http = createHttp({ egress: createEgress({}), limits });
  open.push(http);
  return http;
};

/** All calls go to `origin`, which the map makes the operator's. */
const leadingTo = (origin: string, limits: Partial<HttpLimits> = {}): Http => {
  const http = createHttp({ egress: createEgress({ '*': `${origin}/{host}` }), limits });
  open.push(http);
  return http;
};

const request: OutboundRequest = {
  url: 'https://api.example/v1/chat?x=1',
  headers: { 'content-type': 'application/json' },
  body: '{"input":"Ägypten"}',
};
const { signal } = new AbortController();
const timedOut = new DOMException('The time is over', 'TimeoutError');
const left = new Error('The caller left');

/** The error of a call, by what it tells. */
const kindOf = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    return await call;
  } catch (error) {
    return error instanceof OutboundError ? { kind: error.kind, host: error.host } : error;
  }
};

const readPieces = async (body: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return pieces;
};
const readAll = async (body: AsyncIterable<Uint8Array>): Promise<string> =>
  Buffer.concat(await readPieces(body)).toString('utf8');

const iterate = (body: AsyncIterable<Uint8Array>) => body[Symbol.asyncIterator]();

/** Either way to run one request to its end. */
const whole = async (http: Http, asked = request, options: SendOptions = { signal }) => http.whole(asked, options);
const streamed = async (http: Http, asked = request, options: SendOptions = { signal }) => {
  const { body, ...answer } = await http.stream(asked, options);
  return { ...answer, text: await readAll(body) };
};
const ways = [
  { way: 'whole', run: whole },
  { way: 'stream', run: streamed },
] as const;

describe.each(ways)('createHttp, $way: answers', ({ run }) => {
  it('sends the request as it is, with its length and without a wish for packed answers', async () => {
    await using service = await startFakeService({ type: 'answer', body: 'ok' });
    const asked = { ...request, headers: { ...request.headers, Authorization: 'Bearer x' } };
    await run(leadingTo(service.origin), asked);
    expect(service.requests).toEqual([
      {
        method: 'POST',
        path: '/api.example/v1/chat?x=1',
        headers: {
          host: service.host,
          connection: 'keep-alive',
          'accept-encoding': 'identity',
          'content-type': 'application/json',
          authorization: 'Bearer x',
          'content-length': '20',
        },
        body: '{"input":"Ägypten"}',
      },
    ]);
  });

  it('sends a GET without a body', async () => {
    await using service = await startFakeService({ type: 'answer', body: 'ok' });
    await run(leadingTo(service.origin), { ...request, method: 'GET', headers: {}, body: '' });
    expect(service.requests).toEqual([
      {
        method: 'GET',
        path: '/api.example/v1/chat?x=1',
        headers: { host: service.host, connection: 'keep-alive', 'accept-encoding': 'identity' },
        body: '',
      },
    ]);
  });

  it('keeps the length of an empty POST, a host of its own and odd escapes in the path', async () => {
    await using service = await startFakeService({ type: 'answer', body: 'ok' });
    const url = 'https://bedrock.example/model/a%3A0%2Fb/invoke?q=%20%C3%84';
    await run(leadingTo(service.origin), { url, headers: { host: 'bedrock.example' }, body: '' });
    expect(service.requests).toMatchObject([
      {
        path: '/bedrock.example/model/a%3A0%2Fb/invoke?q=%20%C3%84',
        headers: { host: 'bedrock.example', 'content-length': '0' },
      },
    ]);
  });

  it('lets no header of a user touch the connection', async () => {
    await using service = await startFakeService({ type: 'answer', body: 'ok' });
    const headers = {
      'Content-Length': '3',
      'Transfer-Encoding': 'chunked',
      Connection: 'close',
      Expect: '100-continue',
      Upgrade: 'h2c',
      'Keep-Alive': 'timeout=1',
      'Accept-Encoding': 'br',
      'x-own': '1',
    };
    await run(leadingTo(service.origin), { ...request, headers });
    expect(service.requests.map((received) => received.headers)).toEqual([
      {
        host: service.host,
        connection: 'keep-alive',
        'accept-encoding': 'identity',
        'x-own': '1',
        'content-length': '20',
      },
    ]);
  });

  it.each([200, 204, 301, 307, 400, 401, 429, 500, 503])('gives an answer of status %i as it is', async (status) => {
    const body = status === 204 ? '' : '<html>elsewhere</html>';
    const headers = { location: 'https://elsewhere.example/' };
    await using service = await startFakeService({ type: 'answer', status, headers, body });
    const answer = await run(leadingTo(service.origin));
    expect(answer).toMatchObject({ status, headers, text: body });
    expect(service.requests).toHaveLength(1);
  });

  it.each<[string, Script, string]>([
    ['HTML', { type: 'answer', headers: { 'content-type': 'text/html' }, body: '<h1>No</h1>' }, '<h1>No</h1>'],
    ['chunks', { type: 'stream', pieces: ['{"a":', '"', 'ä', '"}'], pause: 1, ending: 'end' }, '{"a":"ä"}'],
    [
      'a character in two pieces',
      { type: 'stream', pieces: [Buffer.of(0xc3), Buffer.of(0xa4)], pause: 5, ending: 'end' },
      'ä',
    ],
    ['bytes that are not UTF-8', { type: 'answer', body: Buffer.of(0x61, 0xff, 0x62) }, 'a\u{fffd}b'],
    ['gzip', { type: 'answer', headers: { 'content-encoding': 'gzip' }, body: gzipSync('Ägypten') }, 'Ägypten'],
    ['x-gzip', { type: 'answer', headers: { 'content-encoding': 'X-GZIP' }, body: gzipSync('Ägypten') }, 'Ägypten'],
    [
      'deflate',
      { type: 'answer', headers: { 'content-encoding': 'deflate' }, body: deflateSync('Ägypten') },
      'Ägypten',
    ],
    ['br', { type: 'answer', headers: { 'content-encoding': 'br' }, body: brotliCompressSync('Ägypten') }, 'Ägypten'],
    [
      'gzip in br',
      { type: 'answer', headers: { 'content-encoding': 'gzip, br' }, body: brotliCompressSync(gzipSync('Ägypten')) },
      'Ägypten',
    ],
    ['identity', { type: 'answer', headers: { 'content-encoding': 'identity' }, body: 'Ägypten' }, 'Ägypten'],
  ])('reads %s', async (_, script, text) => {
    await using service = await startFakeService(script);
    expect(await run(leadingTo(service.origin))).toMatchObject({ status: 200, text });
  });

  it('joins headers that come more than once', async () => {
    await using service = await startFakeService({ type: 'answer', headers: { 'X-Rate': ['a', 'b'] }, body: '' });
    expect(await run(leadingTo(service.origin))).toMatchObject({
      headers: { 'x-rate': 'a, b', 'content-length': '0' },
    });
  });

  it('uses one connection for calls that follow each other', async () => {
    await using service = await startFakeService({ type: 'answer', body: '{}' });
    const http = leadingTo(service.origin);
    for (let call = 0; call < 5; call++) {
      await run(http);
      await setImmediate(); // the connection is free again in the next turn of the event loop
    }
    expect([service.requests.length, service.connections.length]).toEqual([5, 1]);
  });
});

describe.each(ways)('createHttp, $way: troubles', ({ run }) => {
  const connection = { kind: 'connection', host: 'api.example' };

  it.each<[string, Script]>([
    ['a reset before the answer', { type: 'reset' }],
    ['a cut before the first byte', { type: 'stream', headers: { 'content-length': '9' }, pieces: [], ending: 'cut' }],
    ['a cut in the middle', { type: 'stream', headers: { 'content-length': '9' }, pieces: ['{"a"'], ending: 'cut' }],
    ['a cut between chunks', { type: 'stream', pieces: ['{"a"'], ending: 'cut' }],
    [
      'gzip that ends early',
      { type: 'answer', headers: { 'content-encoding': 'gzip' }, body: gzipSync('Ägypten').subarray(0, -9) },
    ],
    ['gzip that is none', { type: 'answer', headers: { 'content-encoding': 'gzip' }, body: 'Ägypten' }],
    ['br that is none', { type: 'answer', headers: { 'content-encoding': 'br' }, body: 'Ägypten' }],
  ])('%s is a connection error, after one request', async (_, script) => {
    await using service = await startFakeService(script);
    expect(await kindOf(run(leadingTo(service.origin)))).toEqual(connection);
    expect(service.requests).toHaveLength(1);
  });

  it('a refused connection is a connection error', async () => {
    expect(await kindOf(run(leadingTo(await refusingOrigin())))).toEqual(connection);
  });

  it('a service that speaks no TLS is a connection error', async () => {
    await using service = await startFakeService({ type: 'answer', body: 'ok' });
    const http = leadingTo(service.origin.replace('http:', 'https:'));
    expect(await kindOf(run(http))).toEqual(connection);
  });

  it.each([
    ['no url', 'no url'],
    ['', ''],
    ['ftp://files.example/x', 'files.example'],
    ['https://user:password@api.example/v1', 'api.example'],
    ['https://key@api.example/v1?key=secret', 'api.example'],
    ['https://user:pass@word@a b.example/v1', 'a b.example'],
    ['https://api.example:99999/', 'api.example:99999'],
    ['file:///etc/passwd', ''],
  ])('%j is a bad URL, and no error tells its secrets', async (url, host) => {
    await using service = await startFakeService({ type: 'answer', body: 'ok' });
    const asked = { ...request, url };
    expect(await kindOf(run(leadingTo(service.origin), asked))).toEqual({ kind: 'bad_url', host });
    expect(await kindOf(run(guarded(), asked))).toEqual({ kind: 'bad_url', host });
    expect(service.requests).toEqual([]);
  });

  it.each([
    ['authorization', 'Bearer x\r\nx-more: 1'],
    ['authorization', 'Bearer schlüssel\u{2603}'],
    ['not a name', 'the value'],
  ])('a header %s with %j cannot be sent, and the error does not tell it', async (name, value) => {
    await using service = await startFakeService({ type: 'answer', body: 'ok' });
    const error = await kindOf(run(leadingTo(service.origin), { ...request, headers: { [name]: value } }));
    expect(error).toBeInstanceOf(InferenceError);
    expect(error).toMatchObject({ status: 400, type: 'illegal_argument_exception' });
    expect(String(error)).not.toContain(value);
    expect(service.requests).toEqual([]);
  });

  it('an aborted signal ends a call before it begins', async () => {
    await using service = await startFakeService({ type: 'answer', body: 'ok' });
    const options = { signal: AbortSignal.abort(left) };
    await expect(run(leadingTo(service.origin), request, options)).rejects.toBe(left);
    expect(service.connections).toEqual([]);
  });

  it.each([
    ['the time is over', timedOut],
    ['the caller leaves', left],
    ['something without an error aborts', 'gone'],
  ])('throws the reason and closes the connection when %s while the service thinks', async (_, reason) => {
    await using service = await startFakeService({ type: 'hang' });
    const leaving = new AbortController();
    const call = run(leadingTo(service.origin), request, leaving);
    const failure = expect(call).rejects.toBe(reason);
    await service.received(1);
    leaving.abort(reason);
    await failure;
    await service.connections[0]?.closed;
  });

  it.each([
    ['the time is over', timedOut],
    ['the caller leaves', left],
  ])('throws the reason and closes the connection when %s before the first byte', async (_, reason) => {
    await using service = await startFakeService({ type: 'stream', pieces: [], ending: 'hang' });
    const leaving = new AbortController();
    const failure = expect(run(leadingTo(service.origin), request, leaving)).rejects.toBe(reason);
    await service.received(1);
    await setTimeout(20); // the headers come meanwhile
    leaving.abort(reason);
    await failure;
    await service.connections[0]?.closed;
  });

  it('throws the reason at once while the connection is being made', async () => {
    await using service = await startSilentServer();
    const leaving = new AbortController();
    const failure = expect(run(leadingTo(`https://${service.host}`), request, leaving)).rejects.toBe(left);
    await service.connected;
    leaving.abort(left);
    await failure;
  });

  it('never sends what was ended before its connection was there', async () => {
    await using service = await startFakeService({ type: 'answer', body: 'ok' });
    const http = leadingTo(service.origin);
    const leaving = new AbortController();
    const failure = expect(run(http, { ...request, body: 'ended' }, leaving)).rejects.toBe(left);
    leaving.abort(left);
    await failure;
    await service.connections[0]?.closed;
    await run(http, { ...request, body: 'sent' });
    expect(service.requests.map(({ body }) => body)).toEqual(['sent']);
  });

  it('leaves nothing on a signal that lives longer than the call', async () => {
    await using service = await startFakeService((_, index) =>
      index === 0 ? { type: 'answer', body: 'ok' } : { type: 'reset' },
    );
    const http = leadingTo(service.origin);
    const caller = new AbortController();
    await run(http, request, caller);
    await kindOf(run(http, request, caller));
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  });

  it('answers the next call on a connection of its own after one was ended', async () => {
    await using service = await startFakeService((_, index) =>
      index === 0 ? { type: 'hang' } : { type: 'answer', body: 'ok' },
    );
    const http = leadingTo(service.origin);
    const leaving = new AbortController();
    const failure = expect(run(http, request, leaving)).rejects.toBe(left);
    await service.received(1);
    leaving.abort(left);
    await failure;
    expect(await run(http)).toMatchObject({ text: 'ok' });
    expect(service.connections).toHaveLength(2);
  });

  it('close ends calls under way', async () => {
    await using service = await startFakeService({ type: 'hang' });
    const http = leadingTo(service.origin);
    const failure = kindOf(run(http));
    await service.received(1);
    await http.close();
    expect(await failure).toEqual(connection);
    await service.connections[0]?.closed;
  });
});

describe.each(ways)('createHttp, $way: the address guard', ({ run }) => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['0177.0.0.1', '127.0.0.1'],
    ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    ['localhost', 'localhost'],
    ['localhost.', 'localhost.'],
  ])('refuses %s, and no connection is made', async (written, host) => {
    await using service = await startFakeService({ type: 'answer', body: 'ok' });
    const url = service.origin.replace('127.0.0.1', written);
    expect(await kindOf(run(guarded(), { ...request, url }))).toEqual({ kind: 'unknown_host', host });
    expect(service.connections).toEqual([]);
  });

  it.each([
    'http://[::1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
    'https://10.0.0.1/',
  ])('refuses %s', async (url) => {
    const { hostname } = new URL(url);
    expect(await kindOf(run(guarded(), { ...request, url }))).toEqual({ kind: 'unknown_host', host: hostname });
  });

  it('does not guard an address of the operator, whose connections serve nobody else', async () => {
    await using service = await startFakeService({ type: 'answer', body: 'ok' });
    const http = guarded();
    const asked = { ...request, url: `${service.origin}/x` };
    expect(await run(http, asked, { signal, trusted: true })).toMatchObject({ text: 'ok' });
    expect(await kindOf(run(http, asked))).toEqual({ kind: 'unknown_host', host: '127.0.0.1' });
    expect(service.requests).toHaveLength(1);
  });

  it('tells a name that cannot exist from a connection that fails', async () => {
    const host = `${'a'.repeat(64)}.example`; // a label too long to ask anyone for
    expect(await kindOf(run(guarded(), { ...request, url: `https://${host}/` }))).toEqual({
      kind: 'unknown_host',
      host,
    });
  });
});

describe('createHttp, whole: the size of answers', () => {
  const tooLarge = { kind: 'too_large', host: 'api.example' };
  const packed = (pack: (text: string) => Buffer, encoding: string): Script => ({
    type: 'answer',
    headers: { 'content-encoding': encoding },
    body: pack('a'.repeat(101)),
  });

  it.each<[string, Script]>([
    ['by its content-length', { type: 'stream', headers: { 'content-length': '101' }, pieces: ['a'], ending: 'hang' }],
    ['by what has come', { type: 'stream', pieces: ['a'.repeat(60), 'a'.repeat(41)], pause: 1, ending: 'hang' }],
    ['by what gzip holds', packed(gzipSync, 'gzip')],
    ['by what deflate holds', packed(deflateSync, 'deflate')],
    ['by what deflate without a header holds', packed(deflateRawSync, 'deflate')],
    ['by what br holds', packed(brotliCompressSync, 'br')],
  ])('refuses an answer above the limit, %s', async (_, script) => {
    await using service = await startFakeService(script);
    expect(await kindOf(leadingTo(service.origin, { answerBytes: 100 }).whole(request, { signal }))).toEqual(tooLarge);
  });

  it.each<[string, Script]>([
    ['plain', { type: 'answer', body: 'a'.repeat(100) }],
    ['gzip', { type: 'answer', headers: { 'content-encoding': 'gzip' }, body: gzipSync('a'.repeat(100)) }],
    [
      'deflate without a header',
      { type: 'answer', headers: { 'content-encoding': 'deflate' }, body: deflateRawSync('a'.repeat(100)) },
    ],
  ])('takes an answer of just the limit, %s', async (_, script) => {
    await using service = await startFakeService(script);
    const { text } = await leadingTo(service.origin, { answerBytes: 100 }).whole(request, { signal });
    expect(text).toBe('a'.repeat(100));
  });

  it('closes the connection of an answer that is too large', async () => {
    await using service = await startFakeService({ type: 'stream', pieces: ['a'.repeat(101)], ending: 'hang' });
    await kindOf(leadingTo(service.origin, { answerBytes: 100 }).whole(request, { signal }));
    await service.connections[0]?.closed;
  });

  it('takes an empty answer that calls itself gzip', async () => {
    await using service = await startFakeService({ type: 'answer', headers: { 'content-encoding': 'gzip' }, body: '' });
    expect(await leadingTo(service.origin).whole(request, { signal })).toMatchObject({ status: 200, text: '' });
  });
});

describe('createHttp, stream: the body', () => {
  const hello: Script = { type: 'stream', pieces: ['hello'], ending: 'hang' };
  const packed: Script = {
    type: 'stream',
    headers: { 'content-encoding': 'gzip' },
    pieces: [gzipSync('hello')],
    ending: 'hang',
  };

  it('comes after status and headers, piece by piece', async () => {
    await using service = await startFakeService({
      type: 'stream',
      status: 400,
      pieces: ['a', 'b'],
      pause: 20,
      ending: 'end',
    });
    const { status, body } = await leadingTo(service.origin).stream(request, { signal });
    const pieces = (await readPieces(body)).map((piece) => Buffer.from(piece).toString());
    expect({ status, pieces }).toEqual({ status: 400, pieces: ['a', 'b'] });
  });

  it.each([
    ['plain', hello],
    ['gzip', packed],
  ])('comes before the answer is complete (%s)', async (_, script) => {
    await using service = await startFakeService(script);
    const { body } = await leadingTo(service.origin).stream(request, { signal });
    for await (const piece of body) {
      expect(Buffer.from(piece).toString()).toBe('hello');
      break;
    }
    await service.connections[0]?.closed;
  });

  it.each([
    ['plain', hello],
    ['gzip', packed],
  ])('closes the connection when its reader leaves while it waits for a piece (%s)', async (_, script) => {
    await using service = await startFakeService(script);
    const { body } = await leadingTo(service.origin).stream(request, { signal });
    const reader = iterate(body);
    await reader.next();
    const waiting = reader.next();
    await reader.return?.();
    expect([await waiting, await reader.next()]).toEqual([
      { value: undefined, done: true },
      { value: undefined, done: true },
    ]);
    await service.connections[0]?.closed;
  });

  it('closes the connection when its reader leaves before the first byte', async () => {
    await using service = await startFakeService({ type: 'stream', pieces: [], ending: 'hang' });
    const { body } = await leadingTo(service.origin).stream(request, { signal });
    await iterate(body).return?.();
    await service.connections[0]?.closed;
  });

  it('outlives the deadline once the first byte is there', async () => {
    await using service = await startFakeService({ type: 'stream', pieces: ['a', 'b'], pause: 20, ending: 'end' });
    const deadline = new AbortController();
    const { body } = await leadingTo(service.origin).stream(request, deadline);
    const reader = iterate(body);
    const first = await reader.next();
    deadline.abort(timedOut);
    const pieces = [first, await reader.next(), await reader.next()];
    expect(pieces.map(({ value }) => value && Buffer.from(value).toString())).toEqual(['a', 'b', undefined]);
  });

  it.each([
    ['plain', hello],
    ['gzip', packed],
  ])('ends with the caller at any time (%s)', async (_, script) => {
    await using service = await startFakeService(script);
    const leaving = new AbortController();
    const { body } = await leadingTo(service.origin).stream(request, leaving);
    const reader = iterate(body);
    await reader.next();
    const failure = expect(reader.next()).rejects.toBe(left);
    leaving.abort(left);
    await failure;
    await service.connections[0]?.closed;
    expect(await reader.next()).toEqual({ value: undefined, done: true });
  });

  it('drops what nobody has read when the caller leaves', async () => {
    await using service = await startFakeService(hello);
    const leaving = new AbortController();
    const { body } = await leadingTo(service.origin).stream(request, leaving);
    await setTimeout(50); // the piece comes meanwhile
    leaving.abort(left);
    await expect(iterate(body).next()).rejects.toBe(left);
  });

  it('gives what has come before a cut, then the error', async () => {
    await using service = await startFakeService({ type: 'stream', pieces: ['a', 'b'], pause: 5, ending: 'cut' });
    const { body } = await leadingTo(service.origin).stream(request, { signal });
    await service.connections[0]?.closed;
    const reader = iterate(body);
    const text = Buffer.concat(
      [(await reader.next()).value, (await reader.next()).value].filter((value) => value !== undefined),
    );
    expect(text.toString()).toBe('ab');
    expect(await kindOf(reader.next())).toEqual({ kind: 'connection', host: 'api.example' });
    expect(await reader.next()).toEqual({ value: undefined, done: true });
  });

  it('fails when the service falls silent after the first byte', async () => {
    await using service = await startFakeService(hello);
    const { body } = await leadingTo(service.origin, { silence: 20 }).stream(request, { signal });
    expect(await kindOf(readAll(body))).toEqual({ kind: 'silent', host: 'api.example' });
    await service.connections[0]?.closed;
  });

  it('fails when the service falls silent after it was held back', async () => {
    // Exactly what makes a connection pause, so that resuming it brings nothing.
    const pieces = ['a'.repeat(64 * 1024)];
    await using service = await startFakeService({ type: 'stream', pieces, ending: 'hang' });
    const { body } = await leadingTo(service.origin, { silence: 20 }).stream(request, { signal });
    await setTimeout(100);
    expect(await kindOf(readAll(body))).toEqual({ kind: 'silent', host: 'api.example' });
  });

  it('does not count the silence before the first byte', async () => {
    await using service = await startFakeService({ type: 'stream', pieces: ['late'], pause: 400, ending: 'end' });
    const { body } = await leadingTo(service.origin, { silence: 200 }).stream(request, { signal });
    expect(await readAll(body)).toBe('late');
  });

  it('does not count the time of a slow reader', async () => {
    const text = 'a'.repeat(256 * 1024);
    await using service = await startFakeService({ type: 'stream', pieces: [text], ending: 'end' });
    const { body } = await leadingTo(service.origin, { silence: 200 }).stream(request, { signal });
    await setTimeout(400);
    expect(await readAll(body)).toBe(text);
  });

  it('holds the service back while its reader is slow', async () => {
    const pieces = Array.from({ length: 64 }, () => Buffer.alloc(1024 * 1024, 'a'));
    await using service = await startFakeService({ type: 'stream', pieces, ending: 'end' });
    const { body } = await leadingTo(service.origin).stream(request, { signal });
    await setTimeout(300); // enough for all of it, were it collected
    expect(service.bytesSent()).toBeLessThan(32 * 1024 * 1024);
    let size = 0;
    for await (const { length } of body) size += length;
    expect(size).toBe(64 * 1024 * 1024);
  });

  it('streams more than a whole answer may have', async () => {
    await using service = await startFakeService({ type: 'answer', body: 'a'.repeat(101) });
    const { body } = await leadingTo(service.origin, { answerBytes: 100 }).stream(request, { signal });
    expect(await readAll(body)).toBe('a'.repeat(101));
  });
});
