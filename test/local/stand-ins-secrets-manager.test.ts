import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSecretsManager } from '../../local/stand-ins/secrets-manager.ts';
import { clientFor } from '../../local/stand-ins/stand-in.ts';
import { StartError } from '../../local/start-error.ts';

const day = 86_400_000;
const arn = /^arn:aws:secretsmanager:us-east-1:000000000000:secret:inlet\/a-[A-Za-z0-9]{6}$/;

let folder: string;
let time: number;
let faults: string[];
let open: { close: () => Promise<void> }[];

const start = async (dataDir: string) => {
  const standIn = await startSecretsManager({
    dataDir,
    now: () => time,
    log: { error: (message) => faults.push(message) },
  });
  const client = new SecretsManagerClient({ ...clientFor(standIn.endpoint), maxAttempts: 1 });
  open.push(standIn, { close: async () => client.destroy() });
  return { ...standIn, client };
};

/** The calls that the tests make, by short names. */
const calls = (client: SecretsManagerClient) => ({
  create: (Name: string, SecretString: string, ClientRequestToken?: string) =>
    client.send(
      new CreateSecretCommand({
        Name,
        SecretString,
        ...(ClientRequestToken === undefined ? {} : { ClientRequestToken }),
      }),
    ),
  put: (SecretId: string, SecretString: string) => client.send(new PutSecretValueCommand({ SecretId, SecretString })),
  get: (SecretId: string, VersionStage?: string) =>
    client.send(new GetSecretValueCommand({ SecretId, ...(VersionStage === undefined ? {} : { VersionStage }) })),
  describe: (SecretId: string) => client.send(new DescribeSecretCommand({ SecretId })),
  remove: (SecretId: string, RecoveryWindowInDays = 7) =>
    client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays })),
  removeForever: (SecretId: string) =>
    client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true })),
  restore: (SecretId: string) => client.send(new RestoreSecretCommand({ SecretId })),
});

type Calls = ReturnType<typeof calls>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-'));
  time = 1_790_000_000_000;
  faults = [];
  open = [];
});

afterEach(async () => {
  for (const { close } of open) await close();
  await rm(folder, { recursive: true });
  expect(faults).toEqual([]);
});

