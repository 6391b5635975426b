import { describe, expect, it } from 'vitest';
import type { EndpointRow } from '../../lib/inference/ports.ts';
import { refused, told } from '../helpers/envelopes.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { apiKey, endpointBody, openai, putEndpoint, type Whole } from './openai.ts';

const path = '/_inference/completion/e';

const put = (whole: Whole, key: string) => whole.request({ method: 'PUT', path, body: endpointBody({ api_key: key }) });

const update = (whole: Whole, body: unknown) => whole.request({ method: 'PUT', path: `${path}/_update`, body });

/** The one row, which must name the one secret. */
const stored = async (whole: Whole) => {
  const rows = await whole.endpoints.list();
  expect(rows.map(({ secret }) => secret)).toEqual([...whole.secrets.kept.keys()]);
  return { row: rows[0], secrets: [...whole.secrets.kept.values()] };
};

const exists = refused(400, 'resource_already_exists_exception', 'Inference endpoint [e] already exists');

describe('six PUTs of one id at once', () => {
  it('let one win, and the others leave nothing behind', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    const keys = ['k0', 'k1', 'k2', 'k3', 'k4', 'k5'];
    const answers = await Promise.all(keys.map((key) => put(whole, key)));
    const winners = keys.filter((_, index) => answers[index]?.status === 200);
    expect(winners).toHaveLength(1);
    expect(answers.filter(({ status }) => status !== 200).map(told)).toEqual(Array.from({ length: 5 }, () => exists));
    expect((await stored(whole)).secrets).toEqual([{ api_key: winners[0] }]);
    expect(whole.secrets.restorable.size).toBe(0);
  });
});

describe('updates at once', () => {
  it('lose nobody’s change', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    await put(whole, apiKey);
    const answers = await Promise.all([
      update(whole, { task_settings: { user: 'u' } }),
      update(whole, { task_settings: { headers: { a: 'b' } } }),
      update(whole, { service_settings: { organization_id: 'o' } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await stored(whole)).row).toMatchObject({
      service_settings: { organization_id: 'o' },
      task_settings: { user: 'u', headers: { a: 'b' } },
    });
    expect((await stored(whole)).secrets).toEqual([{ api_key: apiKey }]);
  });

  it('of the secret leave one, and those that were replaced can be restored', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    await put(whole, apiKey);
    const answers = await Promise.all(
      ['k1', 'k2'].map((key) => update(whole, { service_settings: { api_key: key }, task_settings: { user: key } })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const { row, secrets } = await stored(whole);
    // Secret and settings are of the same update.
    expect(secrets).toEqual([{ api_key: row?.task_settings.user }]);
    // Only what a row has named: the loser's first secret is gone for good.
    const replaced = [...whole.secrets.restorable.values()].map(({ api_key }) => api_key);
    expect(replaced).toHaveLength(2);
    expect(replaced).toContain(apiKey);
  });

  /** Another update comes first, each time that this many updates are about to write. */
  const interfere = (whole: Whole, times: number) => {
    const original = whole.endpoints.update;
    let left = times;
    const racing = async (row: EndpointRow, revision: string) => {
      if (left > 0) {
        left -= 1;
        const now = await whole.endpoints.get(row.inference_id);
        if (now)
          await original({ ...now, revision: `other-${left}`, task_settings: { user: `other-${left}` } }, now.revision);
      }
      return original(row, revision);
    };
    Object.assign(whole.endpoints, { update: racing });
  };

  it.each([1, 2])('that lose %i times merge anew', async (times) => {
    const whole = createWholeService(scriptedHttp(openai));
    await put(whole, apiKey);
    interfere(whole, times);
    const body = { service_settings: { api_key: 'k1' }, task_settings: { headers: { a: 'b' } } };
    expect((await update(whole, body)).json).toMatchObject({ task_settings: { user: 'other-0', headers: { a: 'b' } } });
    expect((await stored(whole)).secrets).toEqual([{ api_key: 'k1' }]);
    expect([...whole.secrets.restorable.values()]).toEqual([{ api_key: apiKey }]);
  });

  it('that lose three times give up, and leave nothing behind', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    await put(whole, apiKey);
    interfere(whole, 3);
    expect(told(await update(whole, { service_settings: { api_key: 'k1' } }))).toEqual(
      refused(409, 'status_exception', 'Inference endpoint [e] was changed by others at the same time'),
    );
    expect((await stored(whole)).secrets).toEqual([{ api_key: apiKey }]);
    expect(whole.secrets.restorable.size).toBe(0);
  });

  it('do not bring back an endpoint that was deleted', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    await put(whole, apiKey);
    const [answer, gone] = await Promise.all([
      update(whole, { service_settings: { api_key: 'k1' } }),
      whole.request({ method: 'DELETE', path }),
    ]);
    expect(gone.status).toBe(200);
    expect(told(answer)).toEqual(
      refused(404, 'status_exception', 'The inference endpoint [e] does not exist and cannot be updated'),
    );
    expect(await whole.endpoints.list()).toEqual([]);
    expect(whole.secrets.kept.size).toBe(0);
  });
});

describe('a delete', () => {
  const changeOnce = (whole: Whole, times: number) => {
    const original = whole.endpoints.delete;
    let left = times;
    const racing = async (id: string, revision: string) => {
      if (left > 0) {
        left -= 1;
        await update(whole, { task_settings: { user: `u${left}` } });
      }
      return original(id, revision);
    };
    Object.assign(whole.endpoints, { delete: racing });
  };

  it('of an endpoint that has just changed deletes it as it is now', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    await putEndpoint(whole, 'completion', 'e');
    changeOnce(whole, 2);
    expect((await whole.request({ method: 'DELETE', path })).status).toBe(200);
    expect(await whole.endpoints.list()).toEqual([]);
  });

  it('of one that keeps changing gives up', async () => {
    const whole = createWholeService(scriptedHttp(openai));
    await putEndpoint(whole, 'completion', 'e');
    changeOnce(whole, 3);
    expect(told(await whole.request({ method: 'DELETE', path }))).toEqual(
      refused(409, 'status_exception', 'Inference endpoint [e] was changed by others at the same time'),
    );
    expect((await stored(whole)).secrets).toEqual([{ api_key: apiKey }]);
  });
});
