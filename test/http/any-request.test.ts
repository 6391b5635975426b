import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { validationScript } from '../helpers/play.ts';
import { type Scripted, scriptedHttp } from '../helpers/scripted-http.ts';
import { type Answer, createWholeService } from '../helpers/whole-service.ts';
import { allServices } from '../inference/ml-node.ts';
import { endpointBody } from '../inference/openai.ts';
import { apiKeyHeader, exampleApiKey, exampleSecret } from '../security/example-api-key.ts';
import { memoryApiKeyStore } from '../security/memory-api-key-store.ts';
import { anyCall, type Configured, configured, secretMark } from './arbitrary-calls.ts';
import { anyRequest } from './arbitrary-request.ts';
import { anySecurityRequest } from './arbitrary-security.ts';
import { faultsOf } from './faults.ts';

// Attempts follow each other at once: how long a retry waits is tested where it is decided.
vi.mock('node:timers/promises', () => ({ setTimeout: async () => {} }));

const admin = { id: 'root', secret: 'SECRET-OF-ROOT' };

/** Requests that are no calls of services stop long before this many milliseconds, however busy the machine is. */
const guardTime = 5000;

/** The service behind all endpoints: what the exchange says that is being asked about. */
const serviceOf = () => {
  let asked: { readonly exchange: Configured; readonly isCall: boolean; readonly other?: Configured } | undefined;
  const recorded = (sent: Parameters<typeof allServices>[0], position: number): Scripted | Promise<Scripted> => {
    if (!asked) return allServices(sent, position);
    const { exchange, isCall, other = exchange } = asked;
    if (isCall && other.response) return other.response;
    try {
      return validationScript(exchange)(sent, position);
    } catch {
      return allServices(sent, position);
    }
  };
  return {
    http: scriptedHttp(recorded),
    ask: (next: typeof asked) => {
      asked = next;
    },
  };
};

const createGuarded = async () => {
  const keys = memoryApiKeyStore();
  await keys.create(exampleApiKey({ id: 'reader' }));
  await keys.create(exampleApiKey({ id: 'maker', privileges: ['manage_own_api_key'] }));
  const { http, ask } = serviceOf();
  return { ask, keys, ...createWholeService(http, { guard: { keys, admin } }) };
};

const callers = fc.oneof(
  { weight: 30, arbitrary: fc.constant(apiKeyHeader(admin.id, admin.secret)) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      apiKeyHeader('reader', exampleSecret),
      apiKeyHeader('maker', exampleSecret),
      apiKeyHeader('root', 'wrong'),
      apiKeyHeader('nobody', 'x'),
      'Basic ZWxhc3RpYzp4',
      'Basic x',
      'Bearer x',
      'ApiKey x',
      '',
    ),
  },
  { weight: 1, arbitrary: fc.string().map((text) => `ApiKey ${text}`) },
);

/** Where Elasticsearch, too, repeats what it was sent: settings that nobody reads are named with their values. */
const repeated = /(settings|the request|cannot be updated[^[]*) \[\{|unknown field/;

const secretsIn = ({ text, status }: Answer): readonly string[] =>
  [admin.secret, secretMark].filter((secret) => text.includes(secret) && !(status === 400 && repeated.test(text)));

let guarded: Awaited<ReturnType<typeof createGuarded>>;
const seen = new Map<string, number>();

/** Sends one request; what is wrong with its answer. */
const check = async (sent: Parameters<typeof guarded.request>[0], what: string, service?: string) => {
  const started = performance.now();
  const answer = await guarded.request(sent);
  const took = performance.now() - started;
  const key = `${what} ${sent.method} ${answer.status}`;
  seen.set(key, (seen.get(key) ?? 0) + 1);
  const faults = [
    ...faultsOf(answer, sent.method, service),
    ...(took > guardTime ? ['slow'] : []),
    ...secretsIn(answer).map(() => 'a secret'),
  ];
  expect({ faults, answer: answer.text }).toEqual({ faults: [], answer: answer.text });
};

beforeAll(async () => {
  guarded = await createGuarded();
  const put = (path: string, body: unknown) =>
    guarded.request({
      method: 'PUT',
      path: `/_inference/${path}`,
      headers: { Authorization: apiKeyHeader(admin.id, admin.secret) },
      body,
    });
  for (const [taskType, id] of [
    ['completion', 'e'],
    ['chat_completion', 'c'],
  ])
    await put(`${taskType}/${id}`, endpointBody());
  for (const exchange of configured) {
    guarded.ask({ exchange, isCall: false });
    await put(`${exchange.task}/${exchange.id}`, exchange.configuration);
  }
  seen.clear();
});

describe('any request has a well-formed answer that holds no secret', () => {
  it('about endpoints of any service', async () => {
    const others = fc.option(fc.constantFrom(...configured), { freq: 4, nil: undefined });
    await fc.assert(
      fc.asyncProperty(anyCall, others, callers, async ({ exchange, ...sent }, other, authorization) => {
        guarded.ask({ exchange, isCall: sent.method === 'POST', ...(other && { other }) });
        await check({ ...sent, headers: { Authorization: authorization } }, 'call', exchange.service);
      }),
      { numRuns: 2000 },
    );
  });

  it('about keys', async () => {
    await fc.assert(
      fc.asyncProperty(anySecurityRequest, callers, async (sent, authorization) => {
        await check({ ...sent, headers: { Authorization: authorization } }, 'keys');
      }),
      { numRuns: 800 },
    );
  });

  it('to any function, whatever it is', async () => {
    guarded.ask(undefined);
    await fc.assert(
      fc.asyncProperty(anyRequest, callers, async ({ headers, ...sent }, authorization) => {
        await check({ ...sent, headers: { Authorization: authorization, ...headers } }, 'any');
      }),
      { numRuns: 800 },
    );
  });

  it('and neither are all refused nor all taken', () => {
    const known = [...seen.keys()];
    for (const kind of ['call PUT', 'call POST', 'keys POST', 'keys DELETE', 'keys GET', 'any GET'])
      for (const status of [200, 400, 401]) expect(known).toContain(`${kind} ${status}`);
  });

  it('nor does the log hold one', () => {
    const log = guarded.lines.join('\n');
    expect(log).not.toContain(secretMark);
    expect(log).not.toContain(admin.secret);
  });
});
