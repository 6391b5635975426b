import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { taskTypes } from '../../lib/api/task-type.ts';
import { routes } from '../../lib/http/routes.ts';
import { defaultEndpoints } from '../inference/ml-node.ts';
import { endpointBody, goodBody } from '../inference/openai.ts';

// Requests of every kind: good ones, good ones with something wrong in one place, and noise.

const ids = ['e', 'e', 'c', 'c', 'new', ...Object.values(defaultEndpoints)];

/** A method and a path: those of a route, or noise. */
const target = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(fc.constantFrom(...routes), fc.constantFrom(...ids), fc.constantFrom(...taskTypes, 'completion', 'any'))
      .map(([route, id, taskType]) => ({
        method: route.method as string,
        path: route.path.replace('{inference_id}', id).replace('{task_type}', taskType),
      })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'get', ''),
      path: fc
        .array(
          fc.oneof(
            fc.constantFrom('_inference', '_security', '_stream', '_update', '_all', '*', 'rerank', ...ids),
            fc.constantFrom('%', '%2F', '%00', '%E0%A4', ''),
            fc.string({ unit: 'binary' }),
          ),
        )
        .map((parts) => `/${parts.join('/')}`),
    }),
  },
);
const word = fc.oneof(
  fc.constantFrom('', 'true', 'false', '30s', '-1', '0', '1ms', '1.5s', 'application/json', '*/*', 'text/plain'),
  fc.constantFrom('application/vnd.elasticsearch+json; compatible-with=9', 'compatible-with=7', 'ApiKey x'),
  fc.string(),
);
const query = fc.dictionary(
  fc.oneof(fc.constantFrom('pretty', 'timeout', 'force', 'dry_run', 'human', 'filter_path', '__proto__'), fc.string()),
  word,
  { maxKeys: 2 },
);
const headers = fc.dictionary(fc.constantFrom('Accept', 'Content-Type', 'X-Opaque-Id', 'Authorization'), word);

/** Something where a body has something: of the right type now and then. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('a', '', 'openai', 'elasticsearch', 'elser', 'cosine', 'chunk', 'search') },
    { weight: 2, arbitrary: fc.constantFrom(1, 0, -1, 250, 1.5, 2 ** 53, 1e300, true, null, 'user', '.rerank-v1') },
    { weight: 1, arbitrary: fc.constantFrom('https://a.test', 'http://10.0.0.1', 'x://y', '.elser_model_2', 'text') },
    { weight: 3, arbitrary: tie('object') },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 2 }) },
    { weight: 1, arbitrary: fc.jsonValue() },
  ),
  object: fc.dictionary(
    fc.oneof(
      fc.constantFrom(...['input', 'query', 'messages', 'role', 'content', 'text', 'type', 'tools', 'task_settings']),
      fc.constantFrom(...['service', 'service_settings', 'task_type', 'chunking_settings', 'strategy', 'overlap']),
      fc.constantFrom(
        ...['model_id', 'api_key', 'url', 'rate_limit', 'requests_per_minute', 'num_allocations', 'user'],
      ),
      fc.constantFrom(...['input_type', 'top_n', 'headers', 'num_threads', 'toNumber', 'toString', '__proto__']),
    ),
    tie('value'),
    { maxKeys: 4 },
  ),
})).value;

const good: readonly unknown[] = [
  ...Object.values(goodBody),
  endpointBody(),
  endpointBody({}, { task_type: 'embedding' }),
  { service: 'elser', service_settings: { num_allocations: 1, num_threads: 1 } },
  { task_type: 'completion', service_settings: { api_key: 'other' }, task_settings: { user: 'u' } },
];
const body = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...good) },
  // A good body with something else in one place.
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...good),
        fc.dictionary(
          fc.constantFrom(
            'input',
            'query',
            'messages',
            'service_settings',
            'task_settings',
            'task_type',
            'chunking_settings',
            'x',
          ),
          anyValue,
          { maxKeys: 1 },
        ),
      )
      .map(([start, change]) => ({ ...Object(start), ...change })),
  },
  { weight: 2, arbitrary: anyValue.map((sent) => JSON.stringify(sent)) },
  {
    weight: 1,
    arbitrary: fc.oneof(fc.string(), fc.constantFrom('{', '[1e999]', '{"input":1e-999}', '['.repeat(2000))),
  },
  { weight: 1, arbitrary: fc.constant(undefined) },
);
/** The bytes of a body as the gateway hands them over: as text, in base64, compressed, or cut short. */
const encodings = {
  text: undefined,
  base64: (bytes: Buffer) => bytes,
  gzip: (bytes: Buffer) => gzipSync(bytes),
  cut: (bytes: Buffer) => gzipSync(bytes).subarray(0, -9),
} as const;
const encoding = fc.oneof(
  { weight: 8, arbitrary: fc.constant('text' as const) },
  { weight: 2, arbitrary: fc.constantFrom('base64' as const, 'gzip' as const, 'cut' as const) },
);

const encodedEvent = (sent: unknown, how: keyof typeof encodings) => {
  const encode = encodings[how];
  if (!encode || sent === undefined) return undefined;
  const text = typeof sent === 'string' ? sent : JSON.stringify(sent);
  return { body: encode(Buffer.from(text)).toString('base64'), isBase64Encoded: true };
};

/** Any request to a service with the endpoints `e` (completion) and `c` (chat). */
export const anyRequest = fc
  .record({
    target,
    query: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: query }),
    headers: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: headers }),
    body,
    keepsBody: fc.nat(9),
    encoding,
  })
  .map(({ target: { method, path }, query, headers, body, keepsBody, encoding: how }) => {
    // Most methods without a body have none.
    const sent = method === 'PUT' || method === 'POST' || keepsBody === 0 ? body : undefined;
    const event = encodedEvent(sent, how);
    return { method, path, query, headers, body: sent, ...(event && { event }) };
  });
