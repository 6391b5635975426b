import { describe, expect, it } from 'vitest';
import type { EndpointRow } from '../../lib/inference/ports.ts';
import { refused, told } from '../helpers/envelopes.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { apiKey, endpointBody, openai, putEndpoint, type Whole } from './openai.ts';

// A store may fail at each step, and it may do what it was asked to although its answer is lost.

const path = '/_inference/completion/e';
const internal = refused(500, 'exception', 'Internal error; the log has its cause under the request id');
const notStored = refused(500, 'status_exception', 'Failed to store inference endpoint [e]');
const down = () => {
  throw new Error('The store is down: sk-inside');
};

type Step = 'secret' | 'create' | 'update' | 'delete' | 'read' | 'all from create on' | 'secret deletion';

/** Lets these steps fail from now on. */
const fail = ({ endpoints, secrets }: Whole, steps: readonly Step[]) => {
  if (steps.includes('secret')) Object.assign(secrets, { create: async () => down() });
  if (steps.includes('create')) Object.assign(endpoints, { create: async () => down() });
  if (steps.includes('update')) Object.assign(endpoints, { update: async () => down() });
  if (steps.includes('delete')) Object.assign(endpoints, { delete: async () => down() });
  if (steps.includes('read')) Object.assign(endpoints, { get: async () => down(), stored: async () => down() });
  if (steps.includes('all from create on')) {
    const create = async () => {
      Object.assign(endpoints, { get: async () => down() });
      down();
    };
    Object.assign(endpoints, { create });
  }
  if (steps.includes('secret deletion')) Object.assign(secrets, { delete: async () => down() });
};

/** Lets a write do what it was asked to, and its answer get lost. */
const loseAnswer = ({ endpoints }: Whole, step: 'create' | 'update', afterwards = async () => {}) => {
  const { create, update } = endpoints;
  Object.assign(endpoints, {
    ...(step === 'create' && {
      create: async (row: EndpointRow) => {
        await create(row);
        await afterwards();
        down();
      },
    }),
    ...(step === 'update' && {
      update: async (row: EndpointRow, revision: string) => {
        await update(row, revision);
        await afterwards();
        down();
      },
    }),
  });
};

const put = (whole: Whole) => whole.request({ method: 'PUT', path, body: endpointBody() });

const update = (whole: Whole, body: unknown = { service_settings: { api_key: 'second' } }) =>
  whole.request({ method: 'PUT', path: `${path}/_update`, body });

const secretsOf = ({ secrets }: Whole) => ({
  kept: [...secrets.kept.keys()],
  restorable: [...secrets.restorable.keys()],
});

describe('a PUT', () => {
  it.each<[string, readonly Step[], object, object?]>([
    ['nothing can be read', ['read'], { kept: [], restorable: [] }, internal],
    ['the secret cannot be written', ['secret'], { kept: [], restorable: [] }],
    ['the row cannot be written', ['create'], { kept: [], restorable: [] }],
    // Nobody can say whether a row names it.
    ['the row can be neither written nor read', ['all from create on'], { kept: [], restorable: ['memory/1'] }],
  ])('leaves no endpoint and no secret when %s', async (_, steps, secrets, answer = notStored) => {
    const whole = createWholeService(scriptedHttp(openai));
    fail(whole, steps);
    expect(told(await put(whole))).toEqual(answer);
    expect(whole.lines.at(-1)).toContain('sk-inside');
    expect(await whole.endpoints.list()).toEqual([]);
    expect(secretsOf(whole)).toEqual(secrets);
  });

  it('is done when only the answer of its write was lost', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    loseAnswer(whole, 'create');
    expect((await put(whole)).json).toMatchObject({ inference_id: 'e' });
    expect(await whole.endpoints.list()).toMatchObject([{ secret: 'memory/1' }]);
    expect(secretsOf(whole)).toEqual({ kept: ['memory/1'], restorable: [] });
  });

  it('keeps the secret when its row was written, and changed by another at once', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    loseAnswer(whole, 'create', async () => {
      await update(whole, { task_settings: { user: 'other' } });
    });
    expect((await put(whole)).status).toBe(200);
    expect(await whole.endpoints.list()).toMatchObject([{ secret: 'memory/1', task_settings: { user: 'other' } }]);
    expect(secretsOf(whole)).toEqual({ kept: ['memory/1'], restorable: [] });
  });

  it('that lost says so, also when its secret cannot be deleted, which the log tells', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    await putEndpoint(whole, 'completion', 'e');
    fail(whole, ['secret deletion']);
    expect(told(await put(whole))).toEqual(
      refused(400, 'resource_already_exists_exception', 'Inference endpoint [e] already exists'),
    );
    expect(whole.lines.map((line): unknown => JSON.parse(line))).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: 'A secret that no endpoint needs could not be deleted',
        reference: 'memory/2',
      }),
    );
  });
});

