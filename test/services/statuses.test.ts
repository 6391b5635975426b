import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { validationScript } from '../helpers/play.ts';
import { type Scripted, scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { type Configured, configured } from '../http/arbitrary-calls.ts';

// Attempts follow each other at once: how long a retry waits is tested where it is decided.
vi.mock('node:timers/promises', () => ({ setTimeout: async () => {} }));

/** Statuses below 500 that Elasticsearch has a name for (contract §14). */
const named = [
  300, 301, 302, 303, 304, 305, 307, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412,
].concat([413, 414, 415, 416, 417, 422, 423, 424, 429]);

/** Those whose failures are no HTTP answers to Elasticsearch: its clients of AWS throw, and its own node has words for each. */
const apart = ['amazonbedrock', 'amazon_sagemaker', 'elasticsearch', 'elser'];

/** The one service whose 503 is passed on. */
const passesOn = 'amazon_sagemaker';

/** One endpoint for each task of each service, with a good body. */
const endpoints = Object.values(
  Object.groupBy(
    configured.filter(({ request, earlier }) => request && !earlier),
    ({ service, task }) => `${service} ${task}`,
  ),
).flatMap((exchanges) => exchanges?.slice(0, 1) ?? []);

let answer: Scripted | undefined;
let current: Configured | undefined;
const whole = createWholeService(
  scriptedHttp((sent, position) => {
    // Whoever asks for a token gets one.
    if (answer && sent.headers['content-type'] !== 'application/x-www-form-urlencoded') return answer;
    if (!current) throw new Error('nothing is asked yet');
    return validationScript(current)(sent, position);
  }),
);

beforeAll(async () => {
  for (const exchange of endpoints) {
    current = exchange;
    const path = `/_inference/${exchange.task}/${exchange.id}`;
    const { status, text } = await whole.request({ method: 'PUT', path, body: exchange.configuration });
    if (status !== 200) throw new Error(`PUT answered ${text}`);
  }
});

const failing = fc.oneof(fc.integer({ min: 300, max: 599 }), fc.constantFrom(...named, 500, 502, 503, 504, 529));

/** What services say besides: nothing that can be read, or words in one shape or another. */
const bodies = fc.oneof(
  fc.constantFrom<unknown[]>('', {}, [], '<html></html>', { message: 'no' }, { error: 'no' }, { detail: 'no' }),
  fc.constantFrom<unknown[]>(
    { error: { message: 'no', type: 'a' } },
    { error: { message: 'no', code: 'c', param: 'p' } },
  ),
  fc.jsonValue(),
);

const post = async (exchange: Configured, answered: Scripted) => {
  answer = answered;
  current = exchange;
  return whole.request({
    method: 'POST',
    path: `/_inference/${exchange.task}/${exchange.id}${exchange.stream ? '/_stream' : ''}`,
    body: exchange.input,
  });
};

describe('a failure of a service', () => {
  it('keeps its status where Elasticsearch knows it, and is a 400 elsewhere', async () => {
    const asHttp = endpoints.filter(({ service }) => !apart.includes(service));
    expect(asHttp.length).toBeGreaterThan(15);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...asHttp), failing, bodies, async (exchange, status, body) => {
        const { status: told, text } = await post(exchange, { status, body });
        expect({ told, text }).toEqual({ told: named.includes(status) ? status : 400, text });
      }),
      { numRuns: 500 },
    );
  });

  it('is told with its status and the id of the endpoint', async () => {
    const asHttp = endpoints.filter(({ service }) => !apart.includes(service));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...asHttp), failing, bodies, async (exchange, status, body) => {
        const { text } = await post(exchange, { status, body });
        expect(text).toContain(`for request from inference entity id [${exchange.id}] status [${status}]`);
      }),
      { numRuns: 300 },
    );
  });

  it('is never one that clients would retry', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...endpoints), failing, bodies, async (exchange, status, body) => {
        const answered = await post(exchange, { status, body });
        const retried = exchange.service === passesOn ? [502, 504] : [502, 503, 504];
        expect(retried).not.toContain(answered.status);
      }),
      { numRuns: 300 },
    );
  });
});
