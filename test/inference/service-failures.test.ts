import { describe, expect, it } from 'vitest';
import { OutboundError } from '../../lib/transport/types.ts';
import { type Script, scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { goodBody, openai, putEndpoint, refusal } from './openai.ts';

// Answers hide whose failure it was: a service's own 500 becomes a 400. The log says it, for alarms.

// Not a failed connection, which would be tried again for seconds.
const silent: Script = async () => {
  throw new OutboundError('silent', 'api.openai.com');
};

/** The log line of a call whose service does this after the validation call. */
const lineOf = async (script: Script, path = '/_inference/e'): Promise<unknown> => {
  let created = false;
  const whole = createWholeService(scriptedHttp((request, at) => (created ? script : openai)(request, at)));
  await putEndpoint(whole, 'completion', 'e');
  created = true;
  await whole.request({ method: 'POST', path, body: goodBody.completion });
  return JSON.parse(whole.lines.at(-1) ?? '');
};

describe('the log of a call that its service does not answer', () => {
  it.each([
    ['a call', '/_inference/e'],
    ['a stream', '/_inference/e/_stream'],
  ])('says which status %s got from the service', async (_, path) => {
    expect(await lineOf(() => refusal(401, 'no such key'), path)).toMatchObject({
      message: 'request',
      service: 'openai',
      status: 401,
      service_status: 401,
    });
  });

  it('names the failure where no answer came', async () => {
    expect(await lineOf(silent)).toMatchObject({ service: 'openai', failure: { name: 'OutboundError' } });
  });

  it('has no such field where the service answers', async () => {
    expect(await lineOf(openai)).not.toHaveProperty('service_status');
  });
});
