import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  InvalidRequestException,
  ResourceNotFoundException,
  type SecretsManagerClient,
  SecretsManagerServiceException,
} from '@aws-sdk/client-secrets-manager';
import { type InferenceError, statusException } from '../api/errors.ts';
import { type SecretStore, type Secrets, secrets } from '../inference/ports.ts';

/** What Secrets Manager takes for one secret, in bytes. */
const maxSecretBytes = 65_536;

/** @throws InferenceError 400 for more than one secret holds */
const secretText = (values: Secrets): string => {
  const text = JSON.stringify(values);
  if (Buffer.byteLength(text) <= maxSecretBytes) return text;
  throw statusException(400, 'The secret settings of the inference endpoint may take up to 64 KiB');
};

/** @throws InferenceError 400 for more than one secret holds */
export const requireFit = (values: Secrets): void => {
  secretText(values);
};

/** The days in which an operator can restore what a user's request deleted; the fewest that AWS allows. */
const recoveryDays = 7;

/** Gone, or marked for deletion: AWS answers the second with `InvalidRequestException`, and for these calls with that alone. */
const isGone = (error: unknown): boolean =>
  error instanceof ResourceNotFoundException || error instanceof InvalidRequestException;

/** AWS's refusals may quote the value that they refuse, so only their kind and request id go on. */
const notStored = (error: unknown): InferenceError => {
  const kind = error instanceof Error ? error.name : 'unknown error';
  const requestId = error instanceof SecretsManagerServiceException ? error.$metadata.requestId : undefined;
  return statusException(500, 'Failed to store the secret settings of the inference endpoint', {
    cause: new Error(`CreateSecret: ${kind}${requestId ? ` in request ${requestId}` : ''}`),
  });
};

const parseSecret = (reference: string, text: string | undefined): Secrets => {
  try {
    return secrets.parse(JSON.parse(text ?? ''));
  } catch {
    // Without the cause: the parser's message quotes the text.
    throw new Error(`The secret [${reference}] does not hold a JSON object of strings`);
  }
};

/**
 * Secrets of inference endpoints in Secrets Manager, each a JSON object of strings under the name `<prefix><uuid>`.
 *
 * No error of it holds a secret value. A failed write is an InferenceError (500 `status_exception`; 400 above 64 KiB), any other
 * failure the SDK's own error.
 *
 * @param prefix - the beginning of the names; the functions' rights go by it
 * @param key - ARN of the KMS key that encrypts new secrets; without it Secrets Manager takes its own
 */
export const secretsManagerStore = (
  client: SecretsManagerClient,
  { prefix, key }: { readonly prefix: string; readonly key?: string | undefined },
): SecretStore => ({
  requireFit,

  create: async (values) => {
    const name = `${prefix}${randomUUID()}`;
    const text = secretText(values);
    try {
      await client.send(new CreateSecretCommand({ Name: name, SecretString: text, ...(key && { KmsKeyId: key }) }));
    } catch (error) {
      throw notStored(error);
    }
    return name;
  },

  get: async (reference) => {
    try {
      const { SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: reference }));
      return parseSecret(reference, text);
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  },

  delete: async (reference, { forever }) => {
    const how = forever ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: recoveryDays };
    try {
      await client.send(new DeleteSecretCommand({ SecretId: reference, ...how }));
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  },
});
