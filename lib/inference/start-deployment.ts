import { cannotStart, deploymentRemoved, startTimedOut } from '../api/deployment-errors.ts';
import type { Deadline } from './deadline.ts';
import { type DeploymentDependencies, wantedBy } from './node-deployment.ts';
import type { EndpointRow } from './ports.ts';

/** Milliseconds between two looks, doubled each time: a model may be there at once, or take minutes. */
const firstPause = 50;
const longestPause = 2000;

/**
 * Waits, and ends with the deadline or when the caller leaves.
 *
 * @throws the reason of the deadline's signal
 */
export const pauseWithin = (milliseconds: number, { signal }: Deadline): Promise<void> =>
  new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end);
      resolve();
    }, milliseconds);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });

/** Growing pauses, one after the other. */
export function* pauses(): Generator<number, never> {
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) yield pause;
}

/**
 * Starts the deployment of an endpoint and waits until it answers. What the endpoint wants may change meanwhile.
 *
 * @param row - as it was stored
 * @returns the row as it is now
 * @throws InferenceError 408 when the deadline comes first, and the deployment goes on starting; 400 when it failed; 409 when the endpoint
 *   was deleted
 */
export const startDeployment = async (
  row: EndpointRow,
  { endpoints, deployments }: DeploymentDependencies,
  deadline: Deadline,
): Promise<EndpointRow> => {
  const { inference_id: id } = row;
  for (const pause of pauses()) {
    const current = await endpoints.get(id);
    const wanted = current?.created === row.created ? await wantedBy(current) : undefined;
    if (!current || !wanted) throw deploymentRemoved(id);
    const state = await deployments.wake(wanted);
    if (state.name === 'started') return current;
    if (state.name === 'failed') throw cannotStart(id, state.reason);
    try {
      await pauseWithin(pause, deadline);
    } catch (error) {
      throw deadline.isOver() ? startTimedOut(deadline.text) : error;
    }
  }
  throw new Error('pauses never end');
};
