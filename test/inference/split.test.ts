import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { collect, inParallel, runs } from '../../lib/inference/split.ts';
import type { Http } from '../../lib/transport/types.ts';
import { refused, told } from '../helpers/envelopes.ts';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { defaultEndpoints } from './ml-node.ts';
import { putEndpoint } from './openai.ts';

const asked = z.object({ inputs: z.array(z.string()).optional(), input: z.array(z.string()).optional() });

describe('collecting what is long in the making', () => {
  /** Takes more than a turn for each number. */
  function* slowly(count: number) {
    for (let made = 0; made < count; made += 1) {
      const began = performance.now();
      while (performance.now() - began < 25);
      yield made;
    }
  }

  it('gives all of it in order, and other work its turn in between', async () => {
    const order: string[] = [];
    setImmediate(() => order.push('other work'));
    expect(await collect(slowly(3), new AbortController().signal)).toEqual([0, 1, 2]);
    order.push('collected');
    expect(order).toEqual(['other work', 'collected']);
  });

  it('ends when nobody waits for it any more', async () => {
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    expect(await collect(slowly(1000), controller.signal)).toEqual([0]);
  });
});

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('a call of many inputs', () => {
  const numbers = Array.from({ length: 1000 }, (_, index) => String(index));
  const path = `/_inference/${defaultEndpoints.text_embedding}`;

  it('goes out in parts, four at once at most, and is joined in order', async () => {
    let open = 0;
    let most = 0;
    const http = scriptedHttp(async ({ body }, position) => {
      open += 1;
      most = Math.max(most, open);
      // Later ones are quicker.
      await turns(40 - position);
      open -= 1;
      return { body: (asked.parse(JSON.parse(body)).inputs ?? []).map((input) => [Number(input)]) };
    });
    const whole = createWholeService(http);
    const answer = await whole.request({ method: 'POST', path, body: { input: numbers } });
    expect(told(answer)).toEqual({
      status: 200,
      json: { text_embedding: numbers.map((number) => ({ embedding: [Number(number)] })) },
    });
    expect(most).toBe(4);
    const sizes = http.sent.map(({ body }) => asked.parse(JSON.parse(body)).inputs?.length);
    expect(sizes).toEqual([...Array.from({ length: 31 }, () => 32), 8]);
  });

  it('goes to OpenAI in one request up to 2,048 inputs', async () => {
    const http = scriptedHttp(({ body }) => ({
      body: { data: (asked.parse(JSON.parse(body)).input ?? []).map((input) => ({ embedding: [Number(input) || 0] })) },
    }));
    const whole = createWholeService(http);
    await putEndpoint(whole, 'text_embedding', 'e');
    const input = Array.from({ length: 2049 }, (_, index) => String(index));
    const answer = await whole.request({ method: 'POST', path: '/_inference/e', body: { input } });
    expect(answer.json).toEqual({ text_embedding: input.map((number) => ({ embedding: [Number(number)] })) });
    expect(http.sent.slice(1).map(({ body }) => asked.parse(JSON.parse(body)).input?.length)).toEqual([2048, 1]);
  });

  it('ranks over all its parts', async () => {
    const texts = z.object({ texts: z.array(z.string()) });
    const http = scriptedHttp(({ body }) => ({
      body: texts
        .parse(JSON.parse(body))
        .texts.map((text, index) => ({ index, score: -Math.abs(Number(text) - 50) }))
        .sort((a, b) => b.score - a.score),
    }));
    const whole = createWholeService(http);
    const body = { input: numbers.slice(0, 100), query: 'q', top_n: 3 };
    const answer = await whole.request({ method: 'POST', path: `/_inference/${defaultEndpoints.rerank}`, body });
    expect(answer.json).toEqual({
      rerank: [
        { index: 50, relevance_score: 0, text: '50' },
        { index: 49, relevance_score: -1, text: '49' },
        { index: 51, relevance_score: -1, text: '51' },
      ],
    });
    expect(http.sent).toHaveLength(4);
  });

  it('is answered by its first failure, which ends the rest', async () => {
    let ended = 0;
    let sent = 0;
    const http: Http = {
      ...scriptedHttp(() => ({ body: '' })),
      whole: async (_, { signal }) => {
        sent += 1;
        if (sent === 3) return { status: 422, headers: {}, text: '{"error":"too odd","error_type":"Validation"}' };
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            ended += 1;
            reject(signal.reason);
          });
        });
      },
    };
    const whole = createWholeService(http);
    const answer = await whole.request({ method: 'POST', path, body: { input: numbers } });
    expect(told(answer)).toEqual(refused(400, 'status_exception', 'Error in inference process: [too odd]'));
    await turns(2);
    expect({ sent, ended }).toEqual({ sent: 4, ended: 3 });
  });
});

describe('inParallel', () => {
  const neverAborted = new AbortController().signal;

  it('keeps the order whatever ends first, works on each item once, and on four at most at a time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 30 }), async (delays) => {
        let open = 0;
        let most = 0;
        const seen: number[] = [];
        const items = delays.map((delay, index) => ({ delay, index }));
        const done = await inParallel(items, neverAborted, async ({ delay, index }) => {
          seen.push(index);
          open += 1;
          most = Math.max(most, open);
          for (let i = 0; i < delay; i += 1) await Promise.resolve();
          open -= 1;
          return index * 2;
        });
        expect(done).toEqual(items.map(({ index }) => index * 2));
        expect(seen).toEqual(items.map(({ index }) => index));
        expect(most).toBe(Math.min(4, items.length));
      }),
    );
  });

  it('begins nothing after a failure, even where the signal is not heeded', async () => {
    const begun: number[] = [];
    const work = inParallel(
      Array.from({ length: 20 }, (_, index) => index),
      neverAborted,
      async (index) => {
        begun.push(index);
        if (index === 0) throw new Error('first');
        await turns(1);
      },
    );
    await expect(work).rejects.toThrow('first');
    await turns(10);
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it('leaves nothing on the caller’s signal', async () => {
    const caller = new AbortController();
    let listening = 0;
    const { addEventListener, removeEventListener } = caller.signal;
    Object.assign(caller.signal, {
      addEventListener: (...parts: Parameters<AbortSignal['addEventListener']>) => {
        listening += 1;
        addEventListener.apply(caller.signal, parts);
      },
      removeEventListener: (...parts: Parameters<AbortSignal['removeEventListener']>) => {
        listening -= 1;
        removeEventListener.apply(caller.signal, parts);
      },
    });
    await inParallel([1, 2], caller.signal, async () => 0);
    await inParallel([1], caller.signal, async () => Promise.reject(new Error('x'))).catch(() => {});
    expect(listening).toBe(0);
  });

  it('fails as the work says when the caller has left, also between two items', async () => {
    const caller = new AbortController();
    const work = inParallel([1, 2, 3, 4, 5, 6], caller.signal, async (item, signal) => {
      signal.throwIfAborted();
      if (item === 4) caller.abort(new Error('left'));
      return item;
    });
    await expect(work).rejects.toThrow('left');
  });
});

describe('runs', () => {
  it('cover everything in order, none above the size', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.integer({ min: 1, max: 3000 }), (count, size) => {
        const all = runs(count, size);
        expect(all.flatMap(([start, end]) => [end - start]).every((length) => length > 0 && length <= size)).toBe(true);
        expect(all.map(([start]) => start)).toEqual([0, ...all.map(([, end]) => end)].slice(0, all.length));
        expect(all.at(-1)?.[1] ?? 0).toBe(count);
      }),
    );
  });
});
