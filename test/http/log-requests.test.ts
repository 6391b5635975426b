import { describe, expect, it } from 'vitest';
import { endpointNotFound, statusException } from '../../lib/api/errors.ts';
import { type Edge, serve } from '../../lib/http/serve.ts';
import { bodyBytes } from '../../lib/http/stream.ts';
import type { Handler, Reply } from '../../lib/http/types.ts';
import { createLog } from '../../lib/log.ts';

const caller = { keyId: 'k', keyName: 'k', username: 'elastic', privileges: ['all'] };

/** Runs one POST with this handler, reads the answer to its end, and gives the log's lines. */
const logged = async (
  infer: Handler,
  { path = '/_inference/completion/e', signal = new AbortController().signal } = {},
) => {
  const lines: string[] = [];
  const log = createLog('info', (line) => lines.push(line));
  const edge: Edge = { authenticator: { authenticate: async () => caller }, requirePrivilege: () => {}, log };
  const respond = serve('infer', edge, { infer, streamInfer: infer });
  const event = {
    httpMethod: 'POST',
    path,
    headers: { 'Content-Type': 'application/json', Authorization: 'ApiKey sk-caller' },
    queryStringParameters: { timeout: '1m' },
    body: '{"input":"sk-input"}',
    requestContext: { requestId: 'request-1' },
  };
  const answer = await respond(event, signal);
  const before = lines.length;
  for await (const _ of bodyBytes(answer.body));
  return { before, text: lines.join(''), lines: lines.map((line): unknown => JSON.parse(line)) };
};

const told = {
  time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  message: 'request',
  request_id: 'request-1',
  operation: 'infer',
  task_type: 'completion',
  milliseconds: expect.any(Number),
};

const streamed =
  (events: () => AsyncGenerator<string>): Handler =>
  async () =>
    ({ events: events() }) satisfies Reply;

describe('the log of a request', () => {
  it('is one line, with what the handler noted', async () => {
    const { lines } = await logged(async ({ note }) => {
      note({ service: 'openai', units: 3 });
      return { json: { answer: 'sk-answer' } };
    });
    expect(lines).toEqual([{ ...told, level: 'info', status: 200, service: 'openai', units: 3 }]);
  });

  it('names the task type of the endpoint where the path has none', async () => {
    for (const path of ['/_inference/e', '/_inference/any/e']) {
      const { lines } = await logged(
        async ({ noteTaskType }) => {
          noteTaskType('rerank');
          return { json: {} };
        },
        { path },
      );
      expect(lines).toEqual([{ ...told, level: 'info', status: 200, task_type: 'rerank' }]);
    }
  });

  it.each([
    ['a refusal', endpointNotFound('e'), { level: 'info', status: 404, error_type: 'resource_not_found_exception' }],
    [
      'what the store said',
      statusException(500, 'Failed to store', { cause: statusException(500, 'x', { cause: new Error('no route') }) }),
      {
        level: 'warn',
        status: 500,
        error_type: 'status_exception',
        failure: { name: 'Error', message: 'no route', stack: expect.any(String) },
      },
    ],
    [
      'a bug',
      new TypeError('x is not a function'),
      {
        level: 'error',
        status: 500,
        failure: { name: 'TypeError', message: 'x is not a function', stack: expect.any(String) },
      },
    ],
  ])('tells of %s', async (_, failure, expected) => {
    const { lines } = await logged(async () => {
      throw failure;
    });
    expect(lines).toEqual([{ ...told, ...expected }]);
  });

  it('tells of an unknown path without an operation', async () => {
    const { lines } = await logged(async () => ({ json: {} }), { path: '/nothing' });
    const { operation: _, task_type: __, ...rest } = told;
    expect(lines).toEqual([{ ...rest, level: 'info', status: 400 }]);
  });

  it('of a stream comes when it ends', async () => {
    const events = async function* () {
      yield 'data: 1\n\n';
      yield 'data: 2\n\n';
    };
    const { before, lines } = await logged(streamed(events));
    expect(before).toBe(0);
    expect(lines).toEqual([{ ...told, level: 'info', status: 200 }]);
  });

  it('tells what ended a stream that had begun', async () => {
    const { lines } = await logged(async ({ note }) => ({
      events: (async function* () {
        yield 'data: 1\n\n';
        note({ failure: new TypeError('x is not a function') });
      })(),
    }));
    expect(lines).toMatchObject([{ level: 'error', status: 200, failure: { name: 'TypeError' } }]);
  });

  it('takes a caller that has left for no failure', async () => {
    const controller = new AbortController();
    const { lines } = await logged(
      async (_, signal) => {
        controller.abort();
        throw signal.reason;
      },
      { signal: controller.signal },
    );
    expect(lines).toEqual([{ ...told, level: 'info', status: 500, caller_left: true }]);
  });

  it('holds no body, no header and no answer', async () => {
    const { text } = await logged(async ({ body }) => ({ json: { answer: 'sk-answer', body: body?.value } }));
    expect(text).not.toContain('sk-');
  });
});
