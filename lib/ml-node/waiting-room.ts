import { setTimeout as sleep } from 'node:timers/promises';
import { notDeployed, notServing, startTimedOut, tooManyWait, wakeTimedOut } from '../api/deployment-errors.ts';
import { InferenceError } from '../api/errors.ts';
import type { DeploymentState } from '../inference/ports.ts';

/** A call that cannot be served yet. */
export type Waiting = {
  readonly deployment: string;
  readonly model: string;
  /** Whether nobody but a call starts it. */
  readonly startsItself: boolean;
  /** The time that it has, as messages print it. */
  readonly timeout: string;
};

type Room = {
  readonly look: (waiting: Waiting) => Promise<DeploymentState>;
  /** Asks for the deployment to be started; does not wait for it. */
  readonly wake: (deployment: string) => Promise<void>;
  readonly log: { readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void };
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly pause?: (milliseconds: number) => Promise<void>;
};

/** Elasticsearch's own limit, for each deployment. */
const mostWaiting = 100;

/** Milliseconds between two looks: at first hardly any, since a deployment may be there at once; then seconds, since a copy takes minutes. */
const firstPause = 100;
const longestPause = 4000;

/** Looks that may fail one after the other. */
const failuresTaken = 3;

/** Milliseconds until a deployment that still does not start is asked for again: the event, or its effect, may have been lost. */
const askAgain = 15_000;

/** One look after the other for all who wait for the same deployment. */
type Watch = { waiting: number; first: DeploymentState['name'] | undefined; readonly done: Promise<DeploymentState> };

/** Whether more time may change it. */
const mayStart = ({ name }: DeploymentState, { startsItself }: Waiting): boolean =>
  name === 'starting' || name === 'idle' || (startsItself && (name === 'missing' || name === 'stopping'));

const isLate = ({ reason }: AbortSignal): boolean => reason instanceof DOMException && reason.name === 'TimeoutError';

/**
 * Where calls wait until their deployment answers.
 *
 * @returns a function that resolves when the deployment has a copy, and rejects with InferenceError: 408 when the time is over, 409 when it
 *   does not start by itself, 429 when too many wait; with the signal's reason when the caller leaves
 */
export const createWaitingRoom = ({
  look,
  wake,
  log,
  now = Date.now,
  pause = (milliseconds) => sleep(milliseconds, undefined, { ref: false }),
}: Room) => {
  const watches = new Map<string, Watch>();
  const asked = new Map<string, number>();

  const ask = (deployment: string): void => {
    if (now() < (asked.get(deployment) ?? Number.NEGATIVE_INFINITY) + askAgain) return;
    asked.set(deployment, now());
    wake(deployment).catch((error: unknown) => {
      asked.delete(deployment);
      log.warn('A deployment could not be asked for', { deployment, error });
    });
  };

  /** A look that fails says nothing: SageMaker may be asked too often. One that always does is told. */
  const lookAgain = async (waiting: Waiting): Promise<DeploymentState> => {
    for (let failures = 1; ; failures += 1) {
      try {
        return await look(waiting);
      } catch (error) {
        if (error instanceof InferenceError || failures > failuresTaken) throw error;
        log.warn('A deployment could not be looked at', { deployment: waiting.deployment, error });
        await pause(longestPause);
      }
    }
  };

  const watch = async (waiting: Waiting, isNeeded: () => boolean, seen: (state: DeploymentState) => void) => {
    let milliseconds = firstPause;
    for (;;) {
      const state = await lookAgain(waiting);
      seen(state);
      if (state.name === 'idle' || state.name === 'missing') ask(waiting.deployment);
      if (!mayStart(state, waiting) || !isNeeded()) return state;
      await pause(milliseconds);
      milliseconds = Math.min(milliseconds * 2, longestPause);
    }
  };

  const join = (waiting: Waiting): Watch => {
    const known = watches.get(waiting.deployment);
    if (known) return known;
    const opened: Watch = {
      waiting: 0,
      first: undefined,
      done: watch(
        waiting,
        () => opened.waiting > 0,
        ({ name }) => {
          opened.first ??= name;
        },
      ).finally(() => watches.delete(waiting.deployment)),
    };
    watches.set(waiting.deployment, opened);
    // Those who wait are told; when all have left, nobody is there to be.
    opened.done.catch(() => {});
    return opened;
  };

  return async (waiting: Waiting, signal: AbortSignal): Promise<void> => {
    const { deployment, model, timeout } = waiting;
    const joined = join(waiting);
    if (joined.waiting >= mostWaiting) throw tooManyWait(deployment);
    joined.waiting += 1;
    const { promise: left, reject } = Promise.withResolvers<never>();
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    try {
      const { name } = await Promise.race([joined.done, left]);
      if (name === 'failed') throw notServing(deployment, 'FAILED');
      if (name === 'stopping') throw notServing(deployment, 'STOPPING');
      if (name === 'missing') throw notDeployed(model);
    } catch (error) {
      if (!signal.aborted || !isLate(signal)) throw error;
      throw joined.first === 'idle' ? wakeTimedOut(timeout, deployment) : startTimedOut(timeout);
    } finally {
      joined.waiting -= 1;
      signal.removeEventListener('abort', leave);
    }
  };
};
