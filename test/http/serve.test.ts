import { describe, expect, it } from 'vitest';
import { type Edge, serve } from '../../lib/http/serve.ts';
import type { Caller, HttpAnswer } from '../../lib/http/types.ts';
import { createLog } from '../../lib/log.ts';
import { requirePrivilege } from '../../lib/security/privileges.ts';
import { missingCredentials } from '../../lib/security/unauthorized.ts';
import { chatRefused, refused } from '../helpers/envelopes.ts';

const log = createLog('error', (line) => {
  throw new Error(line);
});

/** Callers say their privilege in place of a key. */
const edge: Edge = {
  authenticator: {
    authenticate: async (authorization, target): Promise<Caller> => {
      if (authorization === undefined) throw missingCredentials(target);
      return { keyId: 'k1', keyName: 'k', username: 'elastic', privileges: [authorization] };
    },
  },
  requirePrivilege,
  log,
};

describe('a function', () => {
  const respond = serve('infer', edge, {
    infer: async () => ({ json: { answered: true } }),
    streamInfer: async () => ({ json: { answered: true } }),
  });

  type Sent = {
    readonly path: string;
    readonly authorization?: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly type?: string;
    readonly body?: string;
  };

  const post = async ({ path, authorization, query = {}, type = 'application/json', body = '{}' }: Sent) => {
    const answer: HttpAnswer = await respond(
      {
        httpMethod: 'POST',
        path,
        headers: { 'content-type': type, ...(authorization && { AUTHORIZATION: authorization }) },
        queryStringParameters: query,
        body,
      },
      new AbortController().signal,
    );
    return { status: answer.statusCode, json: JSON.parse(String(answer.body)), headers: answer.headers };
  };

  const routerError = {
    status: 400,
    json: { error: 'no handler found for uri [/_inference/nope/e/x/y?x=1] and method [POST]' },
  };
  const notFound = refused(400, 'status_exception', 'Unknown task_type [nope]');
  const forbidden = refused(
    403,
    'security_exception',
    'action [cluster:monitor/xpack/inference/post] is unauthorized for API key id [k1] of user [elastic], this action is granted by the cluster privileges [monitor_inference,manage_inference,monitor,manage,all]',
  );

  // Each row breaks its own check and all that come later.
  it.each<[string, Sent, object]>([
    ['the route', { path: '/_inference/nope/e/x/y', query: { x: '1' }, type: 'a/b' }, routerError],
    [
      'the key',
      { path: '/_inference/nope/e', query: { x: '1' }, type: 'a/b' },
      {
        status: 401,
        json: {
          error: { reason: 'missing authentication credentials for REST request [/_inference/nope/e?x=1]' },
          status: 401,
        },
      },
    ],
    ['the task type', { path: '/_inference/nope/e', authorization: 'none', query: { x: '1' }, type: 'a/b' }, notFound],
    [
      'the query',
      { path: '/_inference/rerank/e', authorization: 'none', query: { x: '1', timeout: '1' }, type: 'a/b' },
      refused(400, 'illegal_argument_exception', 'request [/_inference/rerank/e] contains unrecognized parameter: [x]'),
    ],
    [
      'the media type',
      { path: '/_inference/rerank/e', authorization: 'none', type: 'a/b' },
      { status: 406, json: { error: 'Content-Type header [a/b] is not supported', status: 406 } },
    ],
    [
      'the body',
      { path: '/_inference/rerank/e', authorization: 'none', body: '' },
      refused(400, 'parse_exception', 'request body is required'),
    ],
    ['the privilege', { path: '/_inference/rerank/e', authorization: 'manage_own_api_key' }, forbidden],
    [
      'nothing',
      { path: '/_inference/e', authorization: 'monitor_inference' },
      { status: 200, json: { answered: true } },
    ],
  ])('checks %s before what comes later', async (_, sent, expected) => {
    expect(await post(sent)).toMatchObject(expected);
  });

  it.each<[string, Sent, number]>([
    ['the key', { path: '' }, 401],
    ['the query', { path: '', authorization: 'none', query: { x: '1' } }, 400],
    ['the timeout', { path: '', authorization: 'none', query: { timeout: '1' } }, 400],
    ['the media type', { path: '', authorization: 'none', type: 'a/b' }, 406],
    ['the body', { path: '', authorization: 'none', body: '' }, 400],
    ['the privilege', { path: '', authorization: 'none' }, 403],
  ])('tells of %s in the standard envelope and in JSON, on chat routes and streams too', async (_, sent, status) => {
    const path = '/_inference/chat_completion/e/_stream';
    expect(await post({ ...sent, path })).toMatchObject({
      status,
      json: { error: expect.anything(), status },
      headers: { 'content-type': 'application/json' },
    });
  });

  it('tells of a task type that is none in JSON, on streams too', async () => {
    expect(await post({ path: '/_inference/nope/e/_stream', authorization: 'none' })).toMatchObject({
      ...notFound,
      headers: { 'content-type': 'application/json' },
    });
  });

  it('takes a path for another function for an unknown one', async () => {
    expect(await post({ path: '/_security/api_key', authorization: 'all' })).toMatchObject({
      status: 400,
      json: { error: 'no handler found for uri [/_security/api_key] and method [POST]' },
    });
  });

  it('names the query of a method that its path does not have', async () => {
    expect(await post({ path: '/_inference/e/_update', query: { pretty: '', timeout: '1s' } })).toMatchObject({
      status: 405,
      json: {
        error:
          'Incorrect HTTP method for uri [/_inference/e/_update?pretty&timeout=1s] and method [POST], allowed: [PUT]',
        status: 405,
      },
    });
  });

  it('answers a bug with 500 and says nothing of it', async () => {
    const lines: string[] = [];
    const broken = serve(
      'infer',
      { ...edge, log: createLog('error', (line) => lines.push(line)) },
      {
        infer: async () => {
          throw new TypeError('sk-secret');
        },
        streamInfer: async () => ({ json: {} }),
      },
    );
    const answer = await broken(
      {
        httpMethod: 'POST',
        path: '/_inference/chat_completion/e',
        headers: { authorization: 'all', 'content-type': 'application/json' },
        queryStringParameters: null,
        body: '{}',
      },
      new AbortController().signal,
    );
    expect({ status: answer.statusCode, json: JSON.parse(String(answer.body)) }).toEqual(
      chatRefused(
        500,
        'internal_server_error',
        'Internal error; the log has its cause under the request id',
        'exception',
      ),
    );
    expect(lines).toHaveLength(1);
  });
});
