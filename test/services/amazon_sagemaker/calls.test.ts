import { describe, expect, it, vi } from 'vitest';
import { OutboundError } from '../../../lib/transport/types.ts';
import { refusedFor, told } from '../../helpers/envelopes.ts';
import { eventStream } from '../../helpers/event-stream.ts';
import type { Script } from '../../helpers/scripted-http.ts';
import { createWholeService } from '../../helpers/whole-service.ts';
import { storedEndpoint } from '../endpoints.ts';

// Attempts follow each other at once: how long a retry waits is tested where it is decided.
vi.mock('node:timers/promises', () => ({ setTimeout: async () => {} }));

const settings = {
  access_key: 'AKIDEXAMPLE',
  secret_key: 'secret',
  endpoint_name: 'tides',
  region: 'eu-west-1',
  api: 'openai',
};
const completed = { choices: [{ message: { content: 'Yes.' } }] };

/** Answers each text with its number. */
const numbered: Script = ({ body }) => {
  const texts: readonly string[] = [JSON.parse(body).input].flat();
  return { body: { data: texts.map((text) => ({ embedding: [Number(text) || 0] })) } };
};

describe('a call of amazon_sagemaker', () => {
  it.each([
    [{}, [[1, 2, 3, 4, 5].map(String)]],
    [{ batch_size: 2 }, [['1', '2'], ['3', '4'], '5']],
  ])('with %j goes out in parts, and comes back in order', async (more, parts) => {
    const endpoint = await storedEndpoint('amazon_sagemaker', 'text_embedding', { ...settings, ...more }, numbered);
    const { json } = await endpoint.post({ input: [1, 2, 3, 4, 5].map(String) });
    expect(json).toEqual({ text_embedding: [1, 2, 3, 4, 5].map((number) => ({ embedding: [number] })) });
    expect(endpoint.calls().map(({ input }) => input)).toEqual(parts);
  });

  const told3 = {
    'x-amzn-sagemaker-custom-attributes': 'a=b',
    'x-amzn-sagemaker-new-session-id': 's; Expires=2026-01-01',
    'x-amzn-sagemaker-closed-session-id': 'o',
    'x-amzn-invoked-production-variant': 'blue',
  };
  const shown3 = {
    'X-elastic-sagemaker-custom-attributes': 'a=b',
    'X-elastic-sagemaker-new-session-id': 's; Expires=2026-01-01',
    'X-elastic-sagemaker-closed-session-id': 'o',
  };
  const sageMakerHeaders = (headers: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => /sagemaker|variant/i.test(name)));

  it.each([
    ['what SageMaker says of sessions', told3, shown3],
    ['nothing that it does not say', {}, {}],
    ['no text that might break an answer', { 'x-amzn-sagemaker-custom-attributes': 'ü' }, {}],
  ])('gives its caller %s', async (_, headers, shown) => {
    const endpoint = await storedEndpoint('amazon_sagemaker', 'completion', settings, ({ url }) => ({
      headers,
      body: url.endsWith('stream') ? eventStream([{ PayloadPart: 'data: [DONE]\n\n' }]) : completed,
    }));
    const whole = await endpoint.post({ input: 'x' });
    expect({ status: whole.status, headers: sageMakerHeaders(whole.headers) }).toEqual({ status: 200, headers: shown });
    const streamed = await endpoint.stream({ input: 'x' });
    expect({ status: streamed.status, headers: sageMakerHeaders(streamed.headers) }).toEqual({
      status: 200,
      headers: shown,
    });
  });

  it.each([false, true])(
    'goes out three times when the connection is lost each time (streamed: %s)',
    async (stream) => {
      let lost = 0;
      const endpoint = await storedEndpoint('amazon_sagemaker', 'completion', settings, (_, position) => {
        if (position === 0) return { body: completed };
        lost += 1;
        throw new OutboundError('connection', 'runtime.sagemaker.eu-west-1.amazonaws.com');
      });
      const answer = await (stream ? endpoint.stream : endpoint.post)({ input: 'x' });
      const error = { type: 'status_exception', reason: 'Received an error from SageMaker for [tested]' };
      const expected = refusedFor(
        500,
        error,
        { type: 'sdk_client_exception', reason: 'the connection failed or was cut' },
        error,
      );
      expect(
        stream ? { ...told(answer), json: JSON.parse(answer.text.replace(/^event: error\ndata: /, '')) } : told(answer),
      ).toEqual(expected);
      expect(lost).toBe(3);
    },
  );

  it.each([
    [
      'completion',
      { input: 'x' },
      {
        error: {
          root_cause: [{ type: 'status_exception', reason: 'Request timed out after [20ms]' }],
          type: 'status_exception',
          reason: 'Request timed out after [20ms]',
        },
        status: 408,
      },
    ],
    [
      'chat_completion',
      { messages: [{ role: 'user', content: 'x' }] },
      { error: { code: 'request_timeout', message: 'Request timed out after [20ms]', type: 'error' } },
    ],
  ])('of %s that takes too long is told so', async (task, body, json) => {
    let created = false;
    const http = {
      whole: async (_: unknown, { signal }: { signal: AbortSignal }) => {
        if (!created) return { status: 200, headers: {}, text: JSON.stringify(completed) };
        return new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
      stream: async () => ({
        status: 200,
        headers: {},
        body: (async function* () {
          yield eventStream([{ PayloadPart: 'data: {"id":"c","choices":[]}\n\ndata: [DONE]\n\n' }]);
        })(),
      }),
      close: async () => {},
    };
    const { request } = createWholeService(http);
    const path = `/_inference/${task}/tested`;
    const put = await request({
      method: 'PUT',
      path,
      body: { service: 'amazon_sagemaker', service_settings: settings },
    });
    expect(put.status).toBe(200);
    created = true;
    const answer = await request({ method: 'POST', path, body, query: { timeout: '20ms' } });
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 408, json });
  });

  it('to a region in China goes to its own hosts', async () => {
    const endpoint = await storedEndpoint(
      'amazon_sagemaker',
      'completion',
      { ...settings, region: 'cn-north-1' },
      () => ({
        body: completed,
      }),
    );
    expect(endpoint.sent[0]?.url).toBe(
      'https://runtime.sagemaker.cn-north-1.amazonaws.com.cn/endpoints/tides/invocations',
    );
  });
});
