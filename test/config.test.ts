import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../lib/config.ts';

const encoded = Buffer.from('id:se:cret').toString('base64');

const refusal = (environment: Readonly<Record<string, string>>): string => {
  try {
    return `taken: ${JSON.stringify(readConfig(environment))}`;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
};

describe('the settings', () => {
  it('have defaults', () => {
    expect(readConfig({})).toEqual({
      HOST: '127.0.0.1',
      PORT: 9200,
      LOG_LEVEL: 'info',
      INLET_DATA_DIR: '.inlet',
      INLET_API_KEY: undefined,
      INLET_EGRESS: {},
      INLET_ML_NODE: undefined,
      INLET_RATE_LIMITS: 'process',
      INLET_AWS_ROLE: false,
      INLET_MODEL_DIR: undefined,
      INLET_REFRESH_SECONDS: 30,
      INLET_STREAMING: true,
      INLET_ENDPOINTS_TABLE: 'inlet-endpoints',
      INLET_API_KEYS_TABLE: 'inlet-api-keys',
      INLET_BUCKETS_TABLE: 'inlet-buckets',
      INLET_SECRET_PREFIX: 'inlet/endpoint/',
      INLET_SECRET_KEY: undefined,
      INLET_ML_IMAGE: undefined,
      INLET_ML_ACCELERATOR: 'gpu',
      INLET_ML_MOST_INSTANCES: 3,
      INLET_MODEL_BUCKET: undefined,
      INLET_MANAGE_FUNCTION: undefined,
      INLET_ADMIN_SECRET: undefined,
    });
  });

  it.each([
    ['HOST', '::1', '::1'],
    ['PORT', '0', 0],
    ['PORT', '65535', 65_535],
    ['LOG_LEVEL', 'error', 'error'],
    ['LOG_LEVEL', 'warn', 'warn'],
    ['LOG_LEVEL', 'debug', 'debug'],
    ['INLET_DATA_DIR', ':memory:', ':memory:'],
    ['INLET_API_KEY', encoded, { id: 'id', secret: 'se:cret' }],
    ['INLET_EGRESS', '{}', {}],
    ['INLET_EGRESS', '{"*":"http://127.0.0.1:9000/{host}"}', { '*': 'http://127.0.0.1:9000/{host}' }],
    ['INLET_EGRESS', '{"https://a.test":"http://{host}/x"}', { 'https://a.test': 'http://{host}/x' }],
    ['INLET_EGRESS', '{"https://a.test:444/":"https://b.test"}', { 'https://a.test:444/': 'https://b.test' }],
    ['INLET_ML_NODE', '{"*":"http://127.0.0.1:8080"}', { '*': 'http://127.0.0.1:8080' }],
    ['INLET_ML_NODE', '{".rerank-v1":"http://a.test/{model_id}/"}', { '.rerank-v1': 'http://a.test/{model_id}/' }],
    ['INLET_ML_NODE', 'sagemaker://Inlet-ml-1', 'sagemaker://Inlet-ml-1'],
    ['INLET_ML_ACCELERATOR', 'cpu', 'cpu'],
    ['INLET_ML_MOST_INSTANCES', '100', 100],
    ['INLET_RATE_LIMITS', 'shared', 'shared'],
    ['INLET_AWS_ROLE', 'true', true],
    ['INLET_AWS_ROLE', 'false', false],
    ['INLET_MODEL_DIR', '/opt/models', '/opt/models'],
    ['INLET_REFRESH_SECONDS', '0', 0],
    ['INLET_REFRESH_SECONDS', '0.5', 0.5],
    ['INLET_REFRESH_SECONDS', '600', 600],
    ['INLET_STREAMING', 'true', true],
    ['INLET_STREAMING', 'false', false],
    ['INLET_ENDPOINTS_TABLE', 'table', 'table'],
    ['INLET_API_KEYS_TABLE', 'table', 'table'],
    ['INLET_BUCKETS_TABLE', 'table', 'table'],
    ['INLET_SECRET_PREFIX', 'prefix/', 'prefix/'],
    ['INLET_SECRET_KEY', 'arn:aws:kms:x', 'arn:aws:kms:x'],
    ['INLET_ADMIN_SECRET', 'arn:aws:x', 'arn:aws:x'],
  ])('%s takes %s', (name, text, value) => {
    expect(readConfig({ [name]: text })).toEqual({ ...readConfig({}), [name]: value });
  });

  const egress = 'JSON from an origin or * to a base URL, such as {"*":"http://127.0.0.1:9000/{host}"}';
  const node = 'JSON from a model id or * to a base URL, or sagemaker://<endpoint name>';
  it.each([
    ['HOST', [''], 'a host name or address'],
    ['PORT', ['', ' ', '-1', '65536', '1.5', '0x10', '1e3', 'http', '٣'], 'a port from 0 to 65535'],
    ['LOG_LEVEL', ['', 'INFO', 'trace'], 'error, warn, info or debug'],
    ['INLET_DATA_DIR', [''], 'a folder, or :memory:'],
    [
      'INLET_EGRESS',
      [
        '',
        '{',
        '[]',
        '"http://a.test"',
        'null',
        '{"*":1}',
        '{"*":""}',
        '{"*":"a.test"}',
        '{"*":"ftp://a.test"}',
        '{"*":"http://a.test?x=1"}',
        '{"*":"http://a.test#x"}',
        '{"a.test":"http://b.test"}',
        '{"https://a.test/path":"http://b.test"}',
        '{"":"http://b.test"}',
      ],
      egress,
    ],
    [
      'INLET_ML_NODE',
      ['', '{', '[]', 'http://a.test', 'sagemaker://', 'sagemaker://a/b', '{"*":"a.test"}', '{"":"http://a.test"}'],
      node,
    ],
    ['INLET_ML_IMAGE', [''], 'the address of an image of Text Embeddings Inference'],
    ['INLET_ML_ACCELERATOR', ['', 'GPU'], 'gpu or cpu'],
    ['INLET_ML_MOST_INSTANCES', ['', '0', '101', '1.5'], 'instances from 1 to 100'],
    ['INLET_MODEL_BUCKET', [''], 'the name of an S3 bucket'],
    ['INLET_MANAGE_FUNCTION', [''], 'the name of a Lambda function'],
    ['INLET_RATE_LIMITS', ['', 'none'], 'process or shared'],
    ['INLET_AWS_ROLE', ['', '1', 'TRUE'], 'true or false'],
    ['INLET_MODEL_DIR', [''], 'a folder'],
    ['INLET_REFRESH_SECONDS', ['', '-1', '601', '30s', 'Infinity', 'NaN', '1e1'], 'seconds from 0 to 600'],
    ['INLET_STREAMING', ['', 'off', '0'], 'true or false'],
    ['INLET_ENDPOINTS_TABLE', [''], 'the name of a DynamoDB table'],
    ['INLET_API_KEYS_TABLE', [''], 'the name of a DynamoDB table'],
    ['INLET_BUCKETS_TABLE', [''], 'the name of a DynamoDB table'],
    ['INLET_SECRET_PREFIX', [''], 'the beginning of secret names'],
    ['INLET_SECRET_KEY', [''], 'the ARN of the KMS key that encrypts new secrets'],
    ['INLET_ADMIN_SECRET', [''], 'the ARN of the secret that holds the all-powerful key'],
  ])('%s refuses %j in one sentence', (name, texts, takes) => {
    for (const text of texts) {
      expect(refusal({ [name]: text })).toBe(`${name} takes ${takes}, but is ${JSON.stringify(text)}`);
    }
  });

  it.each([
    ['INLET_EGRESS', egress],
    ['INLET_ML_NODE', node],
  ])('%s refuses an address with a password, and does not print it', (name, takes) => {
    expect(refusal({ [name]: '{"*":"http://user:pa55word@a.test"}' })).toBe(
      String.raw`${name} takes ${takes}, but is "{\"*\":\"http://…@a.test\"}"`,
    );
  });

  it('refuse a key that is none, and never print it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        const isKey = Buffer.from(Buffer.from(text, 'base64').toString('utf8')).toString('base64') === text;
        fc.pre(!isKey);
        expect(refusal({ INLET_API_KEY: text })).toBe(
          'INLET_API_KEY takes base64 of id:secret, but is a value that is not that',
        );
      }),
    );
  });

  it.each([
    'id:secret',
    '',
    'aWQ=',
    Buffer.from(':secret').toString('base64'),
    Buffer.from('id:').toString('base64'),
    ` ${encoded}`,
    `${encoded}\n`,
    '/w==',
  ])('refuse the key %j', (text) => {
    expect(refusal({ INLET_API_KEY: text })).toBe(
      'INLET_API_KEY takes base64 of id:secret, but is a value that is not that',
    );
  });

  it('know no other name that begins with INLET_, whatever its value', () => {
    expect(refusal({ INLET_API_KEYS: 'sk-secret', OTHER: 'x' })).toBe(
      'INLET_API_KEYS is not a setting; there are INLET_DATA_DIR, INLET_API_KEY, INLET_EGRESS, INLET_ML_NODE, INLET_RATE_LIMITS, INLET_AWS_ROLE, INLET_MODEL_DIR, INLET_REFRESH_SECONDS, INLET_STREAMING, INLET_ENDPOINTS_TABLE, INLET_API_KEYS_TABLE, INLET_BUCKETS_TABLE, INLET_SECRET_PREFIX, INLET_SECRET_KEY, INLET_ML_IMAGE, INLET_ML_ACCELERATOR, INLET_ML_MOST_INSTANCES, INLET_MODEL_BUCKET, INLET_MANAGE_FUNCTION, INLET_ADMIN_SECRET',
    );
    for (const name of ['INLET_', 'INLET_constructor', 'INLET_toString']) {
      expect(refusal({ [name]: 'x' })).toMatch(`${name} is not a setting`);
    }
  });
});
