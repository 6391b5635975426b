import { EventStreamCodec } from '@smithy/eventstream-codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frames } from '../../lib/transport/framing.ts';
import { type Frame, type Framing, OutboundError } from '../../lib/transport/types.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const mebibyte = 1024 * 1024;

async function* body(...chunks: readonly Uint8Array[]) {
  yield* chunks;
}

/** What comes until the body fails, and how it fails. */
const readUntilFailure = async (framings: readonly Framing[], ...chunks: readonly Uint8Array[]) => {
  const seen: Frame[] = [];
  try {
    for await (const frame of frames(body(...chunks), framings, 'models.example')) seen.push(frame);
  } catch (failure) {
    return { seen, failure };
  }
  return { seen, failure: undefined };
};

const read = async (framings: readonly Framing[], ...chunks: readonly Uint8Array[]): Promise<Frame[]> => {
  const { seen, failure } = await readUntilFailure(framings, ...chunks);
  if (failure) throw failure;
  return seen;
};

/** The bytes cut at any places, also into single bytes and with empty chunks between. */
const cuts = (whole: Uint8Array) =>
  fc
    .oneof(
      fc.array(fc.nat({ max: whole.length }), { maxLength: 20 }),
      fc.constant(Array.from({ length: whole.length }, (_, at) => at)),
    )
    .map((places) => {
      const ends = [...places.sort((a, b) => a - b), whole.length];
      return ends.map((end, index) => whole.subarray(ends[index - 1] ?? 0, end));
    });

const survivesCuts = (framings: readonly Framing[], bodies: fc.Arbitrary<{ whole: Uint8Array; expected: Frame[] }>) =>
  fc.assert(
    fc.asyncProperty(
      bodies.chain(({ whole, expected }) => cuts(whole).map((chunks) => ({ chunks, expected }))),
      async ({ chunks, expected }) => {
        expect(await read(framings, ...chunks)).toEqual(expected);
      },
    ),
  );

const connectionLost = new OutboundError('connection', 'models.example');
const tooLarge = new OutboundError('too_large', 'models.example');

/** Text without line ends that is not blank, with characters of one to four bytes. */
const line = fc
  .string({ unit: fc.constantFrom('a', ' ', ':', '{', '"', 'é', '語', '🧭', '\ufeff') })
  .map((text) => `x${text}`);
const lineEnd = fc.constantFrom('\n', '\r\n', '\r');

describe('sse', () => {
  it.each([
    ['one event', 'data: a\n\n', [{ data: 'a' }]],
    ['a name', 'event: ping\ndata: {}\n\n', [{ event: 'ping', data: '{}' }]],
    ['a name only for its own event', 'event: a\ndata: 1\n\ndata: 2\n\n', [{ event: 'a', data: '1' }, { data: '2' }]],
    ['no space after the colon', 'data:a\n\ndata:  b\n\n', [{ data: 'a' }, { data: ' b' }]],
    ['data of several lines', 'data: {\ndata: "a":1}\n\n', [{ data: '{\n"a":1}' }]],
    ['comments, ids, retries and unknown fields', ': hi\nid: 7\nretry: 1\nfoo: bar\ndata: a\n\n', [{ data: 'a' }]],
    ['line ends of CRLF', 'data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n', [{ data: 'a\nb' }, { data: 'c' }]],
    ['line ends of CR', 'data: a\rdata: b\r\rdata: c\r\r', [{ data: 'a\nb' }, { data: 'c' }]],
    ['a byte order mark', '\ufeffdata: a\n\n', [{ data: 'a' }]],
    ['a second byte order mark as part of a name', '\ufeff\ufeffdata: a\n\ndata: b\n\n', [{ data: 'b' }]],
    ['a byte order mark inside', 'data: \ufeffa\n\n', [{ data: '\ufeffa' }]],
    ['no blank line at the end', 'data: a\n\ndata: b\n', [{ data: 'a' }, { data: 'b' }]],
    ['no line end at the end', 'event: e\ndata: b', [{ event: 'e', data: 'b' }]],
    ['a lone CR at the end', 'data: b\r', [{ data: 'b' }]],
    ['events without data', 'event: ping\n\ndata:\n\ndata:  \n\ndata: a\n\nevent: end', [{ data: 'a' }]],
    ['nothing', '', []],
  ])('reads %s', async (_, text, expected) => {
    expect(await read(['sse'], bytes(text))).toEqual(expected);
  });

  it('gives the same events however the bytes are cut', () =>
    survivesCuts(
      ['sse'],
      fc
        .record({
          mark: fc.constantFrom('', '\ufeff'),
          end: lineEnd,
          events: fc.array(
            fc.record({
              event: fc.option(line, { nil: undefined }),
              data: fc.array(line, { minLength: 1, maxLength: 3 }),
              comment: line,
            }),
          ),
        })
        .map(({ mark, end, events }) => ({
          whole: bytes(
            mark +
              events
                .map(({ event, data, comment }) =>
                  [
                    `: ${comment}`,
                    ...(event === undefined ? [] : [`event: ${event}`]),
                    ...data.map((text) => `data: ${text}`),
                    end,
                  ].join(end),
                )
                .join(''),
          ),
          expected: events.map(({ event, data }) => ({
            ...(event !== undefined && { event }),
            data: data.join('\n'),
          })),
        })),
    ));

  it('refuses an event above 16 MiB after giving those before it', async () => {
    const half = bytes('a'.repeat(9 * mebibyte));
    expect(await readUntilFailure(['sse'], bytes('data: 1\n\ndata: '), half, half)).toEqual({
      seen: [{ data: '1' }],
      failure: tooLarge,
    });
  });

  it('drops what is unfinished when the body fails, and passes the failure on', async () => {
    const failure = new OutboundError('silent', 'models.example');
    async function* broken() {
      yield bytes('data: 1\n\ndata: 2');
      throw failure;
    }
    const events = frames(broken(), ['sse']);
    expect(await events.next()).toEqual({ done: false, value: { data: '1' } });
    await expect(events.next()).rejects.toBe(failure);
  });
});

