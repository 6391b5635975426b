import { type Config, readConfig } from '../lib/config.ts';
import { createLog, type Log } from '../lib/log.ts';
import { sweepEvent } from '../lib/ml-node/names.ts';
import { type ApiKey, keptApiKey } from './api-key.ts';
import { openDataFolder } from './data-folder.ts';
import { functionEnvironment } from './environment.ts';
import { createGateway, type Functions } from './server.ts';
import { startDynamoDb } from './stand-ins/dynamodb.ts';
import { startSecretsManager } from './stand-ins/secrets-manager.ts';
import { startSweepTimer } from './sweep-timer.ts';

type Environment = Record<string, string | undefined>;

export type LocalServer = {
  /** `http://127.0.0.1:9200` */
  readonly origin: string;
  readonly apiKey: ApiKey;
  /** Answers under way get 1.5 seconds. */
  readonly stop: () => Promise<void>;
  readonly log: Log;
};

const startStandIns = async (config: Config, log: Log) => {
  const { INLET_DATA_DIR: dataDir } = config;
  const tables = {
    endpoints: config.INLET_ENDPOINTS_TABLE,
    apiKeys: config.INLET_API_KEYS_TABLE,
    buckets: config.INLET_BUCKETS_TABLE,
  };
  await openDataFolder(dataDir);
  // The first to come is the one that refuses a folder in use.
  const dynamoDb = await startDynamoDb({ dataDir, tables, log });
  const secretsManager = await startSecretsManager({ dataDir, log });
  return { dynamoDb, secretsManager };
};

/** They read the environment when they are loaded, and once. */
const loadFunctions = async (
  environment: Environment,
): Promise<{ readonly functions: Functions; readonly sweep: () => Promise<unknown> }> => {
  Object.assign(process.env, environment);
  const [read, infer, manage, security] = await Promise.all([
    import('../functions/read.ts'),
    import('../functions/infer.ts'),
    import('../functions/manage.ts'),
    import('../functions/security.ts'),
  ]);
  return {
    functions: { read: read.respond, infer: infer.respond, manage: manage.respond, security: security.respond },
    // It has logged a failure itself.
    sweep: () => manage.respond(sweepEvent, new AbortController().signal).catch(() => {}),
  };
};

/**
 * Starts the whole service in this process, and the engine in one of its own.
 *
 * @throws ConfigError for a setting that does not fit, StartError for whatever else the person who starts it can mend
 */
export const startLocalServer = async (environment: Environment): Promise<LocalServer> => {
  const config = readConfig(environment);
  const log = createLog(config.LOG_LEVEL, (line) => process.stderr.write(line));
  // Unless built-in models run elsewhere.
  const hasModelNode = config.INLET_ML_NODE === undefined;
  // Most of what the functions import is loaded while the database's thread starts, and what stands for the ML node too.
  const [{ dynamoDb, secretsManager }, modelNodeModule] = await Promise.all([
    startStandIns(config, log),
    hasModelNode ? import('./model-node.ts') : undefined,
    import('../lib/runtime.ts'),
  ]);
  const apiKey = environment.INLET_API_KEY
    ? { encoded: environment.INLET_API_KEY, made: false }
    : await keptApiKey(config.INLET_DATA_DIR);
  const modelNode = await modelNodeModule?.startModelNode(config, environment, log);
  const addresses = {
    dynamoDb: dynamoDb.endpoint,
    secretsManager: secretsManager.endpoint,
    apiKey: apiKey.encoded,
    modelNode: modelNode?.environment,
  };
  const { functions, sweep } = await loadFunctions(functionEnvironment(environment, addresses));
  const gateway = createGateway(functions, log);
  const origin = await gateway.listen(config.HOST, config.PORT);
  const stopSweeps = startSweepTimer(sweep);
  const stop = async () => {
    stopSweeps();
    await gateway.stop();
    await Promise.all([modelNode?.close(), secretsManager.close(), dynamoDb.close()]);
  };
  return { origin, apiKey, stop, log };
};
