import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Clock, systemClock } from '../../lib/limits/clock.ts';
import { processLimiter } from '../../lib/limits/process-limiter.ts';
import { told } from '../helpers/envelopes.ts';
import { watchedLimiter } from '../helpers/watched-limiter.ts';
import { endpointBody, goodBody, putEndpoint } from './openai.ts';
import { chatTimedOut, open, timedOut, withEndpoints } from './rate-limited.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('a call that waits for its slot', () => {
  const untilAborted = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

  it.each([
    ['completion', {}, 120_000, timedOut('2m', 'completion')],
    ['embedding', { timeout: '5s' }, 5000, timedOut('5s', 'embedding')],
    ['chat_completion', {}, 120_000, chatTimedOut],
  ] as const)('of %s with %j does so for %i ms at most', async (taskType, query, milliseconds, expected) => {
    vi.useFakeTimers();
    const { post, slots, sent } = await withEndpoints(untilAborted);
    let answered = false;
    const answer = post(taskType, goodBody[taskType], query);
    answer.then(() => {
      answered = true;
    });
    await vi.advanceTimersByTimeAsync(milliseconds - 1);
    expect(answered).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(told(await answer)).toEqual(expected);
    expect(slots().map(({ remaining }) => remaining)).toEqual([milliseconds]);
    expect(sent()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does so no longer when its caller leaves', async () => {
    let gone: unknown;
    const { promise: waits, resolve } = Promise.withResolvers<void>();
    const { whole, sent } = await withEndpoints((signal) => {
      resolve();
      return untilAborted(signal).catch((reason: unknown) => {
        gone = reason;
        throw reason;
      });
    });
    const caller = new AbortController();
    const path = '/_inference/completion';
    const answer = whole.request({ method: 'POST', path, body: goodBody.completion, signal: caller.signal });
    await waits;
    caller.abort(new Error('left'));
    await answer.catch(() => {});
    expect(gone).toEqual(new Error('left'));
    expect(sent()).toEqual([]);
  });
});

describe('calls of one process', () => {
  /** Follows the fake timers, which the system's own clock has no notion of. */
  const clock: Clock = { now: () => Date.now(), after: systemClock.after };
  const sixty = { rate_limit: { requests_per_minute: 60 } };

  const withRealLimiter = async (queueCapacity?: number) => {
    vi.useFakeTimers();
    const all = open(processLimiter({ clock, ...(queueCapacity !== undefined && { queueCapacity }) }));
    await putEndpoint(all.whole, 'completion', 'e', endpointBody(sixty));
    await vi.advanceTimersByTimeAsync(1000);
    const started = Date.now();
    const answers: (readonly [name: string, status: number, after: number])[] = [];
    const call = (name: string, query = {}) =>
      all
        .post('e', goodBody.completion, query)
        .then(({ status }) => answers.push([name, status, Date.now() - started] as const));
    return { ...all, call, answers };
  };

  it('go out at the rate of their endpoint, in their order, as far as their time reaches', async () => {
    const { call, answers } = await withRealLimiter();
    for (const name of ['a', 'b', 'c']) void call(name);
    void call('hurried', { timeout: '2500ms' });
    void call('d');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(answers).toEqual([
      ['a', 200, 0],
      ['b', 200, 1000],
      ['c', 200, 2000],
      ['hurried', 429, 2500],
      ['d', 200, 3000],
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are refused once so many wait as may', async () => {
    const { call, answers } = await withRealLimiter(2);
    for (const name of ['a', 'b', 'c', 'd']) void call(name);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(answers).toEqual([
      ['d', 429, 0],
      ['a', 200, 0],
      ['b', 200, 1000],
      ['c', 200, 2000],
    ]);
  });

  it('wait behind a validation call, which waits behind them', async () => {
    const { whole, call, answers } = await withRealLimiter();
    void call('a');
    await vi.advanceTimersByTimeAsync(0);
    let created: number | undefined;
    const path = '/_inference/completion/other';
    whole.request({ method: 'PUT', path, body: endpointBody(sixty) }).then(({ status }) => {
      created = status;
    });
    await vi.advanceTimersByTimeAsync(500);
    void call('b');
    expect(created).toBe(undefined);
    await vi.advanceTimersByTimeAsync(500);
    expect(created).toBe(200);
    await vi.advanceTimersByTimeAsync(1000);
    expect(answers).toEqual([
      ['a', 200, 0],
      ['b', 200, 2000],
    ]);
  });
});

describe('a limit that was changed', () => {
  const perMinute = (requests_per_minute: number) => ({ rate_limit: { requests_per_minute } });

  it('holds at once in the process that changed it', async () => {
    const limiter = watchedLimiter();
    const { whole, post } = open(limiter);
    await putEndpoint(whole, 'completion', 'e', endpointBody(perMinute(60)));
    await post('e', goodBody.completion);
    const path = '/_inference/completion/e/_update';
    await whole.request({ method: 'PUT', path, body: { service_settings: perMinute(6) } });
    await post('e', goodBody.completion);
    // The update's own validation call is the first under the new limit.
    expect(limiter.asked.map(({ perMinute: limit }) => limit)).toEqual([60, 60, 6, 6]);
  });

  it('holds in another process once that reads the endpoint again', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const limiter = watchedLimiter();
    const { whole, post } = open(limiter);
    await putEndpoint(whole, 'completion', 'e', endpointBody(perMinute(60)));
    await post('e', goodBody.completion);
    const row = await whole.endpoints.get('e');
    if (!row) throw new Error('there is no endpoint');
    const service_settings = { ...row.service_settings, ...perMinute(6) };
    await whole.endpoints.update({ ...row, service_settings, revision: 'next' }, row.revision);
    await post('e', goodBody.completion);
    vi.setSystemTime(Date.now() + 30_000);
    await post('e', goodBody.completion);
    expect(limiter.asked.map(({ perMinute: limit }) => limit)).toEqual([60, 60, 60, 6]);
  });
});
