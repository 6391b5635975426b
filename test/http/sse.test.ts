import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { standardEnvelope } from '../../lib/api/envelope.ts';
import { statusException } from '../../lib/api/errors.ts';
import type { StreamEvent } from '../../lib/api/results.ts';
import { serverSentEvents } from '../../lib/http/sse.ts';

const delta = (text: string): StreamEvent => ({ kind: 'completion', deltas: [text] });

const collect = async (events: AsyncIterable<StreamEvent>): Promise<string[]> => {
  const texts: string[] = [];
  for await (const text of serverSentEvents(events, standardEnvelope, () => {})) texts.push(text);
  return texts;
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('server-sent events', () => {
  it('end in [DONE]', async () => {
    const events = (async function* () {
      yield delta('a\n"b"');
      yield delta('😀');
    })();
    expect(await collect(events)).toEqual([
      'event: message\ndata: {"completion":[{"delta":"a\\n\\"b\\""}]}\n\n',
      'event: message\ndata: {"completion":[{"delta":"😀"}]}\n\n',
      'event: message\ndata: [DONE]\n\n',
    ]);
  });

  it('end in one error event when they fail, without [DONE]', async () => {
    const events = (async function* () {
      yield delta('a');
      throw statusException(400, 'no more');
    })();
    expect(await collect(events)).toEqual([
      'event: message\ndata: {"completion":[{"delta":"a"}]}\n\n',
      'event: error\ndata: {"error":{"root_cause":[{"type":"status_exception","reason":"no more"}],"type":"status_exception","reason":"no more"},"status":400}\n\n',
    ]);
  });

  it('tell nothing of a bug', async () => {
    const events: AsyncIterable<StreamEvent> = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('secret-key-123')) }),
    };
    const [error] = await collect(events);
    expect(error).toContain('event: error');
    expect(error).not.toContain('secret-key-123');
  });

  it('send a comment after each 15 seconds of silence', async () => {
    let release: (event: StreamEvent) => void = () => {};
    const events = (async function* () {
      yield await new Promise<StreamEvent>((resolve) => {
        release = resolve;
      });
    })();
    const texts: string[] = [];
    const done = (async () => {
      for await (const text of serverSentEvents(events, standardEnvelope, () => {})) texts.push(text);
    })();
    await vi.advanceTimersByTimeAsync(14_999);
    expect(texts).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(texts).toEqual([':\n\n']);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(texts).toEqual([':\n\n', ':\n\n']);
    release(delta('late'));
    await done;
    expect(texts.slice(2)).toEqual([
      'event: message\ndata: {"completion":[{"delta":"late"}]}\n\n',
      'event: message\ndata: [DONE]\n\n',
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('end the service’s stream when the reader leaves', async () => {
    let ended = false;
    const events = (async function* () {
      try {
        for (;;) yield delta('x');
      } finally {
        ended = true;
      }
    })();
    for await (const _text of serverSentEvents(events, standardEnvelope, () => {})) break;
    expect(ended).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
