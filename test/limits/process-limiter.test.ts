import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../lib/limits/clock.ts';
import { processLimiter } from '../../lib/limits/process-limiter.ts';
import { allowed, mostInAMinute, play } from './callers.ts';
import { type VirtualTime, virtualTime } from './virtual-time.ts';

let time: VirtualTime;
let began: number;
let limiter: ReturnType<typeof processLimiter>;
/** Who passed, or was told otherwise, and how many milliseconds after the beginning. */
let told: [name: string, outcome: unknown, after: number][];

const never = new AbortController().signal;

beforeEach(() => {
  time = virtualTime();
  began = time.now();
  limiter = processLimiter({ clock: time.clock() });
  told = [];
});

const call = (name: string, { signal = never, group = 'group', perMinute = 60 } = {}): void => {
  const tell = (outcome: unknown) => told.push([name, outcome, time.now() - began]);
  limiter.acquire(group, perMinute, 30_000, signal).then(tell, tell);
};

describe('a group', () => {
  it('lets the first call pass at once, and the others 60 s divided by the limit apart, in the order in which they came', async () => {
    for (const name of ['a', 'b', 'c', 'd']) call(name);
    await time.pass(10_000);
    expect(told).toEqual([
      ['a', 'passed', 0],
      ['b', 'passed', 1000],
      ['c', 'passed', 2000],
      ['d', 'passed', 3000],
    ]);
  });

  it('stores one token, however long nobody came', async () => {
    call('a');
    await time.pass(3_600_000);
    for (const name of ['b', 'c', 'd']) call(name);
    await time.pass(1500);
    expect(told).toEqual([
      ['a', 'passed', 0],
      ['b', 'passed', 3_600_000],
      ['c', 'passed', 3_601_000],
    ]);
  });

  it('counts the time to the next token from the last pass', async () => {
    call('a');
    await time.pass(1700);
    call('b');
    await time.pass(200);
    call('c');
    await time.pass(5000);
    expect(told).toEqual([
      ['a', 'passed', 0],
      ['b', 'passed', 1700],
      ['c', 'passed', 2700],
    ]);
  });

  it('has nothing to do with another', async () => {
    call('a', { group: 'one' });
    call('b', { group: 'two' });
    call('c', { group: 'one' });
    await time.pass(1000);
    expect(told).toEqual([
      ['a', 'passed', 0],
      ['b', 'passed', 0],
      ['c', 'passed', 1000],
    ]);
  });

  it('is remembered while it has no token, even when many others come', async () => {
    call('a', { group: 'first', perMinute: 1 });
    await time.pass(1);
    for (let index = 0; index < 1200; index += 1) call('other', { group: `group ${index}`, perMinute: 600 });
    await time.pass(1000);
    for (let index = 0; index < 1200; index += 1) call('other', { group: `late group ${index}`, perMinute: 600 });
    call('b', { group: 'first', perMinute: 1 });
    await time.pass(60_000);
    expect(told.filter(([name]) => name !== 'other')).toEqual([
      ['a', 'passed', 0],
      ['b', 'passed', 60_000],
    ]);
  });
});

