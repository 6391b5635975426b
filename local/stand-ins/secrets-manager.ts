import { StartError } from '../start-error.ts';
import { serveAwsJson } from './aws-json.ts';
import { dataFolderError } from './data-folder.ts';
import { openRecordFiles } from './record-files.ts';
import { secretOperations } from './secret-operations.ts';
import { secretRecord } from './secret-record.ts';
import { openVault, type SecretVault } from './secret-vault.ts';
import type { StandIn } from './stand-in.ts';

type SecretsManagerOptions = {
  /** The server's data folder, or `:memory:`. */
  readonly dataDir: string;
  readonly log: { readonly error: (message: string, fields: { readonly error: unknown }) => void };
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

const openVaultIn = async (dataDir: string, now: () => number): Promise<SecretVault> => {
  try {
    return await openVault(await openRecordFiles(dataDir, 'secrets', secretRecord), now);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw dataFolderError(dataDir, error instanceof Error ? error : { message: String(error) });
  }
};

/**
 * Starts the Secrets Manager of the local server. Each change is on disk before it is answered.
 *
 * It knows of no other server on the same folder: start it after the DynamoDB stand-in, which refuses a folder in use.
 *
 * @throws StartError when the data folder cannot be used
 */
export const startSecretsManager = async (options: SecretsManagerOptions): Promise<StandIn> => {
  const { dataDir, log, now = Date.now } = options;
  const vault = await openVaultIn(dataDir, now);
  return serveAwsJson('secretsmanager', secretOperations(vault, now), (error) =>
    log.error('The Secrets Manager stand-in failed', { error }),
  );
};
