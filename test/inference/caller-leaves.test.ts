import { describe, expect, it } from 'vitest';
import { createEgress } from '../../lib/transport/egress.ts';
import { createHttp } from '../../lib/transport/http.ts';
import { type Script, startFakeService } from '../helpers/fake-service.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { defaultEndpoints } from './ml-node.ts';
import { endpointBody, goodBody, putEndpoint, streamText } from './openai.ts';

// Over real connections: what matters is that those to the service close.

/** Endpoints whose service does this after their validation calls. */
const withService = async (script: Script) => {
  let created = false;
  const answer: Script = {
    type: 'answer',
    // So that no connections but those of the call stand open.
    headers: { connection: 'close' },
    body: JSON.stringify({ choices: [{ message: { content: 'a' } }] }),
  };
  const service = await startFakeService(() => (created ? script : answer));
  const http = createHttp({ egress: createEgress({ '*': `${service.origin}/{host}` }) });
  const whole = createWholeService(http, { nodeAddress: `${service.origin}/{model_id}` });
  await putEndpoint(whole, 'completion', 'e');
  created = true;
  const before = service.requests.length;
  return {
    whole,
    calls: () => service.requests.length - before,
    /** Resolves when the service has that many more requests. */
    asked: (count: number) => service.received(before + count),
    closed: () => Promise.all(service.connections.map(({ closed }) => closed)),
    close: async () => {
      await http.close();
      await service[Symbol.asyncDispose]();
    },
  };
};

const begun = streamText.slice(0, streamText.indexOf('\n\n') + 2);

describe('a caller that leaves', () => {
  it.each<[string, Script, string, string, unknown, number]>([
    ['a call', { type: 'hang' }, 'POST', '/_inference/e', goodBody.completion, 1],
    [
      'a call in parts',
      { type: 'hang' },
      'POST',
      `/_inference/${defaultEndpoints.text_embedding}`,
      { input: Array.from({ length: 100 }, () => 'a') },
      4,
    ],
    ['a stream before it begins', { type: 'hang' }, 'POST', '/_inference/e/_stream', goodBody.completion, 1],
    [
      'a stream that has begun',
      { type: 'stream', pieces: [begun], ending: 'hang' },
      'POST',
      '/_inference/e/_stream',
      goodBody.completion,
      1,
    ],
    ['a validation call', { type: 'hang' }, 'PUT', '/_inference/completion/new', endpointBody(), 1],
  ])('ends %s at the service', async (_, script, method, path, body, count) => {
    const { whole, asked, closed, close } = await withService(script);
    try {
      const caller = new AbortController();
      const answer = whole.request({ method, path, body, signal: caller.signal });
      await asked(count);
      caller.abort();
      await closed();
      await answer;
      expect(JSON.parse(whole.lines.at(-1) ?? '')).toMatchObject({ level: 'info', caller_left: true });
      expect(whole.secrets.kept.size).toBe(1);
    } finally {
      await close();
    }
  });

  it('before its request is read asks the service nothing', async () => {
    const { whole, calls, close } = await withService({ type: 'hang' });
    try {
      const body = goodBody.completion;
      await whole.request({ method: 'POST', path: '/_inference/e', body, signal: AbortSignal.abort() });
      expect(JSON.parse(whole.lines.at(-1) ?? '')).toMatchObject({ caller_left: true });
      expect(calls()).toBe(0);
    } finally {
      await close();
    }
  });
});