describe('the line', () => {
  it.each([1, 50, 2000])('takes %i who wait, and refuses the next one', async (queueCapacity) => {
    limiter = processLimiter({ clock: time.clock(), queueCapacity });
    for (let index = 0; index < queueCapacity + 3; index += 1) call(String(index));
    await time.pass(1);
    expect(told).toEqual([
      ['0', 'passed', 0],
      [String(queueCapacity + 1), 'queue_full', 0],
      [String(queueCapacity + 2), 'queue_full', 0],
    ]);
    await time.pass(1000);
    call('again');
    await time.pass(1);
    expect(told.slice(3)).toEqual([['1', 'passed', 1000]]);
  });

  it("takes 2000 unless told otherwise, as Elasticsearch's does", async () => {
    for (let index = 0; index < 2002; index += 1) call(String(index));
    await time.pass(0);
    expect(told).toEqual([
      ['0', 'passed', 0],
      ['2001', 'queue_full', 0],
    ]);
  });

  it.each([
    { leaves: 'b', c: 1000, d: 2000 },
    { leaves: 'c', b: 1000, d: 2000 },
    { leaves: 'd', b: 1000, c: 2000 },
  ])('loses no slot when $leaves gives up', async ({ leaves, ...others }) => {
    const controller = new AbortController();
    for (const name of ['a', 'b', 'c', 'd']) call(name, { signal: name === leaves ? controller.signal : never });
    await time.pass(400);
    const reason = new DOMException('The time for this request is over', 'TimeoutError');
    controller.abort(reason);
    await time.pass(10_000);
    expect(told).toEqual([
      ['a', 'passed', 0],
      [leaves, reason, 400],
      ...Object.entries(others).map(([name, after]) => [name, 'passed', after]),
    ]);
  });

  it('has no timer left when everybody has given up', async () => {
    const controller = new AbortController();
    for (const name of ['a', 'b', 'c']) call(name, { signal: controller.signal });
    await time.pass(1);
    expect(time.pending()).toBe(1);
    controller.abort();
    expect(time.pending()).toBe(0);
  });

  it('takes nobody whose signal has aborted before', async () => {
    call('a', { signal: AbortSignal.abort('gone') });
    call('b');
    await time.pass(0);
    expect(told).toEqual([
      ['a', 'gone', 0],
      ['b', 'passed', 0],
    ]);
  });

  it('serves in order whoever stays, whoever leaves and whenever', async () => {
    const caller = fc.record({ comes: fc.nat({ max: 8000 }), stays: fc.integer({ min: 1, max: 9000 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(caller, { minLength: 1, maxLength: 15 }), async (callers) => {
        const virtual = virtualTime();
        const ordered = processLimiter({ clock: virtual.clock() });
        const passed: number[] = [];
        const inOrder = callers.toSorted((a, b) => a.comes - b.comes);
        for (const [index, { comes, stays }] of inOrder.entries()) {
          const controller = new AbortController();
          virtual.clock().after(comes + stays, () => controller.abort());
          virtual.clock().after(comes, () => {
            ordered.acquire('group', 60, stays, controller.signal).then(
              () => passed.push(index),
              () => {},
            );
          });
        }
        await virtual.pass(30_000);
        expect(passed).toEqual(passed.toSorted((a, b) => a - b));
        expect(passed.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('the rate', () => {
  const late = (by: number): Clock => {
    const { now, after } = time.clock();
    return { now, after: (milliseconds, action) => after(milliseconds + by, action) };
  };
  const crowd = { callers: 30, from: 0, to: 70_000, patience: 30_000, rest: 1 };

  it.each([60, 300, 1000, 6000])('of %i a minute is kept to when timers come late', async (perMinute) => {
    limiter = processLimiter({ clock: late(7) });
    const { passes } = await play(time, perMinute, [{ ...crowd, limiter }]);
    const most = mostInAMinute(passes);
    expect(most).toBeLessThanOrEqual(allowed(perMinute));
    expect(most).toBeGreaterThanOrEqual(perMinute - 1);
  });

  it('does not make up for a process that stood still', async () => {
    let stoodStill = false;
    limiter = processLimiter({
      clock: { now: () => time.now() + (stoodStill ? 20_000 : 0), after: time.clock().after },
    });
    for (let index = 0; index < 100; index += 1) call(String(index), { perMinute: 600 });
    await time.pass(1000);
    stoodStill = true;
    const before = told.length;
    await time.pass(1000);
    expect(told.length - before).toBeLessThanOrEqual(12);
  });

  it('goes on when the clock is set back by an hour', async () => {
    let setBack = 0;
    limiter = processLimiter({ clock: { now: () => time.now() - setBack, after: time.clock().after } });
    call('a');
    call('b');
    await time.pass(100);
    setBack = 3_600_000;
    call('c');
    await time.pass(5000);
    expect(told.map(([name]) => name)).toEqual(['a', 'b', 'c']);
  });
});
