import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Http, OutboundError } from '../../../lib/transport/types.ts';
import { createWholeService } from '../../helpers/whole-service.ts';

/** How the connection of a streamed answer ends. */
type Ending = 'end' | 'cut';
type Body = { readonly pieces: readonly Uint8Array[]; readonly ending: Ending };

async function* played({ pieces, ending }: Body): AsyncGenerator<Uint8Array> {
  yield* pieces;
  if (ending === 'cut') throw new OutboundError('connection', 'api.cohere.ai');
}

/** Plays one answer to a stored endpoint and gives the text of its own. */
let stream: (body: Body) => Promise<string>;

beforeAll(async () => {
  let next: Body = { pieces: [], ending: 'end' };
  const http: Http = {
    whole: async () => ({ status: 200, headers: {}, text: '{"text":"Very."}' }),
    stream: async () => ({ status: 200, headers: {}, body: played(next) }),
    close: async () => {},
  };
  const { request } = createWholeService(http);
  const path = '/_inference/completion/streamed';
  const service_settings = { api_key: 'k', model_id: 'm' };
  const put = await request({ method: 'PUT', path, body: { service: 'cohere', service_settings } });
  expect(put.status).toBe(200);
  stream = async (body) => {
    next = body;
    return (await request({ method: 'POST', path: `${path}/_stream`, body: { input: 'x' } })).text;
  };
});

const event = (type: string, more: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const message = (data: unknown): string => `event: message\ndata: ${JSON.stringify(data)}\n\n`;
const done = 'event: message\ndata: [DONE]\n\n';

const start = event('message-start', { id: '1', delta: { message: { role: 'assistant', content: [] } } });
const end = event('message-end', { delta: { finish_reason: 'COMPLETE' } });

const words = fc.string({
  unit: fc.constantFrom('a', '"', '\\', '\n', '\r', ':', ' ', '\u2028', 'é', '語', '🌊', '\ufeff'),
});

/** What the service sends before its last word, one text for each of its events, and what comes out of it. */
const conversations = fc.array(
  fc.oneof(
    words.map((text) => ({
      sent: event('content-delta', { index: 0, delta: { message: { content: { text } } } }),
      events: message({ completion: [{ delta: text }] }),
    })),
    words.map((thinking) => ({
      sent: event('content-delta', { index: 0, delta: { message: { content: { thinking } } } }),
      events: '',
    })),
    fc
      .constantFrom('content-start', 'content-end', 'tool-plan-delta', 'tool-call-delta', 'citation-start')
      .map((type) => ({
        sent: event(type, { delta: { message: {} } }),
        events: '',
      })),
  ),
  { maxLength: 8 },
);

const text = (conversation: readonly { readonly sent: string }[]) => conversation.map(({ sent }) => sent).join('');
const events = (conversation: readonly { readonly events: string }[]) =>
  conversation.map((each) => each.events).join('');

/** Bytes cut at any places. */
const cutAt = (bytes: Buffer, cuts: readonly number[]): Uint8Array[] => {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((place, index) => bytes.subarray(places[index], place));
};

describe('a stream of cohere', () => {
  it('is the same however its bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(conversations, fc.array(fc.nat(), { maxLength: 20 }), async (conversation, cuts) => {
        const pieces = cutAt(Buffer.from(start + text(conversation) + end), cuts);
        expect(await stream({ pieces, ending: 'end' })).toBe(events(conversation) + done);
      }),
    );
  });

  it('ends in an error, and never as if it were whole, when its last word does not come', async () => {
    await fc.assert(
      fc.asyncProperty(
        conversations,
        fc.nat(),
        fc.constantFrom<Ending>('end', 'cut'),
        async (conversation, cut, ending) => {
          const bytes = Buffer.from(start + text(conversation) + end);
          // At least the last byte of `message-end` before its blank line is missing.
          const sent = bytes.subarray(0, cut % (bytes.length - 2));
          const answer = await stream({ pieces: [sent], ending });
          expect(answer).not.toContain('[DONE]');
          expect(answer).toMatch(/event: error\ndata: .*\n\n$/);
          expect(events(conversation).startsWith(answer.slice(0, answer.indexOf('event: error')))).toBe(true);
        },
      ),
    );
  });
});
