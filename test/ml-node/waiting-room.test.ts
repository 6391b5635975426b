import { describe, expect, it } from 'vitest';
import type { DeploymentState } from '../../lib/inference/ports.ts';
import { createWaitingRoom, type Waiting } from '../../lib/ml-node/waiting-room.ts';

const ours: Waiting = { deployment: 'mine', model: '.elser_model_2', startsItself: false, timeout: '30s' };
const reserved: Waiting = { ...ours, deployment: '.elser-2-elasticsearch', startsItself: true };

const missing: DeploymentState = { name: 'missing' };
const idle: DeploymentState = { name: 'idle', copies: 0 };
const starting: DeploymentState = { name: 'starting', copies: 1 };
const stopping: DeploymentState = { name: 'stopping', copies: 1 };
const started: DeploymentState = { name: 'started', copies: 1 };
const failed: DeploymentState = { name: 'failed', reason: 'No instances' };

/** A room that sees these states, one after the other, the last one again and again; a pause is over at once. */
const roomOf = (...states: readonly (DeploymentState | Error)[]) => {
  let looks = 0;
  let time = 0;
  const woken: string[] = [];
  const wait = createWaitingRoom({
    look: async () => {
      const state = states[Math.min(looks, states.length - 1)];
      looks += 1;
      if (!state || state instanceof Error) throw state ?? new Error('nothing');
      return state;
    },
    wake: async (deployment) => {
      woken.push(deployment);
    },
    log: { warn: () => {} },
    now: () => time,
    pause: async (milliseconds) => {
      time += milliseconds;
      await new Promise(setImmediate);
    },
  });
  return { wait, woken, looks: () => looks };
};

const never = () => new AbortController().signal;
const late = () => AbortSignal.timeout(20);

describe('calls that wait for a deployment', () => {
  it.each<[string, Waiting, readonly DeploymentState[], readonly string[]]>([
    ['one that starts', ours, [starting, starting, started], []],
    ['one without copies, and have it woken', ours, [idle, idle, starting, started], ['mine']],
    [
      'a default one that was never made, and have it made',
      reserved,
      [missing, starting, started],
      ['.elser-2-elasticsearch'],
    ],
    [
      'a default one that is being removed, and have it made anew',
      reserved,
      [stopping, missing, starting, started],
      ['.elser-2-elasticsearch'],
    ],
  ])('go on after %s', async (_, waiting, states, expected) => {
    const { wait, woken } = roomOf(...states);
    await wait(waiting, never());
    expect(woken).toEqual(expected);
  });

  it.each<[string, Waiting, DeploymentState, string]>([
    ['one that has failed', ours, failed, 'Trained model [mine] is [FAILED]'],
    ['a default one that has failed', reserved, failed, 'Trained model [.elser-2-elasticsearch] is [FAILED]'],
    ['one that is being removed', ours, stopping, 'Trained model [mine] is [STOPPING]'],
    [
      'one that is not there',
      ours,
      missing,
      'Model [.elser_model_2] must be deployed to use. Please deploy with the start trained model deployment API.',
    ],
  ])('are refused with 409 by %s', async (_, waiting, state, reason) => {
    const { wait } = roomOf(state);
    await expect(wait(waiting, never())).rejects.toMatchObject({ status: 409, message: reason });
  });

  it('have one that is not there made all the same, for the calls to come', async () => {
    const { wait, woken } = roomOf(missing);
    await wait(ours, never()).catch(() => {});
    expect(woken).toEqual(['mine']);
  });

  const track =
    'Use the trained model stats API to track the state of the deployment and try again once it has started.';
  it.each<[string, DeploymentState, string]>([
    ['starts', starting, `Timed out after [30s] waiting for model deployment to start. ${track}`],
    ['had no copy', idle, `Timed out after [30s] waiting for trained model deployment [mine] to start. ${track}`],
  ])('are told with 408 that the time is over for one that %s', async (_, state, reason) => {
    const { wait } = roomOf(state);
    await expect(wait(ours, late())).rejects.toMatchObject({ status: 408, message: reason });
  });

  it('end without words when their caller leaves, and nobody looks any longer', async () => {
    const { wait, looks } = roomOf(starting);
    const left = new AbortController();
    const waiting = wait(ours, left.signal);
    left.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    await new Promise((resolve) => setTimeout(resolve, 10));
    const before = looks();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(looks()).toBe(before);
  });

  it('are at most 100 for each deployment', async () => {
    const { wait } = roomOf(starting);
    const leave = new AbortController();
    const waiting = Array.from({ length: 100 }, () => wait(ours, leave.signal).catch(() => 'left'));
    await expect(wait(ours, never())).rejects.toMatchObject({
      status: 429,
      message: 'Rejected inference request waiting for an allocation of deployment [mine]. Too many pending requests',
    });
    const other = wait({ ...ours, deployment: 'other' }, leave.signal).catch(() => 'left');
    leave.abort(new Error('left'));
    expect(new Set(await Promise.all([...waiting, other]))).toEqual(new Set(['left']));
  });

  it('look and ask together', async () => {
    const { wait, woken, looks } = roomOf(idle, starting, started);
    await Promise.all(Array.from({ length: 20 }, () => wait(ours, never())));
    expect(woken).toEqual(['mine']);
    expect(looks()).toBe(3);
  });

  it('ask again after a while, since an event may be lost', async () => {
    const { wait, woken } = roomOf(...Array.from({ length: 12 }, () => idle), started);
    await wait(ours, never());
    expect(woken.length).toBeGreaterThan(1);
    expect(woken.length).toBeLessThan(6);
  });

  it('bear looks that fail now and then, and not one after the other', async () => {
    const throttled = new Error('ThrottlingException');
    await roomOf(throttled, throttled, starting, throttled, started).wait(ours, never());
    await expect(roomOf(throttled).wait(ours, never())).rejects.toThrow('ThrottlingException');
  });
});
