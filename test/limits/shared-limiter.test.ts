import { beforeEach, describe, expect, it } from 'vitest';
import type { RateLimiter } from '../../lib/inference/ports.ts';
import { paceOf } from '../../lib/limits/pace.ts';
import { slotLimiter } from '../../lib/limits/shared-limiter.ts';
import { mostInAMinute, play } from './callers.ts';
import { memorySlots } from './memory-slot-table.ts';
import { type VirtualTime, virtualTime } from './virtual-time.ts';

let time: VirtualTime;
let began: number;
let slots: ReturnType<typeof memorySlots>;
/** Who passed, or was told otherwise, and how many milliseconds after the beginning. */
let told: [name: string, outcome: unknown, after: number][];
let warnings: string[];

const never = new AbortController().signal;
/** 10 calls a minute are slow enough for the law to hold at the full rate. */
const perMinute = 10;
const interval = 6000;

beforeEach(() => {
  time = virtualTime();
  began = time.now();
  slots = memorySlots(time);
  told = [];
  warnings = [];
});

type View = Omit<Parameters<typeof slots.open>[0], 'clock'> & {
  readonly error?: number;
  readonly random?: () => number;
};

/** The limiter of a process of its own. */
const startProcess = ({ error = 0, random = () => 0, ...view }: View = {}): RateLimiter => {
  const clock = time.clock(error);
  const log = {
    warn: (message: string, fields: { readonly error: unknown }) => warnings.push(`${message}: ${fields.error}`),
  };
  return slotLimiter({ table: slots.open({ clock, ...view }), clock, random, log });
};

const call = (
  limiter: RateLimiter,
  name: string,
  { remaining = 30_000, signal = never, limit = perMinute } = {},
): void => {
  const tell = (outcome: unknown) => told.push([name, outcome, time.now() - began]);
  limiter.acquire('group', limit, remaining, signal).then(tell, tell);
};

describe('a group', () => {
  it('lets the first call pass at once, and the others 60 s divided by the limit apart, whichever process they are in', async () => {
    const [one, two] = [startProcess(), startProcess()];
    for (const [limiter, name] of [
      [one, 'a'],
      [one, 'b'],
      [two, 'c'],
      [one, 'd'],
    ] as const) {
      call(limiter, name);
      await time.pass(1);
    }
    await time.pass(30_000);
    expect(told).toEqual([
      ['a', 'passed', 0],
      ['b', 'passed', interval],
      ['c', 'passed', 2 * interval],
      ['d', 'passed', 3 * interval],
    ]);
  });

  it('stores one token, however long nobody came', async () => {
    const [one, two] = [startProcess(), startProcess()];
    call(one, 'a');
    await time.pass(3_600_000);
    call(two, 'b');
    await time.pass(1);
    call(one, 'c');
    await time.pass(30_000);
    expect(told).toEqual([
      ['a', 'passed', 0],
      ['b', 'passed', 3_600_000],
      ['c', 'passed', 3_600_000 + interval],
    ]);
  });

  it('gives the slot of who leaves to the next in line', async () => {
    const limiter = startProcess();
    const controller = new AbortController();
    call(limiter, 'a');
    call(limiter, 'b', { signal: controller.signal });
    call(limiter, 'c');
    await time.pass(1000);
    controller.abort('gone');
    await time.pass(30_000);
    expect(told).toEqual([
      ['a', 'passed', 0],
      ['b', 'gone', 1000],
      ['c', 'passed', interval],
    ]);
    expect(time.pending()).toBe(0);
  });

  it('takes nobody whose signal has aborted before', async () => {
    call(startProcess(), 'a', { signal: AbortSignal.abort('gone') });
    await time.pass(0);
    expect(told).toEqual([['a', 'gone', 0]]);
    expect(slots.traffic).toEqual({ reads: 0, writes: 0, refused: 0 });
  });

  it('is forgotten and found again when a process has many others', async () => {
    const limiter = startProcess();
    call(limiter, 'a');
    await time.pass(1);
    for (let index = 0; index < 1200; index += 1) void limiter.acquire(`group ${index}`, 60, 30_000, never);
    await time.pass(1000);
    call(limiter, 'b');
    await time.pass(30_000);
    expect(told).toEqual([
      ['a', 'passed', 0],
      ['b', 'passed', interval],
    ]);
  });
});

