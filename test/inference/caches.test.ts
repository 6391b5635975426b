import { afterEach, describe, expect, it, vi } from 'vitest';
import { refused, told } from '../helpers/envelopes.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { allServices, defaultEndpoints } from './ml-node.ts';
import { apiKey, endpointBody, goodBody, putEndpoint, refusal, type Whole } from './openai.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** An endpoint whose service takes this key alone. */
const withEndpoint = async (key = () => apiKey) => {
  const http = scriptedHttp((request, position) =>
    request.headers.authorization === `Bearer ${key()}` ? allServices(request, position) : refusal(401, 'no'),
  );
  const whole = createWholeService(http);
  await putEndpoint(whole, 'completion', 'e');
  const before = http.sent.length;
  const call = (suffix = '') =>
    whole.request({ method: 'POST', path: `/_inference/e${suffix}`, body: goodBody.completion });
  const keys = () => http.sent.slice(before).map(({ headers }) => headers.authorization);
  return { whole, call, keys };
};

const reads = ({ endpoints, secrets }: Whole) => ({ endpoints: endpoints.reads, secrets: secrets.reads });

/** Another process gives the endpoint another secret. */
const replaceSecret = async ({ endpoints, secrets }: Whole, values: Readonly<Record<string, string>>, changes = {}) => {
  const row = await endpoints.get('e');
  if (!row) throw new Error('there is no endpoint');
  const secret = await secrets.create(values);
  await endpoints.update({ ...row, ...changes, secret, revision: secret }, row.revision);
  if (row.secret) await secrets.delete(row.secret, { forever: false });
};

const answered = { status: 200, json: { completion: [{ result: 'Hello there' }] } };

describe('a warm call', () => {
  it('reads no store', async () => {
    const { whole, call } = await withEndpoint();
    const start = reads(whole);
    await call();
    const warm = reads(whole);
    expect(warm).toEqual({ endpoints: start.endpoints + 1, secrets: start.secrets + 1 });
    for (const suffix of ['', '/_stream', '']) expect((await call(suffix)).status).toBe(200);
    expect(reads(whole)).toEqual(warm);
  });

  it('at the same time as others shares one read', async () => {
    const { whole, call } = await withEndpoint();
    const start = reads(whole);
    const answers = await Promise.all(Array.from({ length: 20 }, () => call()));
    expect(answers.map(told)).toEqual(answers.map(() => answered));
    expect(reads(whole)).toEqual({ endpoints: start.endpoints + 1, secrets: start.secrets + 1 });
  });

  it.each(Object.entries(defaultEndpoints))('of the default endpoint of %s never does', async (taskType, id) => {
    const whole = createWholeService(scriptedHttp(allServices));
    // The key is one of the object above.
    const body = goodBody[taskType as keyof typeof defaultEndpoints];
    expect((await whole.request({ method: 'POST', path: `/_inference/${id}`, body })).status).toBe(200);
    expect(reads(whole)).toEqual({ endpoints: 0, secrets: 0 });
  });

  it('looks for a missing endpoint each time', async () => {
    const whole = createWholeService(scriptedHttp(allServices));
    const call = () => whole.request({ method: 'POST', path: '/_inference/e', body: goodBody.completion });
    expect((await call()).status).toBe(404);
    await putEndpoint(whole, 'completion', 'e');
    expect(told(await call())).toEqual(answered);
  });
});

describe('a 401 of the service', () => {
  it.each(['', '/_stream'])('is tried once more with the secret as it is now%s', async (suffix) => {
    let key = apiKey;
    const { whole, call, keys } = await withEndpoint(() => key);
    await call(suffix);
    key = 'second';
    await replaceSecret(whole, { api_key: 'second' });
    expect((await call(suffix)).status).toBe(200);
    expect((await call(suffix)).status).toBe(200);
    expect(keys()).toEqual([`Bearer ${apiKey}`, `Bearer ${apiKey}`, 'Bearer second', 'Bearer second']);
  });

  it.each(['', '/_stream'])('is the answer when the secret is still the same%s', async (suffix) => {
    let key = apiKey;
    const { call, keys } = await withEndpoint(() => key);
    key = 'another';
    const answer = await call(suffix);
    expect(answer.status).toBe(401);
    expect(answer.text).toContain('Received an authentication error status code');
    expect(keys()).toEqual([`Bearer ${apiKey}`]);
  });

  it('is the answer when the new secret is refused too', async () => {
    let key = apiKey;
    const { whole, call, keys } = await withEndpoint(() => key);
    await call();
    key = 'third';
    await replaceSecret(whole, { api_key: 'second' });
    expect((await call()).status).toBe(401);
    expect(keys()).toEqual([`Bearer ${apiKey}`, `Bearer ${apiKey}`, 'Bearer second']);
  });

  it('is the answer when the endpoint has become one of another service', async () => {
    let key = apiKey;
    const { whole, call, keys } = await withEndpoint(() => key);
    await call();
    key = 'second';
    await replaceSecret(whole, { another: 'second' }, { service: 'elasticsearch' });
    expect((await call()).status).toBe(401);
    expect(keys()).toEqual([`Bearer ${apiKey}`, `Bearer ${apiKey}`]);
  });
});