describe('ndjson', () => {
  it.each([
    ['lines', '{"a":1}\n{"a":2}\n', [{ data: '{"a":1}' }, { data: '{"a":2}' }]],
    ['a last line without its end', '1\n2', [{ data: '1' }, { data: '2' }]],
    ['blank lines', '\n1\r\n \n\r\n2\n\n', [{ data: '1' }, { data: '2' }]],
    ['nothing', '', []],
  ])('reads %s', async (_, text, expected) => {
    expect(await read(['ndjson'], bytes(text))).toEqual(expected);
  });

  it('gives the same lines however the bytes are cut', () =>
    survivesCuts(
      ['ndjson'],
      fc
        .record({ lines: fc.array(line), end: fc.constantFrom('\n', '\r\n'), last: fc.boolean() })
        .map(({ lines, end, last }) => ({
          whole: bytes(lines.join(end) + (last ? end : '')),
          expected: lines.map((data) => ({ data })),
        })),
    ));

  it('refuses a line above 16 MiB after giving those before it', async () => {
    const half = bytes('1'.repeat(9 * mebibyte));
    expect(await readUntilFailure(['ndjson'], bytes('1\n2'), half, half)).toEqual({
      seen: [{ data: '1' }],
      failure: tooLarge,
    });
  });
});

describe('json', () => {
  it.each([
    ['one document', '[{"a":\n1}]', [{ data: '[{"a":\n1}]' }]],
    ['nothing', '', []],
    ['nothing but blanks', ' \n', []],
  ])('takes the whole body: %s', async (_, text, expected) => {
    expect(await read(['json'], bytes(text))).toEqual(expected);
  });

  it('gives the same document however the bytes are cut', () =>
    survivesCuts(
      ['json'],
      line.map((data) => ({ whole: bytes(data), expected: [{ data }] })),
    ));

  it('refuses a body above 16 MiB', async () => {
    const half = bytes('1'.repeat(9 * mebibyte));
    expect(await readUntilFailure(['json'], half, half)).toEqual({ seen: [], failure: tooLarge });
  });
});

const codec = new EventStreamCodec((value) => new TextDecoder().decode(Buffer.from(value)), bytes);

const message = (headers: Readonly<Record<string, string>>, payload: Uint8Array = bytes('')) =>
  codec.encode({
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { type: 'string', value }])),
    body: payload,
  });
const event = (type: string, payload: Uint8Array) =>
  message({ ':message-type': 'event', ':event-type': type }, payload);
const exception = (type: string, payload: string) =>
  message({ ':message-type': 'exception', ':exception-type': type }, bytes(payload));
const streamError = message({ ':message-type': 'error', ':error-code': 'InternalError', ':error-message': 'it broke' });
const join = (parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));

