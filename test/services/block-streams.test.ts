import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Http, OutboundError } from '../../lib/transport/types.ts';
import { type Exchange, readExchanges } from '../helpers/play.ts';
import { createWholeService } from '../helpers/whole-service.ts';

// What holds for every stream of services that tell their answers block by block, tried with the streams of their exchanges.

/** What begins a service's last word: all that is cut before it is cut short. */
const lastWords: Readonly<Record<string, string>> = {
  anthropic: 'data: {"type":"message_stop"',
  amazonbedrock: 'messageStop',
};

const bytesOf = (body: unknown): Buffer => (body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(String(body)));

/** Exchanges with a stream, whether it ends well or not. */
const streamed = readExchanges().flatMap((exchange) => {
  const { service, stream, result, response } = exchange;
  return stream && result && Object.hasOwn(lastWords, service) ? [{ ...exchange, bytes: bytesOf(response?.body) }] : [];
});

const ended = streamed.filter(({ result }) => JSON.stringify(result).endsWith('{"message":"[DONE]"}]'));

type Ending = 'end' | 'cut';
type Body = { readonly pieces: readonly Uint8Array[]; readonly ending: Ending };

async function* played({ pieces, ending }: Body): AsyncGenerator<Uint8Array> {
  yield* pieces;
  if (ending === 'cut') throw new OutboundError('connection', 'service.test');
}

const validations = z.looseObject({ completion: z.object({ body: z.json() }) });

const completionOf = (service: string): string =>
  JSON.stringify(
    validations.parse(JSON.parse(readFileSync(join(import.meta.dirname, service, 'validation.json'), 'utf8')))
      .completion.body,
  );

/** The endpoint of an exchange, made with the help of any stream that ends well; gives what a call gets for a body. */
const streaming = async (exchange: Exchange) => {
  const { service, task, service_settings, task_settings, input } = exchange;
  const good = ended.find((other) => other.service === service && other.task === 'chat_completion');
  let next: Body = { pieces: [good?.bytes ?? Buffer.alloc(0)], ending: 'end' };
  const http: Http = {
    whole: async () => ({ status: 200, headers: {}, text: completionOf(service) }),
    stream: async () => ({ status: 200, headers: {}, body: played(next) }),
    close: async () => {},
  };
  const { request } = createWholeService(http);
  const path = `/_inference/${task}/played`;
  const { status } = await request({ method: 'PUT', path, body: { service, service_settings, task_settings } });
  expect(status).toBe(200);
  return async (body: Body): Promise<string> => {
    next = body;
    const { text } = await request({ method: 'POST', path: `${path}/_stream`, body: input });
    return text.replaceAll(/unified-[\da-f-]{36}/g, 'unified-random');
  };
};

const endings = fc.constantFrom<Ending>('end', 'cut');

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
    const last = bytes.indexOf(lastWords[service] ?? '');
    expect(last).toBeGreaterThan(0);
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

it('are tried for each task that streams', () => {
  expect(new Set(ended.map(({ service, task }) => `${service} ${task}`))).toEqual(
    new Set(Object.keys(lastWords).flatMap((service) => [`${service} completion`, `${service} chat_completion`])),
  );
});