describe('a row whose secret is gone', () => {
  /** A process that has read the row and not its secret. */
  const withRowAlone = async () => {
    let key = apiKey;
    const all = await withEndpoint(() => key);
    key = 'second';
    all.whole.secrets.failure = new Error('down');
    expect((await all.call()).status).toBe(500);
    all.whole.secrets.failure = undefined;
    return all;
  };

  it.each(['', '/_stream'])('is read again%s', async (suffix) => {
    const { whole, call, keys } = await withRowAlone();
    await replaceSecret(whole, { api_key: 'second' });
    const before = whole.endpoints.reads;
    expect((await call(suffix)).status).toBe(200);
    expect(whole.endpoints.reads).toBe(before + 1);
    expect(keys()).toEqual(['Bearer second']);
  });

  it('is an error when it is gone for good, after one more look', async () => {
    const { whole, call, keys } = await withRowAlone();
    await whole.secrets.delete('memory/1', { forever: true });
    const before = whole.endpoints.reads;
    expect(told(await call())).toEqual(
      refused(500, 'status_exception', 'The secret of inference endpoint [e] is missing'),
    );
    expect(whole.endpoints.reads).toBe(before + 1);
    expect(keys()).toEqual([]);
  });

  it('is not found when it was deleted meanwhile', async () => {
    const { whole, call } = await withRowAlone();
    const row = await whole.endpoints.get('e');
    await whole.endpoints.delete('e', row?.revision ?? '');
    await whole.secrets.delete('memory/1', { forever: false });
    expect(told(await call())).toEqual(
      refused(404, 'resource_not_found_exception', 'Inference endpoint not found [e]'),
    );
  });

  it('is called as what it has become meanwhile', async () => {
    const { whole, call } = await withRowAlone();
    await replaceSecret(whole, { api_key: 'second' }, { task_type: 'text_embedding' });
    expect(told(await call())).toEqual({ status: 200, json: { text_embedding: [{ embedding: [1, 0.5] }] } });
  });
});

describe('a store that is down', () => {
  it('does not stop endpoints that were called in the last ten minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { whole, call } = await withEndpoint();
    await call();
    whole.endpoints.failure = new Error('down');
    whole.secrets.failure = new Error('down');
    for (const minutes of [1, 5, 10]) {
      vi.setSystemTime(Date.now() + (minutes === 1 ? 60_000 : 4.6 * 60_000));
      expect(told(await call())).toEqual(answered);
    }
    expect(whole.lines.filter((line) => line.includes('"level":"warn"')).length).toBeGreaterThan(0);
    vi.setSystemTime(Date.now() + 60_000);
    expect((await call()).status).toBe(500);
    whole.endpoints.failure = undefined;
    whole.secrets.failure = undefined;
    expect(told(await call())).toEqual(answered);
  });

  it('does not stop a service’s 401 from being told', async () => {
    let key = apiKey;
    const { whole, call } = await withEndpoint(() => key);
    await call();
    key = 'second';
    whole.endpoints.failure = new Error('down');
    whole.secrets.failure = new Error('down');
    expect((await call()).status).toBe(401);
  });

  it('does not hide a change for longer than half a minute', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { whole, call } = await withEndpoint();
    await call();
    const row = await whole.endpoints.get('e');
    await whole.endpoints.delete('e', row?.revision ?? '');
    expect((await call()).status).toBe(200);
    vi.setSystemTime(Date.now() + 30_000);
    expect((await call()).status).toBe(404);
    await whole.request({ method: 'PUT', path: '/_inference/completion/e', body: endpointBody() });
    expect((await call()).status).toBe(200);
  });
});
