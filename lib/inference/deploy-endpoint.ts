import { InferenceError, statusException } from '../api/errors.ts';
import type { NodeDeployment } from '../services/service.ts';
import type { Deadline } from './deadline.ts';
import { learn } from './learn-settings.ts';
import type { EndpointRow } from './ports.ts';
import { finishRemoval, markRemoved, type RemovalDependencies } from './remove-endpoint.ts';
import { startDeployment } from './start-deployment.ts';

/** How often a row that changes between read and write is read again. */
const tries = 3;

/** Takes an endpoint back whose deployment cannot be. Somebody may have changed or removed it meanwhile. */
const takeBack = async (id: string, created: number, dependencies: RemovalDependencies): Promise<void> => {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const row = await dependencies.endpoints.get(id);
    if (row?.created !== created) return;
    const marked = await markRemoved(row, dependencies.endpoints, Date.now());
    if (!marked) continue;
    await finishRemoval(marked, dependencies).catch((cause: unknown) => {
      throw statusException(500, 'Model validation failed and model deployment could not be stopped', { cause });
    });
    return;
  }
};

/**
 * What PUT does after an endpoint of the ML node is stored: starts its deployment, and asks the model where only that teaches the rest.
 *
 * @param probe - a call; gives the settings with what it taught
 * @returns the row as it is stored now
 * @throws InferenceError 408 when the deadline comes before the model answers: the endpoint stays, and its deployment goes on starting.
 *   After any other failure the endpoint is gone again
 */
export const deployEndpoint = async (
  row: EndpointRow,
  { of, probed }: NodeDeployment,
  dependencies: RemovalDependencies,
  deadline: Deadline,
  probe: () => Promise<object>,
): Promise<EndpointRow> => {
  try {
    const started = of === undefined ? await startDeployment(row, dependencies, deadline) : row;
    return probed && row.task_type === 'text_embedding' ? await learn(started, await probe(), dependencies) : started;
  } catch (error) {
    const goesOn = deadline.signal.aborted || (error instanceof InferenceError && error.status === 408);
    if (!goesOn) await takeBack(row.inference_id, row.created, dependencies);
    throw error;
  }
};
