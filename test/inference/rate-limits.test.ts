import { describe, expect, it, vi } from 'vitest';
import { chatRefused, refused, refusedFor, told } from '../helpers/envelopes.ts';
import { watchedLimiter } from '../helpers/watched-limiter.ts';
import { allServices, defaultEndpoints } from './ml-node.ts';
import { apiKey, endpointBody, goodBody, putEndpoint, refusal } from './openai.ts';
import { chatTimedOut, open, own, timedOut, withEndpoints } from './rate-limited.ts';

// Attempts follow each other at once: how long a retry waits is tested where it is decided.
vi.mock('node:timers/promises', () => ({ setTimeout: async () => {} }));

describe('a slot is taken', () => {
  it.each(own)('once by a call of %s, whole and streamed', async (taskType) => {
    const { post, slots, sent } = await withEndpoints();
    expect((await post(taskType, goodBody[taskType])).status).toBe(200);
    expect((await post(`${taskType}/_stream`, goodBody[taskType])).status).toBe(
      taskType === 'text_embedding' ? 405 : 200,
    );
    expect(slots().length).toBe(sent().length);
    expect(sent().length).toBe(taskType === 'text_embedding' ? 1 : 2);
  });

  it.each(own)('by the validation calls of %s, and is of the group of later calls', async (taskType) => {
    const limiter = watchedLimiter();
    const { whole, post } = open(limiter);
    await putEndpoint(whole, taskType, 'e');
    await post('e', goodBody[taskType]);
    const [validation, call] = limiter.asked;
    expect(limiter.asked.length).toBe(2);
    expect(validation?.group).toMatch(/^[0-9a-f]{64}$/);
    expect(validation?.group).toBe(call?.group);
    const path = `/_inference/${taskType}/e/_update`;
    const body = { service_settings: { rate_limit: { requests_per_minute: 7 } } };
    expect((await whole.request({ method: 'PUT', path, body })).status).toBe(200);
    await post('e', goodBody[taskType]);
    expect(limiter.asked.slice(2).map(({ perMinute }) => perMinute)).toEqual([7, 7]);
    expect(limiter.asked[2]?.group).toBe(limiter.asked[3]?.group);
    expect(limiter.asked[2]?.group).not.toBe(call?.group);
  });

  it('by each part of a call that is split', async () => {
    const { post, slots, sent } = await withEndpoints();
    const input = Array.from({ length: 2 * 2048 + 1 }, (_, index) => `text ${index}`);
    expect((await post('text_embedding', { input })).status).toBe(200);
    expect(sent().length).toBe(3);
    expect(slots().length).toBe(3);
    expect(new Set(slots().map(({ group }) => group)).size).toBe(1);
  });

  it.each([
    { title: 'attempts after a failure', answers: [refusal(500, 'oh'), refusal(503, 'oh')] },
    { title: 'shorter texts', answers: [refusal(413, 'too long')] },
  ])('once for all attempts: $title', async ({ answers }) => {
    let ready = false;
    const left = [...answers];
    const { post, slots, sent } = await withEndpoints(undefined, (request, position) => {
      ready ||= request.body.includes('a long text');
      return (ready && left.shift()) || allServices(request, position);
    });
    expect((await post('text_embedding', { input: 'a long text' })).status).toBe(200);
    expect(sent().length).toBe(answers.length + 1);
    expect(slots().length).toBe(1);
  });

  it('once for a secret that has changed', async () => {
    let key = apiKey;
    const { whole, post, slots, sent } = await withEndpoints(undefined, (request, position) =>
      request.headers.authorization === `Bearer ${key}` ? allServices(request, position) : refusal(401, 'no'),
    );
    expect((await post('completion', goodBody.completion)).status).toBe(200);
    key = 'second';
    const row = await whole.endpoints.get('completion');
    if (!row) throw new Error('there is no endpoint');
    const secret = await whole.secrets.create({ api_key: 'second' });
    await whole.endpoints.update({ ...row, secret, revision: 'second' }, row.revision);
    expect((await post('completion', goodBody.completion)).status).toBe(200);
    expect(sent().length).toBe(3);
    expect(slots().length).toBe(2);
  });

  it.each(Object.entries(defaultEndpoints))('by no call of the node: %s', async (taskType, id) => {
    const { post, slots, sent } = await withEndpoints(() => 'queue_full');
    // The key is one of the object above.
    expect((await post(id, goodBody[taskType as keyof typeof defaultEndpoints])).status).toBe(200);
    expect(sent().length).toBe(1);
    expect(slots()).toEqual([]);
  });

  it('by no call that is refused before it goes out', async () => {
    const { post, slots } = await withEndpoints();
    expect((await post('completion', { input: ['a', 'b'] })).status).toBe(400);
    expect(slots()).toEqual([]);
  });
});

