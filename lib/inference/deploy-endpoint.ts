import { randomUUID } from 'node:crypto';
import { InferenceError, statusException } from '../api/errors.ts';
import type { NodeDeployment } from '../services/service.ts';
import type { Deadline } from './deadline.ts';
import type { EndpointRow } from './ports.ts';
import { finishRemoval, markRemoved, type RemovalDependencies } from './remove-endpoint.ts';
import { startDeployment } from './start-deployment.ts';
import { plain } from './store-row.ts';

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

/** Writes what the probe has taught, over the row as it is by now. */
const learn = async (row: EndpointRow, settings: object, { endpoints }: RemovalDependencies): Promise<EndpointRow> => {
  let current: EndpointRow | undefined = row;
  for (let attempt = 0; attempt < tries && current?.created === row.created; attempt += 1) {
    // An update may have changed the allocations meanwhile, and what was learnt holds all the same.
    const next = {
      ...current,
      service_settings: { ...plain(settings), ...current.service_settings },
      revision: randomUUID(),
    };
    if (await endpoints.update(next, current.revision)) return next;
    current = await endpoints.get(row.inference_id);
  }
  throw statusException(409, `Inference endpoint [${row.inference_id}] was changed by others at the same time`);
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
