import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OutboundError, type OutboundErrorKind } from '../../lib/transport/types.ts';
import { told } from '../helpers/envelopes.ts';
import { type Scripted, scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { goodBody, openai, putEndpoint, refusal, streamText } from './openai.ts';
import { timedOut } from './rate-limited.ts';

// The waits between attempts pass in the time of the tests: these timers are theirs, those of Node's module are not.
vi.mock('node:timers/promises', () => ({
  setTimeout: (milliseconds: number, value: unknown, { signal }: { readonly signal: AbortSignal }) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, milliseconds, value);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
}));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

type Answering = Scripted | OutboundErrorKind;
type TaskType = 'text_embedding' | 'completion' | 'chat_completion';

/** An endpoint whose service does these in turn, the last one over and over; `tries` tells when it was asked, in milliseconds. */
const withService = async (taskType: TaskType, ...answers: readonly Answering[]) => {
  let ready = false;
  let began = 0;
  const tries: number[] = [];
  const scripted = scriptedHttp((request, position) => {
    if (!ready) return openai(request, position);
    tries.push(Date.now() - began);
    const answer = answers[Math.min(tries.length, answers.length) - 1] ?? openai(request, position);
    return typeof answer === 'string' ? Promise.reject(new OutboundError(answer, 'api.openai.com')) : answer;
  });
  const whole = createWholeService(scripted);
  await putEndpoint(whole, taskType, 'e');
  ready = true;
  began = Date.now();
  const post = async (suffix = '', query = {}, body: object = goodBody[taskType]) => {
    const answer = whole.request({ method: 'POST', path: `/_inference/e${suffix}`, body, query });
    // The longest that attempts go on, and more.
    await vi.advanceTimersByTimeAsync(40_000);
    return answer;
  };
  return { post, tries, sent: scripted.sent };
};

const unreadable: Scripted = { body: 'this is no JSON' };

describe('a call', () => {
  it.each<[TaskType, string, Answering]>([
    ['text_embedding', 'a lost connection', 'connection'],
    ['text_embedding', 'an unreadable answer', unreadable],
    ['text_embedding', 'status 429', refusal(429, 'slow down')],
    ['text_embedding', 'status 500', refusal(500, 'oh')],
    ['text_embedding', 'status 503', refusal(503, 'oh')],
    ['completion', 'a lost connection', 'connection'],
    ['completion', 'an unreadable answer', unreadable],
    ['completion', 'status 500', refusal(500, 'oh')],
    ['chat_completion', 'status 503', refusal(503, 'oh')],
  ])('of %s that meets %s is tried three times', async (taskType, _, answer) => {
    const { post, tries } = await withService(taskType, answer);
    expect((await post()).status).toBeGreaterThanOrEqual(400);
    expect(tries.length).toBe(3);
  });

  it.each<[TaskType, string, Answering]>([
    ['text_embedding', 'an unknown host', 'unknown_host'],
    ['text_embedding', 'an answer that is too large', 'too_large'],
    ['text_embedding', 'status 302', refusal(302, 'there')],
    ['text_embedding', 'status 400', refusal(400, 'no')],
    ['text_embedding', 'status 401', refusal(401, 'no')],
    ['text_embedding', 'status 403', refusal(403, 'no')],
    ['text_embedding', 'status 404', refusal(404, 'no')],
    ['text_embedding', 'status 422', refusal(422, 'no')],
    ['text_embedding', 'status 502', refusal(502, 'no')],
    ['completion', 'status 413', refusal(413, 'no')],
    ['completion', 'status 429', refusal(429, 'no')],
    ['chat_completion', 'status 413', refusal(413, 'no')],
  ])('of %s that meets %s is tried once', async (taskType, _, answer) => {
    const { post, tries } = await withService(taskType, answer);
    expect((await post()).status).toBeGreaterThanOrEqual(300);
    expect(tries.length).toBe(1);
  });

  it('waits between attempts in the upper half of a bound that doubles', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { post, tries } = await withService('text_embedding', refusal(500, 'oh'));
    expect((await post()).status).toBe(400);
    expect(tries).toEqual([0, 750, 2250]);
  });

  it('ends with the first attempt that succeeds', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { post, tries, sent } = await withService('text_embedding', 'connection', unreadable, {
      body: { data: [{ embedding: [1, 0.5] }, { embedding: [2, 0.5] }] },
    });
    expect(told(await post())).toEqual({
      status: 200,
      json: { text_embedding: [{ embedding: [1, 0.5] }, { embedding: [2, 0.5] }] },
    });
    expect(tries).toEqual([0, 500, 1500]);
    expect(new Set(sent.slice(1).map(({ body }) => body)).size).toBe(1);
  });

  it.each(['', '/_stream'])('ends with the time of its request, whatever is left to try: "%s"', async (suffix) => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { post, tries } = await withService('completion', refusal(500, 'oh'));
    const { status, text } = await post(suffix, { timeout: '2s' });
    expect(status).toBe(429);
    expect(text).toContain(JSON.stringify(timedOut('2s', 'e').json));
    expect(tries).toEqual([0, 750]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('halves its texts until they fit, after the same waits', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { post, tries, sent } = await withService('text_embedding', refusal(413, 'long'), refusal(413, 'long'), {
      body: { data: [{ embedding: [1] }] },
    });
    expect((await post('', {}, { input: 'eight 88' })).status).toBe(200);
    expect(tries).toEqual([0, 500, 1500]);
    expect(sent.slice(1).map(({ body }) => JSON.parse(body).input)).toEqual([['eight 88'], ['eigh'], ['ei']]);
  });
});

describe('a stream', () => {
  it.each<[string, Answering]>([
    ['a lost connection', 'connection'],
    ['status 500', refusal(500, 'oh')],
    ['status 503', refusal(503, 'oh')],
  ])('that meets %s is tried three times', async (_, answer) => {
    const { post, tries } = await withService('completion', answer);
    expect((await post('/_stream')).text).toContain('event: error');
    expect(tries.length).toBe(3);
  });

  it.each<[string, Answering]>([
    ['an unknown host', 'unknown_host'],
    ['status 400', refusal(400, 'no')],
    ['status 429', refusal(429, 'no')],
    ['the end after its first event', { body: streamText.slice(0, streamText.indexOf('\n\n') + 2) }],
    ['an error after its first event', { body: `${streamText.slice(0, streamText.indexOf('\n\n') + 2)}data: {` }],
  ])('that meets %s is tried once', async (_, answer) => {
    const { post, tries } = await withService('completion', answer);
    expect((await post('/_stream')).text).toContain('event: error');
    expect(tries.length).toBe(1);
  });

  it('begins with the first attempt that succeeds', async () => {
    const { post, tries } = await withService('completion', 'connection', { body: streamText });
    const { status, text } = await post('/_stream');
    expect(status).toBe(200);
    expect(text).toContain('"delta":"Hello"');
    expect(tries.length).toBe(2);
  });
});
