import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Http, OutboundError } from '../../lib/transport/types.ts';
import { createWholeService } from '../helpers/whole-service.ts';

/** How the connection of a streamed answer ends. */
type Ending = 'end' | 'cut';

type Body = { readonly pieces: readonly Uint8Array[]; readonly ending: Ending };

async function* played({ pieces, ending }: Body): AsyncGenerator<Uint8Array> {
  yield* pieces;
  if (ending === 'cut') throw new OutboundError('connection', 'api.openai.com');
}

const whole = (text: string): Body => ({ pieces: [Buffer.from(text)], ending: 'end' });

const done = 'data: [DONE]\n\n';
const probes = {
  completion: { choices: [{ message: { content: 'Very.' } }] },
  chat_completion: `data: {"id":"1","choices":[]}\n\n${done}`,
};
type Task = keyof typeof probes;

/** A stored endpoint; `stream` plays one answer to it and gives the text of its own. */
const streaming = async (task: Task) => {
  let next = whole(probes.chat_completion);
  const http: Http = {
    whole: async () => ({ status: 200, headers: {}, text: JSON.stringify(probes.completion) }),
    stream: async () => ({ status: 200, headers: {}, body: played(next) }),
    close: async () => {},
  };
  const { request } = createWholeService(http);
  const path = `/_inference/${task}/streamed`;
  const service_settings = { api_key: 'k', model_id: 'm' };
  await request({ method: 'PUT', path, body: { service: 'openai', service_settings } });
  const input = task === 'completion' ? { input: 'x' } : { messages: [{ role: 'user', content: 'x' }] };
  return async (body: Body): Promise<string> => {
    next = body;
    const { status, text } = await request({ method: 'POST', path: `${path}/_stream`, body: input });
    expect(status).toBe(200);
    return text;
  };
};

let stream: Readonly<Record<Task, Awaited<ReturnType<typeof streaming>>>>;
beforeAll(async () => {
  stream = { completion: await streaming('completion'), chat_completion: await streaming('chat_completion') };
});

const message = (data: unknown): string => `event: message\ndata: ${JSON.stringify(data)}\n\n`;
const end = 'event: message\ndata: [DONE]\n\n';

/** Text with characters of one to four bytes, and what JSON and server-sent events treat in their own ways. */
const words = fc.string({
  unit: fc.constantFrom('a', '"', '\\', '\n', '\r', ':', ' ', '\u2028', 'é', '語', '🌊', '\ufeff'),
});

const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;

const chunk = (delta: object) => ({
  id: 'c',
  choices: [{ delta, index: 0 }],
  model: 'm',
  object: 'chat.completion.chunk',
});

/** What the service sends, one text for each of its events, and what comes out of it. */
type Conversation = { readonly sent: readonly string[]; readonly events: readonly string[] };

const conversations: Readonly<Record<Task, fc.Arbitrary<Conversation>>> = {
  completion: fc.array(fc.option(words), { maxLength: 8 }).map((contents) => ({
    sent: contents.map((content) => event(chunk({ content }))),
    events: contents.flatMap((delta) => (delta ? [message({ completion: [{ delta }] })] : [])),
  })),
  chat_completion: fc.array(fc.option(words), { maxLength: 8 }).map((contents) => ({
    sent: contents.map((content) => event({ ...chunk({ content }), created: 1, usage: null })),
    events: contents.map((content) => message(chunk(content === null ? {} : { content }))),
  })),
};

/** The bytes cut at any places. */
const cuts = (text: string): fc.Arbitrary<readonly Uint8Array[]> => {
  const bytes = Buffer.from(text);
  return fc.array(fc.nat({ max: bytes.length }), { maxLength: 12 }).map((places) => {
    const ends = [...places.sort((a, b) => a - b), bytes.length];
    return ends.map((last, index) => bytes.subarray(ends[index - 1] ?? 0, last));
  });
};

const endings = fc.constantFrom<Ending>('end', 'cut');

describe.each<Task>(['completion', 'chat_completion'])('a streamed %s of openai', (task) => {
  it('comes out the same however its bytes are cut, and whatever comes after its end', async () => {
    const bodies = conversations[task].chain(({ sent, events }) =>
      fc.record({
        pieces: cuts(`${sent.join('')}${done}`),
        after: fc.constantFrom('', 'data: {"never":"read"}\n\n'),
        ending: endings,
        events: fc.constant(events),
      }),
    );
    await fc.assert(
      fc.asyncProperty(bodies, async ({ pieces, after, ending, events }) => {
        const answer = await stream[task]({ pieces: [...pieces, Buffer.from(after)], ending });
        expect(answer).toBe([...events, end].join(''));
      }),
    );
  });

  it('ends in an error when it stops before its end, wherever that is', async () => {
    const bodies = conversations[task].chain(({ sent, events }) => {
      const bytes = Buffer.from(sent.join(''));
      return fc.record({
        stop: fc.nat({ max: bytes.length }),
        bytes: fc.constant(bytes),
        ending: endings,
        events: fc.constant(events),
      });
    });
    await fc.assert(
      fc.asyncProperty(bodies, async ({ stop, bytes, ending, events }) => {
        const answer = await stream[task]({ pieces: [bytes.subarray(0, stop)], ending });
        const [before = '', error, ...more] = answer.split('event: error\n');
        expect(events.join('').startsWith(before)).toBe(true);
        expect(error).toMatch(/^data: \{"error":\{.*\n\n$/);
        expect(more).toEqual([]);
        expect(answer).not.toContain('[DONE]');
      }),
    );
  });

  it('ends in an error that the service tells, after all that came before it', async () => {
    const bodies = fc.tuple(
      conversations[task],
      words.filter((reason) => reason !== ''),
      fc.constantFrom('event: error\n', ''),
    );
    await fc.assert(
      fc.asyncProperty(bodies, async ([{ sent, events }, reason, name]) => {
        const error = `${name}${event({ error: { message: reason, type: 'server_error' } })}`;
        const answer = await stream[task](whole([...sent, error, event(chunk({ content: 'never' })), done].join('')));
        const said = `Received an error response for request from inference entity id [streamed]. Error message: [${reason}]`;
        expect(answer.startsWith(`${events.join('')}event: error\ndata: `)).toBe(true);
        const { error: told } = JSON.parse(answer.slice(`${events.join('')}event: error\ndata: `.length));
        expect(told.message ?? told.reason).toBe(said);
      }),
    );
  });
});

describe('tool calls of a streamed chat', () => {
  it('keep their arguments byte for byte, part by part', async () => {
    const parts = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        parts.chain((texts) =>
          fc.record({
            texts: fc.constant(texts),
            pieces: cuts(
              [
                ...texts.map((text) => event(chunk({ tool_calls: [{ index: 0, function: { arguments: text } }] }))),
                done,
              ].join(''),
            ),
          }),
        ),
        async ({ texts, pieces }) => {
          const answer = await stream.chat_completion({ pieces, ending: 'end' });
          const expected = texts.map((text) =>
            message(chunk({ tool_calls: [{ index: 0, function: { arguments: text } }] })),
          );
          expect(answer).toBe([...expected, end].join(''));
        },
      ),
    );
  });
});
