type Environment = Record<string, string | undefined>;

type Addresses = {
  readonly dynamoDb: string;
  readonly secretsManager: string;
  readonly apiKey: string;
  /** What names the local server's own ML node, where that is what runs built-in models. */
  readonly modelNode: Environment | undefined;
};

/** What the SDK asks for before it calls anything; the stand-ins take any. Credentials of one's own stay: providers may need them. */
const defaults = ({ AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_DEFAULT_REGION = 'us-east-1' }: Environment): Environment => ({
  AWS_REGION: AWS_DEFAULT_REGION,
  ...(!AWS_ACCESS_KEY_ID && !AWS_PROFILE && { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' }),
});

/**
 * Calls to the ML node are signed by what stands in the environment, as on Lambda. A profile is not read for stand-ins, which take any
 * credentials.
 */
const signing = ({ AWS_ACCESS_KEY_ID, AWS_PROFILE }: Environment): Environment =>
  AWS_ACCESS_KEY_ID || !AWS_PROFILE
    ? {}
    : { AWS_PROFILE: '', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

/** The environment that the functions find: the local server's in place of AWS's. */
export const functionEnvironment = (environment: Environment, addresses: Addresses): Environment => ({
  ...defaults(environment),
  ...environment,
  // Data must not reach AWS because somebody's shell tells the SDK to pass over the next two.
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
  AWS_ENDPOINT_URL_DYNAMODB: addresses.dynamoDb,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: addresses.secretsManager,
  INLET_API_KEY: addresses.apiKey,
  ...(addresses.modelNode && { ...signing(environment), ...addresses.modelNode }),
});