describe('an update', () => {
  it.each<[string, readonly Step[], object]>([
    ['the secret cannot be written', ['secret'], { kept: ['memory/1'], restorable: [] }],
    ['the row cannot be written', ['update'], { kept: ['memory/1'], restorable: [] }],
  ])('changes nothing when %s', async (_, steps, secrets) => {
    const whole = createWholeService(scriptedHttp(openai));
    await putEndpoint(whole, 'completion', 'e');
    const before = await whole.endpoints.list();
    fail(whole, steps);
    expect(told(await update(whole))).toEqual(notStored);
    expect(await whole.endpoints.list()).toEqual(before);
    expect(secretsOf(whole)).toEqual(secrets);
  });

  it('is done when only the answer of its write was lost', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    await putEndpoint(whole, 'completion', 'e');
    loseAnswer(whole, 'update');
    expect((await update(whole)).status).toBe(200);
    expect(await whole.endpoints.list()).toMatchObject([{ secret: 'memory/2' }]);
    expect(secretsOf(whole)).toEqual({ kept: ['memory/2'], restorable: ['memory/1'] });
  });

  it('is not taken for done when it failed and another one was', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    await putEndpoint(whole, 'completion', 'e');
    const original = whole.endpoints.update;
    Object.assign(whole.endpoints, {
      update: async (row: EndpointRow, revision: string) => {
        await original({ ...row, revision: 'other', task_settings: { user: 'other' } }, revision);
        down();
      },
    });
    expect(told(await update(whole, { task_settings: { user: 'u' } }))).toEqual(notStored);
    expect(await whole.endpoints.list()).toMatchObject([{ secret: 'memory/1', task_settings: { user: 'other' } }]);
    expect(secretsOf(whole)).toEqual({ kept: ['memory/1'], restorable: [] });
  });

  it('is done although the old secret cannot be deleted', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    await putEndpoint(whole, 'completion', 'e');
    fail(whole, ['secret deletion']);
    expect((await update(whole)).status).toBe(200);
    expect(await whole.endpoints.list()).toMatchObject([{ secret: 'memory/2' }]);
  });
});

describe('a delete', () => {
  it('keeps the secret of a row that stays', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    await putEndpoint(whole, 'completion', 'e');
    fail(whole, ['delete']);
    expect(told(await whole.request({ method: 'DELETE', path }))).toEqual(internal);
    expect(secretsOf(whole)).toEqual({ kept: ['memory/1'], restorable: [] });
  });

  it('is done although the secret cannot be deleted', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    await putEndpoint(whole, 'completion', 'e');
    fail(whole, ['secret deletion']);
    expect((await whole.request({ method: 'DELETE', path })).json).toEqual({
      acknowledged: true,
      pipelines: [],
      indexes: [],
    });
    expect(await whole.endpoints.list()).toEqual([]);
  });
});

describe('a store that is down', () => {
  it.each([
    ['GET', '/_inference', undefined],
    ['GET', path, undefined],
    ['PUT', path, endpointBody()],
    ['PUT', `${path}/_update`, { task_settings: {} }],
    ['DELETE', path, undefined],
    ['POST', path, { input: 'a' }],
  ])('is answered to %s %s with 500 and told to the log alone', async (method, target, body) => {
    const whole = createWholeService(scriptedHttp(openai));
    await putEndpoint(whole, 'completion', 'other');
    whole.endpoints.failure = new Error('sk-inside');
    whole.secrets.failure = new Error('sk-inside');
    expect(told(await whole.request({ method, path: target, body }))).toEqual(internal);
    expect(whole.lines.at(-1)).toContain('"level":"error"');
    expect(whole.lines.at(-1)).toContain('"failure":{"name":"Error","message":"sk-inside"');
    expect(whole.lines.join('')).not.toContain(apiKey);
  });
});
