import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statusException } from '../../lib/api/errors.ts';
import { answerError, answerReply } from '../../lib/http/answer.ts';
import { prettyJson } from '../../lib/http/pretty.ts';
import { RouterError } from '../../lib/http/router.ts';
import { missingCredentials } from '../../lib/security/unauthorized.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { goodBody, openai, putEndpoint } from '../inference/openai.ts';

const plain = { accept: undefined, pretty: false, filterPath: undefined, opaqueId: undefined };
const vendor = 'application/vnd.elasticsearch+json;compatible-with=9';

/** Answers of all kinds: whole, empty, streamed, refused by the router, by the edge, by a use case and as events. */
const asked = [
  { title: 'a list', method: 'GET', path: '/_inference', status: 200 },
  { title: 'a ping', method: 'HEAD', path: '/', status: 200 },
  { title: 'a result', method: 'POST', path: '/_inference/e', body: goodBody.completion, status: 200 },
  { title: 'a stream', method: 'POST', path: '/_inference/e/_stream', body: goodBody.completion, status: 200 },
  { title: 'a missing endpoint', method: 'GET', path: '/_inference/none', status: 404 },
  { title: 'an unknown path', method: 'GET', path: '/nothing', status: 400 },
  { title: 'a wrong method', method: 'PATCH', path: '/_inference/e', status: 405 },
  { title: 'an unknown task type', method: 'POST', path: '/_inference/x/e', body: {}, status: 400 },
  { title: 'no body', method: 'PUT', path: '/_inference/e', status: 400 },
  { title: 'a bad stream', method: 'POST', path: '/_inference/none/_stream', body: {}, status: 404 },
];

const withEndpoint = async () => {
  const whole = createWholeService(scriptedHttp(openai));
  await putEndpoint(whole, 'completion', 'e');
  return whole;
};

describe('a filtered answer', () => {
  it.each([
    [{ json: { a: 1, b: { c: 2 } } }, 'b.c', '{"b":{"c":2}}'],
    [
      { jsonBytes: Buffer.from('{"text_embedding":[{"embedding":[1.0,2.5]}]}') },
      '-nothing',
      '{"text_embedding":[{"embedding":[1.0,2.5]}]}',
    ],
    [
      { jsonBytes: Buffer.from('{"sparse_embedding":[{"is_truncated":false,"embedding":{"tide":2.5,"2024":1.0}}]}') },
      '**.embedding',
      '{"sparse_embedding":[{"embedding":{"tide":2.5,"2024":1.0}}]}',
    ],
    [{ json: { a: 1 } }, 'x', '{}'],
  ])('keeps of %j by %s', (reply, filterPath, body) => {
    expect(answerReply(reply, { ...plain, filterPath }).body).toBe(body);
  });
});

describe('the headers of an answer', () => {
  it.each(asked)('to $title name the product and the caller’s own id', async ({ status, ...request }) => {
    const whole = await withEndpoint();
    const answer = await whole.request({ ...request, headers: { 'x-opaque-id': 'my request, 1' } });
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({ 'X-elastic-product': 'Elasticsearch', 'X-Opaque-Id': 'my request, 1' });
    const without = await whole.request(request);
    expect(without.headers).not.toHaveProperty('X-Opaque-Id');
  });

  it.each(asked)(
    'to $title name the type that was asked for, and events whatever was',
    async ({ status: _, ...request }) => {
      const whole = await withEndpoint();
      const isStream = request.path.endsWith('_stream');
      for (const [accept, type] of [
        ['application/vnd.elasticsearch+json; compatible-with=9,text/plain', vendor],
        ['APPLICATION/vnd.elasticsearch+json;compatible-with=8', vendor],
        ['application/json', 'application/json'],
        ['*/*', 'application/json'],
      ] as const) {
        const { headers } = await whole.request({ ...request, headers: { Accept: accept } });
        expect(headers['content-type']).toBe(isStream ? 'text/event-stream' : type);
      }
    },
  );

  it('to a wrong method name the right ones', async () => {
    const whole = await withEndpoint();
    const answer = await whole.request({ method: 'POST', path: '/_inference/completion/e/_update', body: {} });
    expect(answer).toMatchObject({
      status: 405,
      headers: { Allow: 'PUT' },
      json: {
        error: 'Incorrect HTTP method for uri [/_inference/completion/e/_update] and method [POST], allowed: [PUT]',
        status: 405,
      },
    });
  });

  it('to a missing key name what is taken, above the body and inside it', () => {
    const challenges = ['Basic realm="security", charset="UTF-8"', 'Bearer realm="security"', 'ApiKey'];
    const answer = answerError(missingCredentials('/_inference?pretty'), plain, { chat: false, events: false });
    const error = {
      type: 'security_exception',
      reason: 'missing authentication credentials for REST request [/_inference?pretty]',
      header: { 'WWW-Authenticate': challenges },
    };
    expect(answer.headers).toMatchObject({ 'WWW-Authenticate': challenges });
    expect(JSON.parse(String(answer.body))).toEqual({ error: { root_cause: [error], ...error }, status: 401 });
  });
});

