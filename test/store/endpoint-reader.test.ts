import { beforeEach, describe, expect, it } from 'vitest';
import { cachedEndpointReader } from '../../lib/store/endpoint-reader.ts';
import { memoryEndpointStore, memorySecretStore } from '../helpers/memory-stores.ts';
import { exampleRow } from './example-row.ts';

const refreshMs = 30_000;
const down = new Error('store down');

let endpoints: ReturnType<typeof memoryEndpointStore>;
let secrets: ReturnType<typeof memorySecretStore>;
let warnings: unknown[];
let time: number;
let reference: string;

const open = (refresh = refreshMs) =>
  cachedEndpointReader({
    endpoints,
    secrets,
    refreshMs: refresh,
    now: () => time,
    log: { warn: (message, fields) => warnings.push([message, fields]) },
  });

beforeEach(async () => {
  endpoints = memoryEndpointStore();
  secrets = memorySecretStore();
  warnings = [];
  time = 1_790_000_000_000;
  reference = await secrets.create({ api_key: 'sk-1' });
  await endpoints.create(exampleRow({ secret: reference }));
});

const reads = () => ({ endpoints: endpoints.reads, secrets: secrets.reads });

describe('a process that reads endpoints', () => {
  it('reads no store for a warm call', async () => {
    const reader = open();
    for (let call = 0; call < 3; call += 1) {
      expect(await reader.endpoint('my-embeddings')).toEqual(exampleRow({ secret: reference }));
      expect(await reader.secrets(reference)).toEqual({ api_key: 'sk-1' });
    }
    expect(reads()).toEqual({ endpoints: 1, secrets: 1 });
  });

  it('reads each time with a refresh of 0', async () => {
    const reader = open(0);
    for (let call = 0; call < 3; call += 1) {
      await reader.endpoint('my-embeddings');
      await reader.secrets(reference);
    }
    expect(reads()).toEqual({ endpoints: 3, secrets: 3 });
  });

  it('sees what another process changed once the refresh time is over', async () => {
    const reader = open();
    await reader.endpoint('my-embeddings');
    await endpoints.update(exampleRow({ revision: 'second' }), 'first');

    expect(await reader.endpoint('my-embeddings')).toMatchObject({ revision: 'first' });
    time += refreshMs;
    expect(await reader.endpoint('my-embeddings')).toMatchObject({ revision: 'second' });
  });

  it('sees it at once where it asks for it', async () => {
    const reader = open();
    await reader.endpoint('my-embeddings');
    await reader.secrets(reference);
    await endpoints.update(exampleRow({ revision: 'second' }), 'first');
    await secrets.delete(reference, { forever: false });

    expect(await reader.freshEndpoint('my-embeddings')).toMatchObject({ revision: 'second' });
    expect(await reader.endpoint('my-embeddings')).toMatchObject({ revision: 'second' });
    expect(await reader.freshSecrets(reference)).toBeUndefined();
    expect(await reader.secrets(reference)).toBeUndefined();
  });

  it('sees its own changes at once', async () => {
    const reader = open();
    await reader.endpoint('my-embeddings');

    reader.put(exampleRow({ revision: 'own' }));
    expect(await reader.endpoint('my-embeddings')).toMatchObject({ revision: 'own' });
    await endpoints.delete('my-embeddings', 'first');
    reader.forget('my-embeddings');
    expect(await reader.endpoint('my-embeddings')).toBeUndefined();
  });

  it('sees an endpoint as soon as there is one', async () => {
    const reader = open();
    expect(await reader.endpoint('other')).toBeUndefined();
    await endpoints.create(exampleRow({ inference_id: 'other' }));
    expect(await reader.endpoint('other')).toEqual(exampleRow({ inference_id: 'other' }));
  });
});

describe('a process whose stores are down', () => {
  const warning = (key: string) => [
    'The store does not answer; what was read before serves in its place',
    { key, error: down },
  ];

  it('goes on for ten minutes after the refresh time, and no longer', async () => {
    const reader = open();
    await reader.endpoint('my-embeddings');
    await reader.secrets(reference);
    endpoints.failure = down;
    secrets.failure = down;

    time += refreshMs + 10 * 60_000 - 1;
    expect(await reader.endpoint('my-embeddings')).toEqual(exampleRow({ secret: reference }));
    expect(await reader.secrets(reference)).toEqual({ api_key: 'sk-1' });
    time += 1000;
    await expect(reader.endpoint('my-embeddings')).rejects.toBe(down);
    await expect(reader.secrets(reference)).rejects.toBe(down);
  });

  it('warns once a minute', async () => {
    const reader = open();
    await reader.endpoint('my-embeddings');
    await reader.secrets(reference);
    endpoints.failure = down;
    secrets.failure = down;

    time += refreshMs;
    await reader.endpoint('my-embeddings');
    await reader.secrets(reference);
    time += 59_999;
    await reader.secrets(reference);
    expect(warnings).toEqual([warning('my-embeddings')]);
    time += 1000;
    await reader.secrets(reference);
    expect(warnings).toEqual([warning('my-embeddings'), warning(reference)]);
  });

  it('fails for what it has never read', async () => {
    endpoints.failure = down;
    await expect(open().endpoint('my-embeddings')).rejects.toBe(down);
    expect(warnings).toEqual([]);
  });
});
