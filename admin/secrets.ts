import {
  DeleteSecretCommand,
  type ListSecretsCommandInput,
  paginateListSecrets,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

/** Days in which a deleted secret can be restored, without cost; the fewest that AWS allows. */
export const recoveryDays = 7;

/** Names of the endpoints' secrets, those already deleted left out. */
export const listEndpointSecrets = async (client: SecretsManagerClient, prefix: string): Promise<string[]> => {
  const beginning = `${prefix}/endpoint/`;
  const names: string[] = [];
  const filter: ListSecretsCommandInput = { Filters: [{ Key: 'name', Values: [beginning] }] };
  for await (const page of paginateListSecrets({ client }, filter)) {
    // The filter goes by words and passes over capital letters.
    for (const { Name: name } of page.SecretList ?? []) if (name?.startsWith(beginning)) names.push(name);
  }
  return names;
};

/** Deletes a secret, which can be restored for `recoveryDays`. */
export const deleteSecret = async (client: SecretsManagerClient, name: string): Promise<void> => {
  await client.send(new DeleteSecretCommand({ SecretId: name, RecoveryWindowInDays: recoveryDays }));
};
