import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findService, serviceNames } from '../../lib/services/index.ts';
import { type Http, OutboundError } from '../../lib/transport/types.ts';
import { type Exchange, readExchanges, validationOf, withoutRandom } from '../helpers/play.ts';
import { withKeyFile } from '../helpers/service-account.ts';
import { createWholeService } from '../helpers/whole-service.ts';

// What holds for every stream of every service, tried with the streams of their exchanges.

/** What begins the last word of a service's models, where it is none of OpenAI's: all that is cut before it is cut short. */
const lastWords: Readonly<Record<string, RegExp>> = {
  amazon_sagemaker: /"finish_reason":"|data: \[DONE\]/,
  amazonbedrock: /messageStop/,
  anthropic: /data: \{"type":"message_stop"/,
  cohere: /"type":"message-end"/,
  googleaistudio: /data: .*"finishReason"/,
  googlevertexai: /data: (?:\[DONE\]|\{"type":"message_stop"|.*"finishReason")/,
};
const openAiLastWord = /data: \[done\]/i;

const bytesOf = (body: unknown): Buffer => {
  if (body instanceof Uint8Array) return Buffer.from(body);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
};

/** Exchanges with a stream, whether it ends well or not. */
const streamed = readExchanges().flatMap((exchange) => {
  const { stream, result, response } = exchange;
  return stream && Array.isArray(result) && response ? [{ ...exchange, bytes: bytesOf(response.body) }] : [];
});

/** Those that end well; tasks that are not streamed come in one event, and are no streams of the service. */
const ended = streamed.filter(
  ({ task, result }) =>
    (task === 'completion' || task === 'chat_completion') && JSON.stringify(result).endsWith('{"message":"[DONE]"}]'),
);

type Ending = 'end' | 'cut';
type Body = { readonly pieces: readonly Uint8Array[]; readonly ending: Ending };

async function* played({ pieces, ending }: Body): AsyncGenerator<Uint8Array> {
  yield* pieces;
  if (ending === 'cut') throw new OutboundError('connection', 'service.test');
}

/** The endpoint of an exchange; gives what a call gets for a body. */
const streaming = async (exchange: Exchange) => {
  const validation = bytesOf(validationOf(exchange).body);
  const token = JSON.stringify({ access_token: 't', expires_in: 3600 });
  let next: Body = { pieces: [validation], ending: 'end' };
  const isTokens = (url: string) => url.includes('token');
  const http: Http = {
    whole: async ({ url }) => ({ status: 200, headers: {}, text: isTokens(url) ? token : validation.toString('utf8') }),
    stream: async () => ({ status: 200, headers: {}, body: played(next) }),
    close: async () => {},
  };
  const { request } = createWholeService(http);
  const { service, task, input, task_settings } = exchange;
  const path = `/_inference/${task}/played`;
  const service_settings = withKeyFile(exchange.service_settings);
  const put = await request({ method: 'PUT', path, body: { service, service_settings, task_settings } });
  expect(put.status).toBe(200);
  return async (body: Body): Promise<string> => {
    next = body;
    return withoutRandom((await request({ method: 'POST', path: `${path}/_stream`, body: input })).text);
  };
};

describe.each(streamed)('the stream of $service $file', (exchange) => {
  it('comes out the same however its bytes are cut', async () => {
    const { bytes } = exchange;
    const stream = await streaming(exchange);
    const whole = await stream({ pieces: [bytes], ending: 'end' });
    const places = fc.array(fc.nat({ max: bytes.length }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(places, async (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        expect(await stream({ pieces, ending: 'end' })).toBe(whole);
      }),
      { numRuns: 50 },
    );
  });
});

describe.each(ended)('the stream of $service $file', (exchange) => {
  it('ends in an error, and says no more, when the service stops in the middle', async () => {
    const { bytes, service } = exchange;
    const stream = await streaming(exchange);
    const whole = await stream({ pieces: [bytes], ending: 'end' });
    const place = bytes.toString('latin1').search(lastWords[service] ?? openAiLastWord);
    // Where no word is the last one, only a connection that is lost tells that the answer is not whole.
    const last = place < 0 ? bytes.length : place;
    const endings = place < 0 ? fc.constant<Ending>('cut') : fc.constantFrom<Ending>('end', 'cut');
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: last }), endings, async (stop, ending) => {
        const answer = await stream({ pieces: [bytes.subarray(0, stop)], ending });
        const [before = '', error, ...more] = answer.split('event: error\n');
        expect(whole.startsWith(before)).toBe(true);
        expect(error).toMatch(/^data: \{"error":\{.*\n\n$/);
        expect(more).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

it('only models that answer in documents of their own have no last word', () => {
  const without = ended.filter(
    ({ service, bytes }) => !(lastWords[service] ?? openAiLastWord).test(bytes.toString('latin1')),
  );
  expect(without.map(({ service, file }) => `${service} ${file}`)).toEqual([
    'amazon_sagemaker completion.elastic-stream.json',
  ]);
});

it.each(serviceNames)('are tried for each task that %s streams', async (name) => {
  const service = await findService(name);
  const tasks = service?.bind(({ tasks: all }) =>
    Object.entries(all).flatMap(([task, definition]) => (definition?.stream ? [task] : [])),
  );
  expect(new Set(ended.flatMap(({ service: of, task }) => (of === name ? [task] : [])))).toEqual(new Set(tasks));
});

it.each([
  ['googlevertexai', 'provider', ['', 'anthropic', 'meta', 'hugging_face', 'mistral', 'ai21']],
  ['amazon_sagemaker', 'api', ['openai', 'elastic']],
])('are tried for both tasks of %s, whatever its %s', (name, setting, values) => {
  const tried = ended.flatMap(({ service, task, service_settings: settings }) =>
    service === name
      ? [
          `${task} ${String(settings[setting] ?? '')
            .trim()
            .toLowerCase()}`,
        ]
      : [],
  );
  for (const value of values) {
    expect(tried).toContain(`completion ${value}`);
    expect(tried).toContain(`chat_completion ${value}`);
  }
});
