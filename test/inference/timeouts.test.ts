import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Http, OutboundStream } from '../../lib/transport/types.ts';
import { refused, told, validationCallFailed } from '../helpers/envelopes.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { allServices, defaultEndpoints } from './ml-node.ts';
import { endpointBody, goodBody, putEndpoint, streamText } from './openai.ts';
import { chatTimedOut, timedOut } from './rate-limited.ts';

const own = ['completion', 'chat_completion', 'text_embedding', 'embedding'] as const;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Endpoints whose service says nothing from now on. */
const withSilentService = async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  let created = false;
  const whole = createWholeService(
    scriptedHttp((request, position) => {
      if (!created) return allServices(request, position);
      resolve();
      return new Promise(() => {});
    }),
  );
  for (const taskType of own) await putEndpoint(whole, taskType, taskType);
  created = true;
  return { whole, asked };
};

const nodeTimedOut = (text: string) =>
  refused(408, 'status_exception', `timeout [${text}] waiting for inference result`);

describe('a service that does not answer', () => {
  it.each([
    ['completion', goodBody.completion, {}, 120_000, timedOut('2m', 'completion')],
    ['embedding', goodBody.embedding, {}, 30_000, timedOut('30s', 'embedding')],
    ['text_embedding', goodBody.text_embedding, {}, 30_000, timedOut('30s', 'text_embedding')],
    ['text_embedding', goodBody.text_embedding, { timeout: '0' }, 30_000, timedOut('30s', 'text_embedding')],
    ['text_embedding', goodBody.text_embedding, { timeout: '-1' }, 30_000, timedOut('30s', 'text_embedding')],
    ['completion', goodBody.completion, { timeout: '1ms' }, 1, timedOut('1ms', 'completion')],
    ['completion', goodBody.completion, { timeout: '1500ms' }, 1500, timedOut('1.5s', 'completion')],
    ['completion', goodBody.completion, { timeout: '290s' }, 290_000, timedOut('4.8m', 'completion')],
    ['completion', goodBody.completion, { timeout: '291s' }, 290_000, timedOut('4.8m', 'completion')],
    ['completion', goodBody.completion, { timeout: '1d' }, 290_000, timedOut('4.8m', 'completion')],
    // The field of the body has no effect.
    ['completion', { input: 'a', timeout: '1ms' }, {}, 120_000, timedOut('2m', 'completion')],
    ['chat_completion', goodBody.chat_completion, {}, 120_000, chatTimedOut],
    [defaultEndpoints.text_embedding, goodBody.text_embedding, {}, 30_000, nodeTimedOut('30s')],
    [defaultEndpoints.sparse_embedding, goodBody.sparse_embedding, { timeout: '5s' }, 5000, nodeTimedOut('5s')],
    [defaultEndpoints.rerank, goodBody.rerank, { timeout: '1h' }, 290_000, nodeTimedOut('4.8m')],
  ])('of %s to %j with %j is waited for %i ms', async (id, body, query, milliseconds, expected) => {
    const { whole, asked } = await withSilentService();
    let answered = false;
    const answer = whole.request({ method: 'POST', path: `/_inference/${id}`, body, query });
    answer.then(() => {
      answered = true;
    });
    await asked;
    await vi.advanceTimersByTimeAsync(milliseconds - 1);
    expect(answered).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(told(await answer)).toEqual(expected);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['completion', 120_000, timedOut('2m', 'completion')],
    ['chat_completion', 120_000, chatTimedOut],
    // It comes whole, but as an event.
    ['embedding', 30_000, timedOut('30s', 'embedding')],
  ] as const)('to _stream of %s is told of as an event with the status', async (id, milliseconds, expected) => {
    const { whole, asked } = await withSilentService();
    const answer = whole.request({ method: 'POST', path: `/_inference/${id}/_stream`, body: goodBody[id] });
    await asked;
    await vi.advanceTimersByTimeAsync(milliseconds);
    const { status, text } = await answer;
    expect({ status, text }).toEqual({
      status: expected.status,
      text: `event: error\ndata: ${JSON.stringify(expected.json)}\n\n`,
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('to the validation call of PUT and _update leaves all as it was', async () => {
    const { whole, asked } = await withSilentService();
    const before = await whole.endpoints.list();
    const put = whole.request({
      method: 'PUT',
      path: '/_inference/completion/new',
      body: endpointBody(),
      query: { timeout: '3s' },
    });
    await asked;
    const update = whole.request({
      method: 'PUT',
      path: '/_inference/completion/completion/_update',
      body: { service_settings: { api_key: 'second' } },
      query: { timeout: '3s' },
    });
    await vi.advanceTimersByTimeAsync(3000);
    for (const [id, answer] of [
      ['new', await put],
      ['completion', await update],
    ] as const) {
      expect(told(answer)).toEqual(
        validationCallFailed(`Request timed out after [3s] for inference id [${id}]`, 'timeout_exception'),
      );
    }
    expect(await whole.endpoints.list()).toEqual(before);
    expect(whole.secrets.kept.size).toBe(own.length);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no clock behind when it does answer', async () => {
    const whole = createWholeService(scriptedHttp(allServices));
    for (const taskType of own) {
      await putEndpoint(whole, taskType, taskType);
      for (const suffix of ['', '/_stream']) {
        await whole.request({ method: 'POST', path: `/_inference/${taskType}${suffix}`, body: goodBody[taskType] });
      }
    }
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a stream', () => {
  /** A service whose stream comes when the test says; like the real transport, it heeds a deadline up to the first byte only. */
  const withStream = async () => {
    let push: (text: string) => void = () => {};
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const scripted = scriptedHttp(allServices);
    const stream = async (signal: AbortSignal): Promise<OutboundStream> => {
      resolve();
      const queue: string[] = [];
      let wake = () => {};
      push = (text) => {
        queue.push(text);
        wake();
      };
      let hasBegun = false;
      const ended = () => signal.aborted && (!hasBegun || signal.reason.name !== 'TimeoutError');
      signal.addEventListener('abort', () => wake());
      const body = (async function* () {
        for (;;) {
          if (ended()) throw signal.reason;
          const next = queue.shift();
          if (next === undefined) {
            await new Promise<void>((continue_) => {
              wake = continue_;
            });
          } else {
            hasBegun = true;
            yield Buffer.from(next);
          }
        }
      })();
      return { status: 200, headers: {}, body };
    };
    const http: Http = { ...scripted, stream: (_, { signal }) => stream(signal) };
    const whole = createWholeService(http);
    await putEndpoint(whole, 'completion', 'e');
    const answer = whole.request({
      method: 'POST',
      path: '/_inference/e/_stream',
      body: goodBody.completion,
      query: { timeout: '20s' },
    });
    await asked;
    return { answer, push: (text: string) => push(text) };
  };

  const begun = streamText.slice(0, streamText.indexOf('\n\n') + 2);

  it('whose first byte does not come in time ends in an event: its status has gone out', async () => {
    const { answer } = await withStream();
    await vi.advanceTimersByTimeAsync(20_000);
    const { status, text } = await answer;
    expect({ status, text }).toEqual({
      status: 200,
      text: `:\n\nevent: error\ndata: ${JSON.stringify(timedOut('20s', 'e').json)}\n\n`,
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that has begun is not ended by the time of the request', async () => {
    const { answer, push } = await withStream();
    push(begun);
    await vi.advanceTimersByTimeAsync(60_000);
    push(streamText.slice(begun.length));
    const { status, text } = await answer;
    expect(status).toBe(200);
    expect(text.replaceAll(':\n\n', '')).toMatch(
      /^event: message\n.*\n\nevent: message\n.*\n\nevent: message\ndata: \[DONE\]\n\n$/,
    );
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lives 14 minutes at most', async () => {
    const { answer, push } = await withStream();
    push(begun);
    await vi.advanceTimersByTimeAsync(14 * 60_000);
    const { status, text } = await answer;
    expect(status).toBe(200);
    expect(text.replaceAll(':\n\n', '')).toBe(
      `event: message\ndata: {"completion":[{"delta":"Hello"}]}\n\nevent: error\ndata: ${JSON.stringify(
        refused(500, 'timeout_exception', 'The stream was open for 14 minutes, the longest time').json,
      )}\n\n`,
    );
    expect(vi.getTimerCount()).toBe(0);
  });
});
