import { describe, expect, it } from 'vitest';
import { createSchedule, type Lane } from '../../../local/engine/schedule.ts';

/** A schedule on a clock that only jobs move, and what they did in which order. */
const setUp = () => {
  let time = 0;
  const done: string[] = [];
  const schedule = createSchedule(() => time);
  const open = (how?: { patient: boolean }) => schedule.openLane(new AbortController().signal, how);
  const job = (name: string, milliseconds: number) => async () => {
    time += milliseconds;
    done.push(name);
    return name;
  };
  const runAll = async (lane: Lane, names: readonly string[], milliseconds: number) => {
    for (const name of names) await lane.run(job(name, milliseconds));
  };
  return { schedule, open, job, runAll, done };
};

describe('the schedule', () => {
  it('lets a short request pass a long one between its jobs', async () => {
    const { open, runAll, done } = setUp();
    await Promise.all([
      runAll(open(), ['long 1', 'long 2', 'long 3'], 100),
      runAll(open(), ['short 1', 'short 2'], 10),
    ]);
    expect(done).toEqual(['long 1', 'short 1', 'short 2', 'long 2', 'long 3']);
  });

  it('shares the time among requests of the same length', async () => {
    const { open, runAll, done } = setUp();
    await Promise.all([runAll(open(), ['a', 'a'], 10), runAll(open(), ['b', 'b'], 10)]);
    expect(done).toEqual(['a', 'b', 'a', 'b']);
  });

  it('comes back to the oldest request however many short ones arrive', async () => {
    const { open, runAll, done } = setUp();
    const long = runAll(open(), ['long', 'long', 'long'], 100);
    const shorts = Array.from({ length: 9 }, () => runAll(open(), ['short'], 1));
    await Promise.all([long, ...shorts]);
    expect(done.indexOf('long', 1)).toBe(3);
    expect(done.lastIndexOf('long')).toBe(7);
  });

  it('runs patient work last', async () => {
    const { open, runAll, done } = setUp();
    await Promise.all([runAll(open({ patient: true }), ['patient'], 1), runAll(open(), ['a', 'b'], 50)]);
    expect(done).toEqual(['a', 'b', 'patient']);
  });

  it('drops the job of a caller who left, and none that runs', async () => {
    const { schedule, open, job, done } = setUp();
    const caller = new AbortController();
    const lane = schedule.openLane(caller.signal);
    const running = lane.run(async () => {
      caller.abort(new Error('left'));
      return job('running', 1)();
    });
    const dropped = open()
      .run(job('other', 1))
      .then(() => lane.run(job('dropped', 1)));
    await expect(running).resolves.toBe('running');
    await expect(dropped).rejects.toThrow('left');
    expect(done).toEqual(['running', 'other']);
  });

  it('drops a job that waits when its caller leaves', async () => {
    const { schedule, open, job, done } = setUp();
    const caller = new AbortController();
    const first = open().run(async () => {
      caller.abort(new Error('left'));
      return job('first', 1)();
    });
    await expect(schedule.openLane(caller.signal).run(job('waiting', 1))).rejects.toThrow('left');
    await first;
    await open().run(job('next', 1));
    expect(done).toEqual(['first', 'next']);
  });

  it('goes on after a job that failed', async () => {
    const { open, job } = setUp();
    const failed = open().run(async () => {
      throw new Error('failed');
    });
    await expect(failed).rejects.toThrow('failed');
    await expect(open().run(job('next', 1))).resolves.toBe('next');
  });
});