describe('aws-eventstream', () => {
  it('gives events, exceptions and errors under their names', async () => {
    const parts = [
      event('contentBlockDelta', bytes('{"delta":{"text":"é"}}')),
      event('messageStop', bytes('')),
      exception('throttlingException', '{"message":"slow"}'),
      streamError,
    ];
    expect(await read(['aws-eventstream'], join(parts))).toEqual([
      { event: 'contentBlockDelta', data: '{"delta":{"text":"é"}}' },
      { event: 'messageStop', data: '' },
      { event: 'throttlingException', data: '{"message":"slow"}' },
      { event: 'InternalError', data: '{"message":"it broke"}' },
    ]);
  });

  it('gives the same events however the bytes are cut', () =>
    survivesCuts(
      ['aws-eventstream'],
      fc.array(fc.record({ event: line, data: line })).map((expected) => ({
        whole: join(expected.map(({ event: type, data }) => event(type, bytes(data)))),
        expected,
      })),
    ));

  const first = event('a', bytes('1'));
  const second = event('b', bytes('2'));

  const failsAfterFirst = (ends: fc.Arbitrary<Uint8Array>) =>
    fc.assert(
      fc.asyncProperty(ends, async (end) => {
        expect(await readUntilFailure(['aws-eventstream'], first, end)).toEqual({
          seen: [{ event: 'a', data: '1' }],
          failure: connectionLost,
        });
      }),
    );

  it('refuses a body that ends anywhere inside a message', () =>
    failsAfterFirst(fc.integer({ min: 1, max: second.length - 1 }).map((length) => second.subarray(0, length))));

  it('refuses a message with one wrong byte after its length', () =>
    failsAfterFirst(
      fc
        .tuple(fc.integer({ min: 4, max: second.length - 1 }), fc.integer({ min: 1, max: 255 }))
        .map(([at, change]) => second.with(at, (second[at] ?? 0) ^ change)),
    ));

  it.each([
    ['shorter than any message', [0, 0, 0, 15], connectionLost],
    ['above 16 MiB', [1, 0, 0, 1], tooLarge],
  ])('refuses a message that says it is %s, before its bytes come', async (_, length, failure) => {
    expect(await readUntilFailure(['aws-eventstream'], join([first, Uint8Array.from(length)]))).toEqual({
      seen: [{ event: 'a', data: '1' }],
      failure,
    });
  });
});

describe('a framing inside an event stream', () => {
  const parts = (chunks: readonly Uint8Array[]) => chunks.map((chunk) => event('PayloadPart', chunk));

  it.each([
    ['sse', 'event: e\ndata: {"語":1}\n\ndata: [DONE]', [{ event: 'e', data: '{"語":1}' }, { data: '[DONE]' }]],
    ['ndjson', '{"語":1}\n2', [{ data: '{"語":1}' }, { data: '2' }]],
  ] as const)('reads %s across payload parts, cut anywhere', (framing, text, expected) =>
    survivesCuts(
      ['aws-eventstream', framing],
      cuts(bytes(text)).map((chunks) => ({ whole: join(parts(chunks)), expected: [...expected] })),
    ),
  );

  it('takes each payload part as one JSON document and leaves out empty ones', async () => {
    const whole = join(parts([bytes('{"a":"é"}'), bytes(''), bytes('[2]')]));
    expect(await read(['aws-eventstream', 'json'], whole)).toEqual([
      { event: 'PayloadPart', data: '{"a":"é"}' },
      { event: 'PayloadPart', data: '[2]' },
    ]);
  });

  it.each(['sse', 'ndjson', 'json'] as const)('gives exceptions past %s and skips other events', async (framing) => {
    const whole = join([
      event('Unheard', bytes('data: 1\n\n')),
      exception('ModelStreamError', '{"Message":"gone"}'),
      streamError,
    ]);
    expect(await read(['aws-eventstream', framing], whole)).toEqual([
      { event: 'ModelStreamError', data: '{"Message":"gone"}' },
      { event: 'InternalError', data: '{"message":"it broke"}' },
    ]);
  });

  it('takes the data of each server-sent event as one JSON document', async () => {
    expect(await read(['sse', 'json'], bytes('event: a\ndata: {}\n\ndata: []\n\n'))).toEqual([
      { event: 'a', data: '{}' },
      { data: '[]' },
    ]);
  });
});

describe('the body', () => {
  it('is read only as far as the caller asks, and left with the iteration', async () => {
    const steps: string[] = [];
    async function* watched() {
      try {
        for (const text of ['data: 1\n\ndata: 2\n\n', 'data: 3\n\n', 'data: 4\n\n']) {
          steps.push(`body gives ${text.trim().at(-1)}`);
          yield bytes(text);
        }
      } finally {
        steps.push('body is left');
      }
    }
    for await (const { data } of frames(watched(), ['sse'])) {
      steps.push(`caller has ${data}`);
      if (data === '3') break;
    }
    expect(steps).toEqual([
      'body gives 2',
      'caller has 1',
      'caller has 2',
      'body gives 3',
      'caller has 3',
      'body is left',
    ]);
  });
});
