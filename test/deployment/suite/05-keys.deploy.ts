import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openService, rowsOf, tableName } from './deployment.ts';
import { embeddings, vectors } from './endpoints.ts';

let service: Awaited<ReturnType<typeof openService>>;

beforeAll(async () => {
  service = await openService();
});

const madeKey = z.object({ id: z.string(), api_key: z.string(), encoded: z.string() });

const makeKey = async (name: string, cluster: readonly string[]) => {
  const request = { name, role_descriptors: { own: { cluster } } };
  const answer = await service.ask('POST', '/_security/api_key', request);
  expect(answer.status).toBe(200);
  return madeKey.parse(await answer.json());
};

describe('API keys', () => {
  it('may do what their role says, and no more', async () => {
    const { encoded: key } = await makeKey('caller', ['monitor_inference']);
    const call = await service.ask('POST', '/_inference/my-embeddings', { input: ['a'] }, { key });
    expect({ status: call.status, body: await call.json() }).toEqual({ status: 200, body: vectors(['a']) });

    for (const [method, body] of [['PUT', embeddings], ['DELETE']] as const) {
      const refused = await service.ask(method, '/_inference/text_embedding/my-embeddings', body, { key });
      expect(refused.status).toBe(403);
      expect(await refused.json()).toMatchObject({ error: { type: 'security_exception' }, status: 403 });
    }
  });

  it('are stored without their secret', async () => {
    const { id, api_key } = await makeKey('stored', ['monitor_inference']);
    const rows = await rowsOf(await tableName('ApiKeys'));
    expect(rows.map((row) => row.id?.S)).toContain(id);
    expect(JSON.stringify(rows)).not.toContain(api_key);
  });

  it('end when they are invalidated', async () => {
    const { id, encoded: key } = await makeKey('ending', ['monitor_inference']);
    const authenticate = async () => (await service.ask('GET', '/_security/_authenticate', undefined, { key })).status;
    expect(await authenticate()).toBe(200);

    const answer = await service.ask('DELETE', '/_security/api_key', { ids: [id] });
    expect(await answer.json()).toMatchObject({ invalidated_api_keys: [id], error_count: 0 });
    // Another process of the function may know the key for as long as INLET_REFRESH_SECONDS.
    await expect.poll(authenticate, { timeout: 60_000, interval: 500 }).toBe(401);
  });
});