describe('a call whose slot would lie after its deadline', () => {
  it('is told so at once, and reserves nothing', async () => {
    const [one, two] = [startProcess(), startProcess()];
    call(one, 'a');
    call(one, 'b');
    await time.pass(1);
    const next = slots.nextSlot('group/0');
    call(two, 'c', { remaining: 2 * interval - 2 });
    await time.pass(0);
    expect(told.slice(1)).toEqual([['c', 'too_late', 1]]);
    expect(slots.nextSlot('group/0')).toBe(next);

    call(two, 'd', { remaining: 2 * interval });
    await time.pass(30_000);
    expect(told.slice(2)).toEqual([
      ['b', 'passed', interval],
      ['d', 'passed', 2 * interval],
    ]);
  });

  it('needs no write where the process knows of the slots before it', async () => {
    const limiter = startProcess();
    call(limiter, 'a');
    await time.pass(1);
    const { writes } = slots.traffic;
    for (const name of ['b', 'c', 'd']) call(limiter, name, { remaining: 1000 });
    await time.pass(0);
    expect(told.slice(1)).toEqual([
      ['b', 'too_late', 1],
      ['c', 'too_late', 1],
      ['d', 'too_late', 1],
    ]);
    expect(slots.traffic.writes).toBe(writes);
  });

  it('leaves its place to those behind it who have more time', async () => {
    const [one, two] = [startProcess(), startProcess()];
    for (const name of ['a', 'b']) call(one, name);
    await time.pass(1);
    call(two, 'short', { remaining: 1000 });
    call(two, 'long');
    call(two, 'shorter', { remaining: 500 });
    call(two, 'longer', { remaining: 40_000 });
    await time.pass(40_000);
    expect(told).toEqual([
      ['a', 'passed', 0],
      ['shorter', 'too_late', 1],
      ['short', 'too_late', 1],
      ['b', 'passed', interval],
      ['long', 'passed', 2 * interval],
      ['longer', 'passed', 3 * interval],
    ]);
  });

  it('is told so although others in its line are not', async () => {
    const limiter = startProcess();
    for (let index = 0; index < 10; index += 1) call(limiter, String(index), { remaining: 30_000 });
    await time.pass(0);
    expect(told.map(([name, outcome]) => `${name} ${outcome}`)).toEqual([
      '6 too_late',
      '7 too_late',
      '8 too_late',
      '9 too_late',
      '0 passed',
    ]);
  });
});

