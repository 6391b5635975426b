import { defaultEndpoints } from '../services/index.ts';
import { type LearnDependencies, learnLate } from './learn-settings.ts';
import { wantedBy } from './node-deployment.ts';
import type { WantedDeployment } from './ports.ts';
import { finishRemoval, type RemovalDependencies, removeWithoutRow } from './remove-endpoint.ts';

/** What is wanted of default endpoints whose deployment is there: nobody but their callers makes one. */
const deployedDefaults = async ({ deployments }: RemovalDependencies): Promise<readonly WantedDeployment[]> => {
  const wanted: WantedDeployment[] = [];
  for (const endpoint of await defaultEndpoints()) {
    const own = await wantedBy(endpoint);
    if (own && (await deployments.state(own.id)).name !== 'missing') wanted.push(own);
  }
  return wanted;
};

/**
 * Brings deployments and endpoints together again, whatever was interrupted: removals go on, what an endpoint wants is made, what nobody
 * wants goes, and what a PUT had no time to learn is asked for. One that fails does not hold up the others.
 */
export const sweep = async (
  dependencies: RemovalDependencies & LearnDependencies,
  now: () => number,
): Promise<void> => {
  const { endpoints, deployments, log } = dependencies;

  const step = async (deployment: string, run: () => Promise<unknown>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      log.warn('A deployment could not be put in order', { deployment, error });
    }
  };

  const defaults = (await defaultEndpoints()).map(({ inference_id: id }) => id);
  const strays = await deployments.strays(async () => [
    ...defaults,
    ...(await endpoints.list({ removed: true })).map(({ inference_id: id }) => id),
  ]);
  const rows = await endpoints.list({ removed: true });
  const removed = new Set<string>();
  for (const row of rows) {
    const { inference_id: id } = row;
    if (row.deleting !== undefined) {
      removed.add(id);
      await step(id, () => finishRemoval(row, dependencies));
      continue;
    }
    await step(id, async () => {
      // It may be another one since all were listed.
      const current = await endpoints.get(id);
      const wanted = current && (await wantedBy(current));
      if (wanted) await deployments.converge(wanted);
      if (current) await learnLate(current, dependencies, now());
    });
  }
  for (const id of strays) await step(id, () => removeWithoutRow(id, dependencies, now()));
  for (const wanted of await deployedDefaults(dependencies)) {
    if (!removed.has(wanted.id)) await step(wanted.id, () => deployments.converge(wanted));
  }
};