const validationFailed = {
  type: 'status_exception',
  reason: 'Could not complete inference endpoint creation as validation call to service threw an exception.',
};
const asEvent = ({ json }: { readonly json: unknown }) => `event: error\ndata: ${JSON.stringify(json)}\n\n`;

describe('a slot that comes too late', () => {
  it.each([
    ['completion', {}, timedOut('2m', 'completion')],
    ['completion', { timeout: '1500ms' }, timedOut('1.5s', 'completion')],
    ['text_embedding', {}, timedOut('30s', 'text_embedding')],
    ['chat_completion', {}, chatTimedOut],
  ] as const)('is told at once, as a time that is over: %s, %j', async (taskType, query, expected) => {
    const { post, sent } = await withEndpoints(() => 'too_late');
    expect(told(await post(taskType, goodBody[taskType], query))).toEqual(expected);
    expect(sent()).toEqual([]);
  });

  it.each([
    ['completion', timedOut('2m', 'completion')],
    ['chat_completion', chatTimedOut],
  ] as const)('is told as an event with the status: %s', async (taskType, expected) => {
    const { post } = await withEndpoints(() => 'too_late');
    const { status, text } = await post(`${taskType}/_stream`, goodBody[taskType]);
    expect({ status, text }).toEqual({ status: 429, text: asEvent(expected) });
  });

  it('ends a call whose other parts had theirs', async () => {
    let slots = 0;
    const { post } = await withEndpoints(() => {
      slots += 1;
      return slots === 2 ? 'too_late' : 'passed';
    });
    const input = Array.from({ length: 2048 + 1 }, () => 'a');
    expect(told(await post('text_embedding', { input }))).toEqual(timedOut('30s', 'text_embedding'));
  });

  it('leaves no endpoint behind', async () => {
    const { whole, http } = open(watchedLimiter(() => 'too_late'));
    const path = '/_inference/completion/e';
    const put = await whole.request({ method: 'PUT', path, body: endpointBody(), query: { timeout: '3s' } });
    const cause = { type: 'timeout_exception', reason: 'Request timed out after [3s] for inference id [e]' };
    expect(told(put)).toEqual(refusedFor(400, validationFailed, cause));
    expect(http.sent).toEqual([]);
    expect(await whole.endpoints.list()).toEqual([]);
    expect(whole.secrets.kept.size).toBe(0);
  });
});

describe('a full queue', () => {
  const rejected = (id: string, group?: string) => ({
    type: 'es_rejected_execution_exception',
    reason: `Failed to execute task for inference id [${id}] because the request service [${group}] queue is full`,
  });

  it('is told with the name of the group', async () => {
    const { post, slots, sent } = await withEndpoints(() => 'queue_full');
    const answer = await post('completion', goodBody.completion);
    const { type, reason } = rejected('completion', slots()[0]?.group);
    expect(told(answer)).toEqual(refused(429, type, reason));
    expect(sent()).toEqual([]);
  });

  it('is told to chat in its own envelope', async () => {
    const { post, slots } = await withEndpoints(() => 'queue_full');
    const answer = await post('chat_completion', goodBody.chat_completion);
    const { type, reason } = rejected('chat_completion', slots()[0]?.group);
    expect(told(answer)).toEqual(chatRefused(429, 'too_many_requests', reason, type));
  });

  it('leaves no endpoint behind', async () => {
    const limiter = watchedLimiter(() => 'queue_full');
    const { whole } = open(limiter);
    const put = await whole.request({ method: 'PUT', path: '/_inference/completion/e', body: endpointBody() });
    // Elasticsearch's own rejection is none of its exceptions: no root cause.
    const cause = rejected('e', limiter.asked[0]?.group);
    expect(told(put)).toEqual(refusedFor(400, validationFailed, cause, validationFailed));
    expect(await whole.endpoints.list()).toEqual([]);
  });
});