describe('writes to the table', () => {
  const latency = () => 4;

  it.each([
    { processes: 3, rest: 600, use: 'a quarter' },
    { processes: 10, rest: 1000, use: 'half' },
    { processes: 20, rest: 1000, use: 'nine tenths' },
    { processes: 100, rest: 600, use: 'all' },
  ])(
    'are one for each call, hardly one in twenty refused, where $processes processes with one caller each use $use of the limit',
    async ({ processes, rest }) => {
      const crowds = Array.from({ length: processes }, (_, index) => ({
        limiter: startProcess({ latency }),
        callers: 1,
        from: index * 37,
        to: 60_000,
        patience: 30_000,
        rest: rest + index * 7,
      }));
      const { passes, outcomes } = await play(time, 1200, crowds);
      expect(outcomes).toEqual({ passed: passes.length });
      expect(warnings).toEqual([]);
      const { writes, refused } = slots.traffic;
      expect(writes - refused).toBeLessThanOrEqual(passes.length);
      expect(refused).toBeLessThan(passes.length / 20);
    },
  );

  it('are far fewer where one process makes many', async () => {
    const limiter = startProcess({ latency });
    const { passes } = await play(time, 30_000, [
      { limiter, callers: 5, from: 0, to: 10_000, patience: 30_000, rest: 30 },
    ]);
    expect(passes.length).toBeGreaterThan(1000);
    expect(slots.traffic.writes).toBeLessThan(60);
  });

  it('are one for all who come at the same time', async () => {
    const limiter = startProcess({ latency });
    for (let index = 0; index < 50; index += 1) call(limiter, String(index), { limit: 6000 });
    await time.pass(10_000);
    expect(told.map(([name]) => Number(name))).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(slots.traffic).toEqual({ reads: 1, writes: 1, refused: 0 });
  });

  it('take slots in advance that live half a second', async () => {
    const limiter = startProcess({ latency });
    await play(time, 6000, [{ limiter, callers: 1, from: 0, to: 2000, patience: 30_000, rest: 20 }]);
    const { writes } = slots.traffic;
    const calls = 30;
    for (let index = 0; index < calls; index += 1) call(limiter, String(index), { limit: 6000 });
    began = time.now();
    await time.pass(10_000);
    // None of the slots from before were left: only the first call passes at once.
    expect(told.filter(([, , after]) => after < paceOf(6000).interval)).toHaveLength(1);
    // One for the first of them, one for those who came while it was under way.
    expect(slots.traffic.writes).toBe(writes + 2);
  });

  it('are spread over items above 30,000 calls a minute', async () => {
    const random = { next: 0 };
    const limiter = startProcess({
      latency,
      random: () => {
        random.next += 1;
        return (random.next % 100) / 100;
      },
    });
    const { passes } = await play(time, 90_000, [
      { limiter, callers: 100, from: 0, to: 2000, patience: 30_000, rest: 10 },
    ]);
    const names = ['group/0', 'group/1', 'group/2', 'group/3'];
    expect(names.map((name) => slots.nextSlot(name) !== undefined)).toEqual([true, true, true, false]);
    expect(passes.length).toBeGreaterThan(2 * 0.9 * 1500);
    expect(passes.length).toBeLessThanOrEqual(2.6 * 1515);
  });
});

describe('a clock that is wrong', () => {
  it('by hours, does not move the slots of the others', async () => {
    const wrong = startProcess({ error: 7_200_000 });
    call(wrong, 'wrong', { limit: 6000 });
    await time.pass(1);
    expect(slots.nextSlot('group/0')).toBeLessThanOrEqual(began + 1000 + paceOf(6000).interval);

    call(startProcess(), 'right', { limit: 6000 });
    await time.pass(1100);
    expect(told.map(([name, outcome]) => `${name} ${outcome}`)).toEqual(['wrong passed', 'right passed']);
  });

  it('by hours, does not make a call too late', async () => {
    const slow = startProcess({ error: -7_200_000 });
    call(slow, 'a');
    call(slow, 'b');
    await time.pass(interval + 1000);
    expect(told.map(([name, outcome]) => `${name} ${outcome}`)).toEqual(['a passed', 'b passed']);
  });
});

const down = new Error('connect ECONNREFUSED');
const said = 'The rate-limit table is slow or down; this process uses buckets of its own';

describe('while the table is down', () => {
  it('a process has a bucket of its own, and says so once a minute', async () => {
    const limiter = startProcess({ failure: () => down });
    const { passes } = await play(time, 600, [
      { limiter, callers: 20, from: 0, to: 130_000, patience: 30_000, rest: 1 },
    ]);
    expect(mostInAMinute(passes)).toBeGreaterThanOrEqual(599);
    expect(mostInAMinute(passes)).toBeLessThanOrEqual(606);
    expect(warnings).toEqual(Array.from({ length: 3 }, () => `${said}: Error: connect ECONNREFUSED`));
  });

  it('nobody is told that a queue is full', async () => {
    const limiter = startProcess({ failure: () => down });
    for (let index = 0; index < 3000; index += 1) call(limiter, String(index), { remaining: 1e9 });
    await time.pass(interval);
    expect(told).toEqual([
      ['0', 'passed', 0],
      ['1', 'passed', interval],
    ]);
  });

  it('a call gives up when its signal says so', async () => {
    const limiter = startProcess({ failure: () => down });
    const controller = new AbortController();
    call(limiter, 'a');
    call(limiter, 'b', { signal: controller.signal });
    await time.pass(500);
    controller.abort('gone');
    await time.pass(0);
    expect(told).toEqual([
      ['a', 'passed', 0],
      ['b', 'gone', 500],
    ]);
  });

  it('calls use it again as soon as it answers', async () => {
    let failure: Error | undefined = down;
    const limiter = startProcess({ failure: () => failure });
    call(limiter, 'a');
    await time.pass(0);
    failure = undefined;
    call(limiter, 'b');
    await time.pass(0);
    expect(slots.nextSlot('group/0')).toBe(began + interval);
    expect(told).toEqual([
      ['a', 'passed', 0],
      ['b', 'passed', 0],
    ]);
  });
});

