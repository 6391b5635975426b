import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/**
 * The secret of the all-powerful key, where Secrets Manager made it: the value as it stands, no JSON around it.
 *
 * @param arn - of the secret in Secrets Manager
 * @returns a function that reads it anew at each call, and throws the SDK's own error, or an Error when it is empty
 */
export const adminSecret = (client: SecretsManagerClient, arn: string) => async (): Promise<string> => {
  const { SecretString: secret } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
  // An empty secret would be known to everyone.
  if (!secret) throw new Error(`The secret [${arn}] holds no text`);
  return secret;
};
