import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEvent } from '../../local/gateway-event.ts';

const none = Buffer.alloc(0);
const json = { 'content-type': 'application/json' };

describe('createEvent', () => {
  it('makes the event of API Gateway', () => {
    const headers = { ...json, 'x-opaque-id': 'a' };
    const { requestContext, ...event } = createEvent(
      { method: 'PUT', url: '/_inference/a%2Fb?timeout=1s&pretty', headers },
      Buffer.from('{"input":"🎉"}'),
    );
    expect(event).toEqual({
      httpMethod: 'PUT',
      path: '/_inference/a%2Fb',
      headers,
      queryStringParameters: { timeout: '1s', pretty: '' },
      body: '{"input":"🎉"}',
      isBase64Encoded: false,
    });
    expect(requestContext.requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it.each([
    ['/a', '/a', null],
    ['/a?', '/a', null],
    ['/a/?b', '/a/', { b: '' }],
    ['/a?b=1&b=2', '/a', { b: '2' }],
    ['/a?b=%F0%9F%8E%89+c%26', '/a', { b: '🎉 c&' }],
    ['/a?__proto__=1', '/a', Object.fromEntries([['__proto__', '1']])],
    ['/a//../%2e?b=c?d', '/a//../%2e', { b: 'c?d' }],
    ['http://127.0.0.1:9200/a?b=1', '/a', { b: '1' }],
    ['http://127.0.0.1', '/', null],
    ['*', '*', null],
  ])('takes %s for a path and a query', (url, path, query) => {
    const event = createEvent({ method: 'GET', url, headers: {} }, none);
    expect([event.path, event.queryStringParameters]).toEqual([path, query]);
  });

  it('leaves out what is no single header', () => {
    const { headers } = createEvent({ method: 'GET', url: '/', headers: { ...json, 'set-cookie': ['a=b'] } }, none);
    expect(headers).toEqual(json);
  });

  const gzipped = gzipSync('{"input":"a"}');
  it.each([
    ['nothing', none, {}, null, false],
    ['text', Buffer.from('é'), {}, 'é', false],
    ['bytes that are no text', Buffer.from([0xff, 0xfe]), {}, '//4=', true],
    ['gzip', gzipped, { 'content-encoding': 'gzip' }, gzipped.toString('base64'), true],
    ['text that is announced as compressed', Buffer.from('é'), { 'content-encoding': 'br' }, 'w6k=', true],
    ['gzip that nothing announces', gzipped, {}, gzipped.toString('base64'), true],
  ])('hands on a body of %s', (_, bytes, headers, body, isBase64Encoded) => {
    const event = createEvent({ method: 'POST', url: '/', headers }, bytes);
    expect([event.body, event.isBase64Encoded]).toEqual([body, isBase64Encoded]);
  });

  it('loses no byte of a body', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const { body, isBase64Encoded } = createEvent({ method: 'POST', url: '/', headers: {} }, Buffer.from(bytes));
        expect(Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8')).toEqual(Buffer.from(bytes));
      }),
    );
  });
});
