import * as z from 'zod';

/** An address that says where, and nothing else: no credentials, no query. */
const isPlainUrl = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    url !== undefined &&
    ['http:', 'https:'].includes(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === ''
  );
};

const isOrigin = (text: string): boolean => isPlainUrl(text) && new URL(text).pathname === '/';

/** A base URL in which a name in braces stands for what is asked for. */
const baseUrl = (variable: '{host}' | '{model_id}') =>
  z.string().refine((base) => isPlainUrl(base.replaceAll(variable, 'some.name')));

const egressMap = z.record(
  z.string().refine((key) => key === '*' || isOrigin(key)),
  baseUrl('{host}'),
);
const nodeMap = z.record(z.string().min(1), baseUrl('{model_id}'));

const jsonText = <Schema extends z.ZodType>(schema: Schema) =>
  z.string().transform((text, context): z.output<Schema> => {
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      context.addIssue({ code: 'custom', message: 'takes JSON', input: text });
      return z.NEVER;
    }
  });

/** The encoded form that Elasticsearch clients take: base64 of `id:secret`. */
const apiKey = z.string().transform((encoded, context) => {
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 1 || colon === decoded.length - 1 || Buffer.from(decoded, 'utf8').toString('base64') !== encoded) {
    context.addIssue({ code: 'custom', message: 'takes base64 of id:secret', input: encoded });
    return z.NEVER;
  }
  return { id: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
});

/** A number in digits: an empty text is none. */
const numeric = (form: RegExp, most: number) => z.string().regex(form).transform(Number).pipe(z.number().max(most));

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** Each variable that the project reads, with what it takes in words. */
const variables = {
  HOST: [z.string().min(1).default('127.0.0.1'), 'a host name or address'],
  PORT: [numeric(/^\d+$/, 65_535).default(9200), 'a port from 0 to 65535'],
  LOG_LEVEL: [z.enum(['error', 'warn', 'info', 'debug']).default('info'), 'error, warn, info or debug'],
  INLET_DATA_DIR: [z.string().min(1).default('.inlet'), 'a folder, or :memory:'],
  INLET_API_KEY: [apiKey.optional(), 'base64 of id:secret'],
  INLET_EGRESS: [
    jsonText(egressMap).default({}),
    'JSON from an origin or * to a base URL, such as {"*":"http://127.0.0.1:9000/{host}"}',
  ],
  INLET_ML_NODE: [
    z.union([z.string().regex(/^sagemaker:\/\/[a-zA-Z0-9](-*[a-zA-Z0-9])*$/), jsonText(nodeMap)]).optional(),
    'JSON from a model id or * to a base URL, or sagemaker://<endpoint name>',
  ],
  INLET_RATE_LIMITS: [z.enum(['process', 'shared']).default('process'), 'process or shared'],
  INLET_AWS_ROLE: [flag.default(false), 'true or false'],
  INLET_MODEL_DIR: [z.string().min(1).optional(), 'a folder'],
  INLET_REFRESH_SECONDS: [numeric(/^\d+(?:\.\d+)?$/, 600).default(30), 'seconds from 0 to 600'],
  INLET_STREAMING: [flag.default(true), 'true or false'],
  INLET_ENDPOINTS_TABLE: [z.string().min(1).default('inlet-endpoints'), 'the name of a DynamoDB table'],
  INLET_API_KEYS_TABLE: [z.string().min(1).default('inlet-api-keys'), 'the name of a DynamoDB table'],
  INLET_BUCKETS_TABLE: [z.string().min(1).default('inlet-buckets'), 'the name of a DynamoDB table'],
  INLET_SECRET_PREFIX: [z.string().min(1).default('inlet/endpoint/'), 'the beginning of secret names'],
  INLET_SECRET_KEY: [z.string().min(1).optional(), 'the ARN of the KMS key that encrypts new secrets'],
  INLET_ML_IMAGE: [z.string().min(1).optional(), 'the address of an image of Text Embeddings Inference'],
  INLET_ML_ACCELERATOR: [z.enum(['gpu', 'cpu']).default('gpu'), 'gpu or cpu'],
  INLET_ML_MOST_INSTANCES: [numeric(/^[1-9]\d*$/, 100).default(3), 'instances from 1 to 100'],
  INLET_MODEL_BUCKET: [z.string().min(1).optional(), 'the name of an S3 bucket'],
  INLET_MANAGE_FUNCTION: [z.string().min(1).optional(), 'the name of a Lambda function'],
  INLET_ADMIN_SECRET: [z.string().min(1).optional(), 'the ARN of the secret that holds the all-powerful key'],
} as const satisfies Record<string, readonly [z.ZodType, string]>;

type Variables = typeof variables;

/** The settings of a process, typed; one key per variable of `running` documentation in the README. */
export type Config = { readonly [Name in keyof Variables]: z.output<Variables[Name][0]> };

/** What was given, for a message: neither the key nor a password inside an address may reach a log. */
const shown = (name: string, given: string | undefined): string =>
  name === 'INLET_API_KEY' ? 'a value that is not that' : JSON.stringify(given).replace(/\/\/[^/@]*@/g, '//…@');

/** A setting that does not fit: one sentence for the person who set it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the settings from the environment, once, at start.
 *
 * @throws ConfigError naming the variable, what it got and what it takes; also for an `INLET_…` name that is none
 */
export const readConfig = (environment: Readonly<Record<string, string | undefined>>): Config => {
  const unknown = Object.keys(environment).find((name) => name.startsWith('INLET_') && !Object.hasOwn(variables, name));
  if (unknown) {
    const names = Object.keys(variables).filter((name) => name.startsWith('INLET_'));
    throw new ConfigError(`${unknown} is not a setting; there are ${names.join(', ')}`);
  }
  const entries = Object.entries(variables).map(([name, [schema, takes]]) => {
    const given = environment[name];
    const result = schema.safeParse(given);
    if (result.success) return [name, result.data];
    throw new ConfigError(`${name} takes ${takes}, but is ${shown(name, given)}`);
  });
  // The compiler cannot see that the entries above are those of `variables`, one for one.
  return Object.fromEntries(entries) as Config;
};
