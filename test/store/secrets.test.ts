import { inspect } from 'node:util';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  InvalidRequestException,
  ResourceNotFoundException,
  SecretsManagerClient,
  SecretsManagerServiceException,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { InferenceError } from '../../lib/api/errors.ts';
import { secretsManagerStore } from '../../lib/store/secrets.ts';

const client = new SecretsManagerClient({ region: 'us-east-1' });
const secretsManager = mockClient(client);
const store = secretsManagerStore(client, { prefix: 'Inlet/endpoint/' });

const notFound = new ResourceNotFoundException({ message: 'not found', $metadata: {} });
const markedForDeletion = new InvalidRequestException({ message: 'marked for deletion', $metadata: {} });
const throttled = new SecretsManagerServiceException({
  name: 'ThrottlingException',
  message: 'slow down',
  $fault: 'client',
  $metadata: { requestId: 'b6d2' },
});

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';

const sent = () => secretsManager.calls().map(({ args: [command] }) => ({ [command.constructor.name]: command.input }));

beforeEach(() => secretsManager.reset());

describe('what is sent to Secrets Manager', () => {
  it('creates a secret of JSON under the prefix and a new uuid, which is the reference', async () => {
    secretsManager.on(CreateSecretCommand).resolves({});
    const reference = await store.create({ api_key: 'sk-1', 'other "key"': '' });

    expect(reference).toMatch(new RegExp(`^Inlet/endpoint/${uuid}$`));
    expect(sent()).toEqual([
      { CreateSecretCommand: { Name: reference, SecretString: '{"api_key":"sk-1","other \\"key\\"":""}' } },
    ]);
  });

  it("encrypts new secrets with the operator's key where there is one", async () => {
    secretsManager.on(CreateSecretCommand).resolves({});
    const key = 'arn:aws:kms:us-east-1:123456789012:key/1';
    const Name = await secretsManagerStore(client, { prefix: 'Inlet/endpoint/', key }).create({ api_key: 'sk-1' });
    expect(sent()).toEqual([{ CreateSecretCommand: { Name, SecretString: '{"api_key":"sk-1"}', KmsKeyId: key } }]);
  });

  it('reads by the reference', async () => {
    secretsManager.on(GetSecretValueCommand).resolves({ SecretString: '{"api_key":"sk-1"}' });
    expect(await store.get('Inlet/endpoint/1')).toEqual({ api_key: 'sk-1' });
    expect(sent()).toEqual([{ GetSecretValueCommand: { SecretId: 'Inlet/endpoint/1' } }]);
  });

  it.each([
    { forever: true, how: { ForceDeleteWithoutRecovery: true } },
    { forever: false, how: { RecoveryWindowInDays: 7 } },
  ])('deletes, forever: $forever', async ({ forever, how }) => {
    secretsManager.on(DeleteSecretCommand).resolves({});
    await store.delete('Inlet/endpoint/1', { forever });
    expect(sent()).toEqual([{ DeleteSecretCommand: { SecretId: 'Inlet/endpoint/1', ...how } }]);
  });
});

describe('a secret that is gone', () => {
  it.each([{ failure: notFound }, { failure: markedForDeletion }])(
    'reads as none: $failure.name',
    async ({ failure }) => {
      secretsManager.onAnyCommand().rejects(failure);
      expect(await store.get('Inlet/endpoint/1')).toBeUndefined();
    },
  );

  it.each([{ failure: notFound }, { failure: markedForDeletion }])(
    'is deleted already: $failure.name',
    async ({ failure }) => {
      secretsManager.onAnyCommand().rejects(failure);
      await expect(store.delete('Inlet/endpoint/1', { forever: false })).resolves.toBeUndefined();
    },
  );
});

describe('failures', () => {
  it.each([
    { title: 'of reads', run: () => store.get('Inlet/endpoint/1') },
    { title: 'of deletions', run: () => store.delete('Inlet/endpoint/1', { forever: true }) },
  ])('$title stay what they are', async ({ run }) => {
    secretsManager.onAnyCommand().rejects(throttled);
    await expect(run()).rejects.toBe(throttled);
  });

  it('of creations are 500 and say the kind and the request', async () => {
    secretsManager.on(CreateSecretCommand).rejects(throttled);
    const thrown = await store.create({ api_key: 'sk-1' }).catch((reason: unknown) => reason);

    expect(thrown).toBeInstanceOf(InferenceError);
    expect(thrown).toMatchObject({
      status: 500,
      type: 'status_exception',
      message: 'Failed to store the secret settings of the inference endpoint',
      cause: { message: 'CreateSecret: ThrottlingException in request b6d2' },
    });
  });

  it('tells that secrets are too large before anything is sent', async () => {
    const thrown = await store.create({ api_key: 'é'.repeat(32_768) }).catch((reason: unknown) => reason);

    expect(thrown).toMatchObject({
      status: 400,
      type: 'status_exception',
      message: 'The secret settings of the inference endpoint may take up to 64 KiB',
    });
    expect(sent()).toEqual([]);
  });

  it('takes 64 KiB, quotes and braces counted', async () => {
    secretsManager.on(CreateSecretCommand).resolves({});
    await store.create({ k: 'x'.repeat(65_536 - '{"k":""}'.length) });
    expect(sent()).toHaveLength(1);
  });

  const secretText = fc.string({ minLength: 8, unit: 'grapheme-ascii' }).map((text) => `sk-${text}`);

  it('never show a secret that AWS quotes in its refusal', async () => {
    await fc.assert(
      fc.asyncProperty(secretText, async (secret) => {
        const message = `Value '{"api_key":${JSON.stringify(secret)}}' at 'secretString' (${secret}) is not valid`;
        const refusal = new SecretsManagerServiceException({
          name: 'ValidationException',
          message,
          $fault: 'client',
          $metadata: {},
        });
        secretsManager.on(CreateSecretCommand).rejects(refusal);
        const thrown = await store.create({ api_key: secret }).catch((reason: unknown) => reason);
        expect(inspect(thrown, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(secret);
      }),
    );
  });

  it.each([
    { title: 'no JSON', SecretString: 'sk-hidden' },
    { title: 'JSON cut short', SecretString: '{"api_key":"sk-hidden' },
    { title: 'a list', SecretString: '["sk-hidden"]' },
    { title: 'other values than strings', SecretString: '{"api_key":{"sk-hidden":1}}' },
    { title: 'nothing', SecretString: undefined },
  ])('name the reference of a secret that holds $title, and show nothing of it', async ({ SecretString }) => {
    secretsManager.on(GetSecretValueCommand).resolves(SecretString === undefined ? {} : { SecretString });
    const thrown = await store.get('Inlet/endpoint/1').catch((reason: unknown) => reason);

    expect(thrown).toMatchObject({
      name: 'Error',
      message: 'The secret [Inlet/endpoint/1] does not hold a JSON object of strings',
    });
    expect(inspect(thrown, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain('hidden');
  });
});
