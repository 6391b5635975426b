import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type LocalServer, startServer } from '../helpers/local-server.ts';
import { type OpenAiStandIn, startOpenAi } from '../helpers/openai-stand-in.ts';

let openAi: OpenAiStandIn;

beforeAll(async () => {
  openAi = await startOpenAi();
});
afterAll(() => openAi.close());

const settings = { api_key: 'sk-of-the-tests', model_id: 'some-model', rate_limit: { requests_per_minute: 1 } };
const endpoint = { service: 'openai', service_settings: settings };

describe.each([
  { where: 'process', timeout: '50ms' },
  // Told at once: nobody waits for the whole of it.
  { where: 'shared', timeout: '59s' },
])('with INLET_RATE_LIMITS=$where', ({ where, timeout }) => {
  let server: LocalServer;

  beforeAll(async () => {
    server = await startServer({ env: { INLET_EGRESS: openAi.egress, INLET_RATE_LIMITS: where } });
  });
  afterAll(() => server.stop());

  it('the validation call of PUT takes the slot of the first call, until the limit is another', async () => {
    expect((await ask(server, 'PUT', '/_inference/completion/limited', endpoint)).status).toBe(200);
    const late = await ask(server, 'POST', `/_inference/limited?timeout=${timeout}`, { input: 'Hello' });
    expect(late.status).toBe(429);
    expect(await late.json()).toMatchObject({
      error: {
        type: 'timeout_exception',
        reason: `Request timed out after [${timeout}] for inference id [limited]`,
      },
    });
    const update = { service_settings: { rate_limit: { requests_per_minute: 6000 } } };
    expect((await ask(server, 'PUT', '/_inference/completion/limited/_update', update)).status).toBe(200);
    const answer = await ask(server, 'POST', '/_inference/limited', { input: 'Hello' });
    expect(await answer.json()).toEqual({ completion: [{ result: 'Hello' }] });
    // The table answered: no bucket of the process's own was needed.
    expect(server.stderr.filter((line) => line.includes('rate-limit table'))).toEqual([]);
  });
});