describe('an error', () => {
  it('of an unknown path has no status in its body', () => {
    const answer = answerError(new RouterError(400, 'no handler found'), plain, { chat: false, events: false });
    expect(answer.body).toBe('{"error":"no handler found"}');
  });

  it('that is a bug says nothing of itself', () => {
    const answer = answerError(new TypeError('sk-secret is not a function'), plain, { chat: false, events: false });
    const error = { type: 'exception', reason: 'Internal error; the log has its cause under the request id' };
    expect(answer.statusCode).toBe(500);
    expect(JSON.parse(String(answer.body))).toEqual({ error: { root_cause: [error], ...error }, status: 500 });
  });

  it('on a stream that has not begun is one event, with the status of the error', () => {
    const answer = answerError(statusException(405, 'no'), { ...plain, pretty: true }, { chat: true, events: true });
    expect(answer).toEqual({
      statusCode: 405,
      headers: { 'X-elastic-product': 'Elasticsearch', 'content-type': 'text/event-stream' },
      body: 'event: error\ndata: {"error":{"code":"method_not_allowed","message":"no","type":"status_exception"}}\n\n',
    });
  });
});

describe('?pretty', () => {
  const pretty = { ...plain, pretty: true };

  it.each([
    ['{}', '{ }\n'],
    ['{"a":[]}', '{\n  "a" : [ ]\n}\n'],
    [
      '{"a":[1.50,{"b":"{,:\\"]"}],"c":null}',
      '{\n  "a" : [\n    1.50,\n    {\n      "b" : "{,:\\"]"\n    }\n  ],\n  "c" : null\n}\n',
    ],
  ])('writes %s over many lines', (text, expected) => {
    expect(prettyJson(text)).toBe(expected);
  });

  it('changes no value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(JSON.parse(prettyJson(text)))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it('keeps digits, the order of number-like keys, and keys that stand twice', () => {
    const jsonBytes = Buffer.from('{"2":1.0E-4,"1":0.10,"1":2}');
    expect(answerReply({ jsonBytes }, pretty).body).toBe('{\n  "2" : 1.0E-4,\n  "1" : 0.10,\n  "1" : 2\n}\n');
  });

  it('writes long texts and large answers', () => {
    const text = JSON.stringify({ text: 'x"\\'.repeat(4_000_000), list: Array.from({ length: 100_000 }, () => 0) });
    expect(JSON.parse(prettyJson(text))).toEqual(JSON.parse(text));
  });

  it.each([
    ['a list', 'GET', '/_inference/completion/_all', 200],
    ['a missing endpoint', 'GET', '/_inference/none', 404],
    ['an unknown task type', 'GET', '/_inference/x/none', 400],
    ['an unknown path', 'GET', '/none', 400],
  ])('holds for %s', async (_, method, path, status) => {
    const whole = await withEndpoint();
    const answer = await whole.request({ method, path, query: { pretty: '' } });
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(/^\{\n {2}"[a-z]+" : /);
    expect((await whole.request({ method, path, query: { pretty: 'false' } })).text).not.toContain('\n');
  });

  it('leaves an empty answer empty', () => {
    expect(answerReply({ empty: true }, pretty).body).toBe('');
  });
});