describe('the Secrets Manager stand-in', () => {
  it('gives back by name and by ARN what was created', async () => {
    const { create, get } = calls((await start(':memory:')).client);
    const created = await create('inlet/a', 'one', 'token-of-at-least-32-characters-1');
    expect(created).toMatchObject({
      ARN: expect.stringMatching(arn),
      Name: 'inlet/a',
      VersionId: 'token-of-at-least-32-characters-1',
    });

    const value = {
      ARN: created.ARN,
      Name: 'inlet/a',
      SecretString: 'one',
      VersionId: 'token-of-at-least-32-characters-1',
      VersionStages: ['AWSCURRENT'],
      CreatedDate: new Date(1_790_000_000_000),
    };
    expect(await get('inlet/a')).toMatchObject(value);
    expect(await get(created.ARN ?? '')).toMatchObject(value);
  });

  it('keeps the value before the last one', async () => {
    const { create, put, get } = calls((await start(':memory:')).client);
    await create('inlet/a', 'one');
    await put('inlet/a', 'two');
    expect(await put('inlet/a', 'three')).toMatchObject({ Name: 'inlet/a', VersionStages: ['AWSCURRENT'] });

    expect(await get('inlet/a')).toMatchObject({ SecretString: 'three', VersionStages: ['AWSCURRENT'] });
    expect(await get('inlet/a', 'AWSPREVIOUS')).toMatchObject({ SecretString: 'two', VersionStages: ['AWSPREVIOUS'] });
  });

  it('describes a secret without its value', async () => {
    const { create, put, describe: look, remove } = calls((await start(':memory:')).client);
    const first = await create('inlet/a', 'one');
    time += 1000;
    const second = await put('inlet/a', 'two');
    time += 1000;
    await remove('inlet/a');

    const { $metadata: _, ...described } = await look('inlet/a');
    expect(described).toEqual({
      ARN: first.ARN,
      Name: 'inlet/a',
      CreatedDate: new Date(1_790_000_000_000),
      LastChangedDate: new Date(1_790_000_001_000),
      DeletedDate: new Date(1_790_000_002_000),
      VersionIdsToStages: { [second.VersionId ?? '']: ['AWSCURRENT'], [first.VersionId ?? '']: ['AWSPREVIOUS'] },
    });
  });

  it('lists by name, page by page, and what is marked for deletion on request', async () => {
    const { client } = await start(':memory:');
    const { create, remove } = calls(client);
    for (const name of ['inlet/c', 'inlet/a', 'other/x', 'inlet/b', 'inlet/d']) await create(name, 'value');
    await remove('inlet/b');
    const list = async (NextToken: string | undefined, IncludePlannedDeletion: boolean) => {
      const page = await client.send(
        new ListSecretsCommand({
          MaxResults: 2,
          IncludePlannedDeletion,
          Filters: [{ Key: 'name', Values: ['inlet/'] }],
          ...(NextToken === undefined ? {} : { NextToken }),
        }),
      );
      return { names: page.SecretList?.map((secret) => secret.Name), next: page.NextToken };
    };

    const first = await list(undefined, false);
    expect(first.names).toEqual(['inlet/a', 'inlet/c']);
    expect(await list(first.next, false)).toEqual({ names: ['inlet/d'], next: undefined });
    expect(await list(undefined, true)).toMatchObject({ names: ['inlet/a', 'inlet/b'] });
  });

  it('answers a repeated create like the first, and lets one of 20 racing ones win', async () => {
    const { create, get } = calls((await start(folder)).client);
    const first = await create('inlet/a', 'one', 'token-of-at-least-32-characters-1');
    expect((await create('inlet/a', 'one', 'token-of-at-least-32-characters-1')).ARN).toBe(first.ARN);

    const values = Array.from({ length: 20 }, (_, index) => `value-${index}`);
    const results = await Promise.allSettled(values.map((value) => create('inlet/b', value)));
    const winners = values.filter((_, index) => results[index]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    expect((await get('inlet/b')).SecretString).toBe(winners[0]);
  });
});

describe('deletion', () => {
  it('with a window hides the secret until it is restored', async () => {
    const { create, get, remove, restore } = calls((await start(':memory:')).client);
    await create('inlet/a', 'one');
    expect((await remove('inlet/a')).DeletionDate).toEqual(new Date(1_790_000_000_000 + 7 * day));

    await expect(get('inlet/a')).rejects.toMatchObject({ name: 'InvalidRequestException' });
    expect((await restore('inlet/a')).Name).toBe('inlet/a');
    expect((await get('inlet/a')).SecretString).toBe('one');
  });

  it.each([
    { title: 'once the window is over', after: 7 * day, outcome: 'ResourceNotFoundException' },
    { title: 'not before', after: 7 * day - 1, outcome: 'inlet/a' },
  ])('with a window is final $title', async ({ after, outcome }) => {
    const { create, remove, restore } = calls((await start(':memory:')).client);
    await create('inlet/a', 'one');
    await remove('inlet/a');
    time += after;
    expect(
      await restore('inlet/a').then(
        ({ Name }) => Name,
        ({ name }) => name,
      ),
    ).toBe(outcome);
  });

  it.each([
    { title: 'kept', prepare: async () => {} },
    { title: 'marked for deletion', prepare: ({ remove }: Calls) => remove('inlet/a') },
  ])(
    'for ever is final for a secret that is $title; the name is free again, under another ARN',
    async ({ prepare }) => {
      const api = calls((await start(':memory:')).client);
      const first = await api.create('inlet/a', 'one');
      await prepare(api);
      expect(await api.removeForever('inlet/a')).toMatchObject({ ARN: first.ARN, Name: 'inlet/a' });

      await expect(api.get('inlet/a')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
      const second = await api.create('inlet/a', 'two');
      expect(second.ARN).not.toBe(first.ARN);
      await expect(api.get(first.ARN ?? '')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    },
  );

  it('for ever of a secret that never was is no error', async () => {
    const { removeForever } = calls((await start(':memory:')).client);
    expect(await removeForever('inlet/none')).toMatchObject({ Name: 'inlet/none' });
  });
});

describe('refusals', () => {
  const kept = async (api: Calls) => {
    await api.create('inlet/a', 'one', 'token-of-at-least-32-characters-1');
  };
  const marked = async (api: Calls) => {
    await kept(api);
    await api.remove('inlet/a');
  };

  it.each([
    {
      title: 'a name that is taken',
      given: kept,
      run: ({ create }: Calls) => create('inlet/a', 'two'),
      name: 'ResourceExistsException',
    },
    {
      title: 'another value under the same token',
      given: kept,
      run: ({ create }: Calls) => create('inlet/a', 'two', 'token-of-at-least-32-characters-1'),
      name: 'ResourceExistsException',
    },
    {
      title: 'to create what is marked for deletion',
      given: marked,
      run: ({ create }: Calls) => create('inlet/a', 'two'),
      name: 'InvalidRequestException',
    },
    {
      title: 'to change what is marked for deletion',
      given: marked,
      run: ({ put }: Calls) => put('inlet/a', 'two'),
      name: 'InvalidRequestException',
    },
    {
      title: 'to mark for deletion twice',
      given: marked,
      run: ({ remove }: Calls) => remove('inlet/a'),
      name: 'InvalidRequestException',
    },
    {
      title: 'to read what is not there',
      given: kept,
      run: ({ get }: Calls) => get('inlet/b'),
      name: 'ResourceNotFoundException',
    },
    {
      title: 'to read a stage that is not there',
      given: kept,
      run: ({ get }: Calls) => get('inlet/a', 'AWSPREVIOUS'),
      name: 'ResourceNotFoundException',
    },
    {
      title: 'to change what is not there',
      given: kept,
      run: ({ put }: Calls) => put('inlet/b', 'two'),
      name: 'ResourceNotFoundException',
    },
    {
      title: 'to delete what is not there',
      given: kept,
      run: ({ remove }: Calls) => remove('inlet/b'),
      name: 'ResourceNotFoundException',
    },
    {
      title: 'to restore what is not there',
      given: kept,
      run: ({ restore }: Calls) => restore('inlet/b'),
      name: 'ResourceNotFoundException',
    },
    {
      title: 'to describe what is not there',
      given: kept,
      run: (api: Calls) => api.describe('inlet/b'),
      name: 'ResourceNotFoundException',
    },
    {
      title: 'a name that AWS does not take',
      given: kept,
      run: ({ create }: Calls) => create('inlet a', 'two'),
      name: 'InvalidParameterException',
    },
    {
      title: 'an empty value',
      given: kept,
      run: ({ create }: Calls) => create('inlet/b', ''),
      name: 'InvalidParameterException',
    },
    {
      title: 'a value above 64 KiB',
      given: kept,
      run: ({ create }: Calls) => create('inlet/b', 'é'.repeat(32_769)),
      name: 'InvalidParameterException',
    },
    {
      title: 'a window of six days',
      given: kept,
      run: ({ remove }: Calls) => remove('inlet/a', 6),
      name: 'InvalidParameterException',
    },
  ])('$title: $name', async ({ given, run, name }) => {
    const api = calls((await start(':memory:')).client);
    await given(api);
    await expect(run(api)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  it('a window and no window at once', async () => {
    const { client } = await start(':memory:');
    const both = new DeleteSecretCommand({ SecretId: 'a', RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true });
    await expect(client.send(both)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('an operation that it does not know', async () => {
    const { client } = await start(':memory:');
    await expect(client.send(new GetRandomPasswordCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it.each([
    {
      title: 'a body that is no JSON',
      target: 'secretsmanager.GetSecretValue',
      body: '{',
      type: 'SerializationException',
    },
    { title: 'another service', target: 'DynamoDB_20120810.GetItem', body: '{}', type: 'UnknownOperationException' },
    {
      title: 'a name that every object has',
      target: 'secretsmanager.toString',
      body: '{}',
      type: 'UnknownOperationException',
    },
  ])('$title', async ({ target, body, type }) => {
    const { endpoint } = await start(':memory:');
    const answer = await fetch(endpoint, { method: 'POST', headers: { 'x-amz-target': target }, body });
    expect({ status: answer.status, body: await answer.json() }).toMatchObject({ status: 400, body: { __type: type } });
  });
});

describe('the data folder', () => {
  it('keeps secrets between starts, with their windows', async () => {
    const first = await start(folder);
    const before = calls(first.client);
    await before.create('inlet/a', 'one');
    await before.put('inlet/a', 'two');
    await before.create('inlet/b', 'other');
    await before.remove('inlet/b');
    await before.create('inlet/c', 'gone');
    await before.removeForever('inlet/c');
    await first.close();

    const { get, restore } = calls((await start(folder)).client);
    expect(await get('inlet/a')).toMatchObject({ SecretString: 'two' });
    expect(await get('inlet/a', 'AWSPREVIOUS')).toMatchObject({ SecretString: 'one' });
    await expect(get('inlet/b')).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await restore('inlet/b');
    expect(await get('inlet/b')).toMatchObject({ SecretString: 'other' });
    await expect(get('inlet/c')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('holds a file for each secret that its user alone may read', async () => {
    const { create } = calls((await start(folder)).client);
    await create(`inlet/${'a'.repeat(500)}`, 'one');
    await create('inlet/b', 'two');

    const files = await readdir(join(folder, 'secrets'));
    const modes = await Promise.all(
      files.map(async (file) => (await stat(join(folder, 'secrets', file))).mode & 0o777),
    );
    expect(modes).toEqual([0o600, 0o600]);
    expect((await stat(join(folder, 'secrets'))).mode & 0o777).toBe(0o700);
  });

  it('loses the files of secrets whose window is over, and of writes that were cut short', async () => {
    const first = await start(folder);
    const { create, remove } = calls(first.client);
    await create('inlet/a', 'one');
    await remove('inlet/a');
    await first.close();
    await writeFile(join(folder, 'secrets', 'half.json.new'), '{"name":');

    time += 7 * day;
    await start(folder);
    expect(await readdir(join(folder, 'secrets'))).toEqual([]);
  });

  it('that holds a damaged file is named in one sentence, which shows nothing of it', async () => {
    const first = await start(folder);
    await calls(first.client).create('inlet/a', 'one');
    await first.close();
    const [file = ''] = await readdir(join(folder, 'secrets'));
    const path = join(folder, 'secrets', file);
    await writeFile(path, (await readFile(path, 'utf8')).slice(0, -2));

    await expect(start(folder)).rejects.toEqual(
      new StartError(`The data folder ${folder} holds a damaged file: ${path}`),
    );
  });

  it('that is a file is named in one sentence', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(start(file)).rejects.toEqual(
      new StartError(`The data folder ${file} cannot be used: it, or what it lies in, is a file, not a folder`),
    );
  });
});

describe('a change that does not reach the disk', () => {
  it('is answered 500, told, and not seen', async () => {
    const { client } = await start(folder);
    const { create, get } = calls(client);
    await create('inlet/a', 'one');
    await rm(join(folder, 'secrets'), { recursive: true });

    await expect(calls(client).put('inlet/a', 'two')).rejects.toMatchObject({
      name: 'InternalServiceError',
      message: 'An error occurred on the server side',
      $metadata: { httpStatusCode: 500 },
    });
    expect(await get('inlet/a')).toMatchObject({ SecretString: 'one' });
    expect(faults.splice(0)).toEqual(['The Secrets Manager stand-in failed']);
  });
});
