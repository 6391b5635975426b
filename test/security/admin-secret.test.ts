import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { adminSecret } from '../../lib/security/admin-secret.ts';

const client = new SecretsManagerClient({ region: 'us-east-1' });
const secretsManager = mockClient(client);
const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:admin';

beforeEach(() => secretsManager.reset());

describe('the all-powerful secret', () => {
  it('is the whole text of the secret, read at each call', async () => {
    secretsManager
      .on(GetSecretValueCommand, { SecretId: arn })
      .resolvesOnce({ SecretString: 'a:b' })
      .resolvesOnce({ SecretString: 'c' });
    const read = adminSecret(client, arn);
    expect([await read(), await read()]).toEqual(['a:b', 'c']);
  });

  it.each([[{}], [{ SecretString: '' }]])('is never empty: %j', async (answer) => {
    secretsManager.on(GetSecretValueCommand).resolves(answer);
    await expect(adminSecret(client, arn)()).rejects.toThrow(`The secret [${arn}] holds no text`);
  });
});
