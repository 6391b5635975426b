import { promisify } from 'node:util';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { validationScript } from '../helpers/play.ts';
import { type Scripted, scriptedHttp } from '../helpers/scripted-http.ts';
import { type Answer, createWholeService } from '../helpers/whole-service.ts';
import { allServices, isForNode } from '../inference/ml-node.ts';
import { endpointBody } from '../inference/openai.ts';
import { apiKeyHeader, exampleApiKey, exampleSecret } from '../security/example-api-key.ts';
import { memoryApiKeyStore } from '../security/memory-api-key-store.ts';
import { anyCall, anyLargeCall, type Configured, configured, largeCall, secretMark } from './arbitrary-calls.ts';
import { anyRequest } from './arbitrary-request.ts';
import { anyLargeSecurityRequest, anySecurityRequest, largeSecurityRequest } from './arbitrary-security.ts';
import { faultsOf } from './faults.ts';
import { slowness, stopwatch } from './stopwatch.ts';

// Attempts follow each other at once: how long a retry waits is tested where it is decided.
vi.mock('node:timers/promises', () => ({ setTimeout: async () => {}, setImmediate: promisify(setImmediate) }));

const admin = { id: 'root', secret: 'SECRET-OF-ROOT' };
const asAdmin = { Authorization: apiKeyHeader(admin.id, admin.secret) };

/** Requests of 5 MiB take time to make, too. */
const largeRuns = 80;

/** Milliseconds that a request may take of its own. */
const ownTime = 1000;
/** What a request to a service may take besides, and each megabyte of it: the call asks for them. The node has to read its texts. */
const allowed = { service: { request: 5, megabyte: 25 }, node: { request: 20, megabyte: 100 } };

/** The service behind all endpoints: what the exchange says that is being asked about. */
const serviceOf = () => {
  let asked:
    | { readonly exchange: Configured; readonly isCall: boolean; readonly isLarge?: true; readonly other?: Configured }
    | undefined;
  const recorded = (sent: Parameters<typeof allServices>[0], position: number): Scripted | Promise<Scripted> => {
    if (!asked) return allServices(sent, position);
    const { exchange, isCall, isLarge, other = exchange } = asked;
    // To so many texts as a large call has only the node answers what fits.
    if (isLarge && isForNode(sent)) return allServices(sent, position);
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
  return { ask, keys, sent: http.sent, ...createWholeService(http, { guard: { keys, admin } }) };
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

type Sent = Parameters<typeof guarded.request>[0];

/** Sends one request. Returns its answer, and the milliseconds that it took above what it may. */
const attempt = async (sent: Sent) => {
  const measure = stopwatch();
  const answer = await guarded.request(sent);
  const took = measure();
  const requests = guarded.sent.splice(0);
  const asked = requests.reduce((sum, sentOut) => {
    const { request, megabyte } = isForNode(sentOut) ? allowed.node : allowed.service;
    return sum + request + (sentOut.body.length / 1e6) * megabyte;
  }, 0);
  return { answer, excess: took - ownTime - asked };
};

/** Whether a request is slow however often it is sent, by the pace of the machine just now. */
const isSlow = async (sent: Sent, excess: number): Promise<boolean> => {
  if (excess <= 0) return false;
  const again = [await attempt(sent), await attempt(sent)].map((tried) => tried.excess);
  return Math.min(excess, ...again) > (slowness() - 1) * ownTime;
};

/** Sends one request, and fails where something is wrong with its answer. */
const check = async (sent: Sent, what: string, service?: string) => {
  const { answer, excess } = await attempt(sent);
  const key = `${what} ${sent.method} ${answer.status}`;
  seen.set(key, (seen.get(key) ?? 0) + 1);
  const faults = [
    ...faultsOf(answer, sent.method, service),
    ...((await isSlow(sent, excess)) ? [`slow by ${Math.round(excess)} ms`] : []),
    ...secretsIn(answer).map(() => 'a secret'),
  ];
  const shown = answer.text.slice(0, 2000);
  expect({ faults, answer: shown }).toEqual({ faults: [], answer: shown });
};

beforeAll(async () => {
  guarded = await createGuarded();
  const put = (path: string, body: unknown) =>
    guarded.request({
      method: 'PUT',
      path: `/_inference/${path}`,
      headers: asAdmin,
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

  it('about endpoints, with as much in it as a request may hold', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyLargeCall, async (described) => {
        const call = largeCall(described);
        if (!call) return;
        const { exchange, ...sent } = call;
        guarded.ask({ exchange, isCall: sent.method === 'POST', isLarge: true });
        await check({ ...sent, headers: { ...sent.headers, ...asAdmin } }, 'large call', exchange.service);
      }),
      { numRuns: largeRuns, endOnFailure: true },
    );
  });

  it('about keys, with as much in it as a request may hold', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyLargeSecurityRequest, async (described) => {
        const sent = largeSecurityRequest(described);
        await check({ ...sent, headers: { ...sent.headers, ...asAdmin } }, 'large keys');
      }),
      { numRuns: largeRuns / 4, endOnFailure: true },
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
