import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Http, OutboundError } from '../../lib/transport/types.ts';
import { type Exchange, readExchanges } from '../helpers/play.ts';
import { withKeyFile } from '../helpers/service-account.ts';
import { createWholeService } from '../helpers/whole-service.ts';

// What holds for every stream of Google's services, and of the models of others there, tried with the streams of their exchanges.

const services = ['googleaistudio', 'googlevertexai'];

/** What begins the last word, whoever's model it is: all that is cut before it is cut short. */
const lastWord = /data: (?:\[DONE\]|\{"type":"message_stop"|.*"finishReason")/;

/** Exchanges with a stream, whether it ends well or not. */
const streamed = readExchanges().flatMap((exchange) => {
  const { service, stream, result, response } = exchange;
  if (!services.includes(service) || !stream || !result || typeof response?.body !== 'string') return [];
  return [{ ...exchange, body: response.body }];
});

const ended = streamed.filter(({ result }) => JSON.stringify(result).endsWith('{"message":"[DONE]"}]'));

type Ending = 'end' | 'cut';
type Body = { readonly pieces: readonly Uint8Array[]; readonly ending: Ending };

async function* played({ pieces, ending }: Body): AsyncGenerator<Uint8Array> {
  yield* pieces;
  if (ending === 'cut') throw new OutboundError('connection', 'service.test');
}

const validations = z.record(z.string(), z.object({ body: z.json() }));

const validationOf = ({ service, task, validation }: Exchange): string => {
  const path = join(import.meta.dirname, service, 'validation.json');
  const body = (validation ?? validations.parse(JSON.parse(readFileSync(path, 'utf8')))[task])?.body;
  return typeof body === 'string' ? body : JSON.stringify(body);
};

/** The endpoint of an exchange; gives what a call gets for a body. */
const streaming = async (exchange: Exchange) => {
  const validation = validationOf(exchange);
  const token = JSON.stringify({ access_token: 't', expires_in: 3600 });
  let next: Body = { pieces: [Buffer.from(validation)], ending: 'end' };
  const http: Http = {
    whole: async ({ url }) => ({ status: 200, headers: {}, text: url.endsWith('/token') ? token : validation }),
    stream: async () => ({ status: 200, headers: {}, body: played(next) }),
    close: async () => {},
  };
  const { request } = createWholeService(http);
  const { service, task, input } = exchange;
  const path = `/_inference/${task}/played`;
  const service_settings = withKeyFile(exchange.service_settings);
  expect((await request({ method: 'PUT', path, body: { service, service_settings } })).status).toBe(200);
  return async (body: Body): Promise<string> => {
    next = body;
    return (await request({ method: 'POST', path: `${path}/_stream`, body: input })).text;
  };
};

describe.each(streamed)('the stream of $service $file', (exchange) => {
  it('comes out the same however its bytes are cut', async () => {
    const bytes = Buffer.from(exchange.body);
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
    const bytes = Buffer.from(exchange.body);
    const stream = await streaming(exchange);
    const whole = await stream({ pieces: [bytes], ending: 'end' });
    const place = exchange.body.search(lastWord);
    expect(place).toBeGreaterThanOrEqual(0);
    const last = Buffer.from(exchange.body.slice(0, place)).length;
    const endings = fc.constantFrom<Ending>('end', 'cut');
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

it('are tried for each task that streams, and for each maker of models', () => {
  const maker = ({ service_settings }: Exchange) =>
    String(service_settings.provider ?? 'google')
      .trim()
      .toLowerCase();
  expect(new Set(ended.map((exchange) => `${exchange.service} ${exchange.task} ${maker(exchange)}`))).toEqual(
    new Set([
      'googleaistudio completion google',
      ...['google', 'anthropic', 'meta', 'hugging_face', 'mistral', 'ai21'].flatMap((name) => [
        `googlevertexai completion ${name}`,
        `googlevertexai chat_completion ${name}`,
      ]),
    ]),
  );
});