describe('a table that is slow', () => {
  it('holds the first call of a process for a second, and each later one for 50 ms', async () => {
    const limiter = startProcess({ latency: () => 2600, failure: () => down });
    for (const name of ['a', 'b', 'c']) {
      call(limiter, name, { limit: 6000 });
      // Until the request is given up.
      await time.pass(2000);
    }
    expect(told).toEqual([
      ['a', 'passed', 1000],
      ['b', 'passed', 2050],
      ['c', 'passed', 4050],
    ]);
    expect(warnings).toEqual([`${said}: Error: The table has not answered in time`]);
  });

  it.each([
    { title: 'again for a second when its connection may be gone', idle: 16_000, held: 450 },
    { title: 'for no longer than 50 ms when it was used lately', idle: 14_000, held: 50 },
  ])('holds a call $title', async ({ idle, held }) => {
    let duration = 4;
    const limiter = startProcess({ latency: () => duration });
    call(limiter, 'a');
    await time.pass(idle);
    duration = 450;
    call(limiter, 'b');
    await time.pass(1000);
    expect(told).toEqual([
      ['a', 'passed', 8],
      ['b', 'passed', idle + held],
    ]);
    expect(warnings.length).toBe(held === 50 ? 1 : 0);
  });

  it('holds a call for no longer than 50 ms after it was down, however long ago that was', async () => {
    let failure: Error | undefined = down;
    const limiter = startProcess({ latency: () => 450, failure: () => failure });
    call(limiter, 'a');
    await time.pass(60_000);
    failure = undefined;
    call(limiter, 'b');
    await time.pass(1000);
    expect(told.slice(1)).toEqual([['b', 'passed', 60_050]]);
  });

  it('holds nobody while an answer is overdue', async () => {
    let duration = 4;
    const limiter = startProcess({ latency: () => duration });
    call(limiter, 'a', { limit: 6000 });
    await time.pass(1000);
    duration = 900;
    call(limiter, 'b', { limit: 6000 });
    await time.pass(100);
    call(limiter, 'c', { limit: 6000 });
    await time.pass(100);
    expect(told.slice(1)).toEqual([
      ['b', 'passed', 1050],
      ['c', 'passed', 1100],
    ]);
  });

  it('still counts the calls that it has held: their slots are not used again', async () => {
    let duration = 4;
    const limiter = startProcess({ latency: () => duration });
    call(limiter, 'a');
    await time.pass(10);
    await time.pass(2 * interval);
    duration = 80;
    call(limiter, 'b');
    await time.pass(100);
    duration = 4;
    call(limiter, 'c');
    await time.pass(2 * interval);
    expect(told).toEqual([
      ['a', 'passed', 8],
      ['b', 'passed', 10 + 2 * interval + 50],
      ['c', 'passed', 10 + 3 * interval],
    ]);
  });

  it('holds a first call that it answers within a second', async () => {
    const limiter = startProcess({ latency: () => 450 });
    call(limiter, 'a');
    await time.pass(2000);
    expect(told).toEqual([['a', 'passed', 900]]);
    expect(slots.nextSlot('group/0')).toBeDefined();
    expect(warnings).toEqual([]);
  });
});
