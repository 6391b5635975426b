import * as z from 'zod';
import { actionRequestValidation } from '../api/errors.ts';
import type { JsonObject } from '../api/read-settings.ts';
import { missingOneOf, positiveInteger } from '../api/settings.ts';
import type { TaskType } from '../api/task-type.ts';
import { modelOf } from './elasticsearch-models.ts';
import { acceptModel, settled } from './elasticsearch-references.ts';
import {
  allocations,
  isGiven,
  type rerankSettings,
  type Settings,
  type settings,
  settingsFor,
  storedSettings,
} from './elasticsearch-settings.ts';
import type { Allocations, NodeDeployment } from './service.ts';

// How a model is deployed and rescaled.

/** Elasticsearch's own safeguard where the user sets no limit. */
const mostAllocations = 32;

const allocationsOf = ({ num_allocations, adaptive_allocations: adaptive }: Settings): Allocations =>
  adaptive?.enabled
    ? {
        kind: 'adaptive',
        least: adaptive.min_number_of_allocations ?? 0,
        most: adaptive.max_number_of_allocations ?? mostAllocations,
      }
    : { kind: 'fixed', copies: num_allocations ?? 1 };

export const deploymentOf = (stored: Settings): NodeDeployment => ({
  model: modelOf(stored.model_id),
  of: stored.deployment_id,
  pooling: stored.uploaded?.pooling,
  allocations: allocationsOf(stored),
  probed: stored.deployment_id !== undefined || stored.uploaded !== undefined,
});

const mostThreads = 32;

/** Elasticsearch's settings take any number of threads; a deployment of it starts with some only. */
export const startable = ({ num_threads: threads }: Settings): void => {
  if (threads > mostThreads || !Number.isInteger(Math.log2(threads)))
    throw actionRequestValidation([
      `[threads_per_allocation] must be a power of 2 less than or equal to ${mostThreads}`,
    ]);
};

export const allocationRules = (sent: JsonObject): readonly string[] => {
  // Those of a deployment of another endpoint are not this one's.
  if (isGiven(sent.deployment_id)) return [];
  const { min_number_of_allocations: min, max_number_of_allocations: max } =
    allocations.safeParse(sent.adaptive_allocations).data ?? {};
  return [
    ...(isGiven(sent.num_allocations) || isGiven(sent.adaptive_allocations)
      ? []
      : [missingOneOf('service_settings', ['num_allocations', 'adaptive_allocations'])]),
    ...(typeof min === 'number' && min < 0
      ? ['[min_number_of_allocations] must be a non-negative integer or null']
      : []),
    ...(typeof max === 'number' && max < 1 ? ['[max_number_of_allocations] must be a positive integer or null'] : []),
    ...(typeof min === 'number' && typeof max === 'number' && min > max
      ? ['[min_number_of_allocations] must not be larger than [max_number_of_allocations]']
      : []),
  ];
};

/** Texts that Text Embeddings Inference takes at once. */
export const nodeBatch = 32;

/** The three tasks share how a model is deployed and rescaled. */
export const deployed = (task: TaskType, own: typeof settings | typeof rerankSettings) => ({
  stored: storedSettings,
  accept: acceptModel(task),
  putFor: settingsFor(task, own),
  settled,
  update: {
    settings: z
      .object({
        num_allocations: positiveInteger().nullable(),
        adaptive_allocations: allocations.nullable(),
        num_threads: z.unknown(),
      })
      .partial()
      .transform(({ num_allocations, adaptive_allocations }) => ({
        num_allocations: num_allocations ?? undefined,
        adaptive_allocations: adaptive_allocations ?? undefined,
      })),
    others: 'refused' as const,
    rules: (sent: JsonObject) => [
      ...(sent.num_threads === undefined ? [] : ['[num_threads] cannot be updated']),
      ...(isGiven(sent.num_allocations) && isGiven(sent.adaptive_allocations)
        ? ['[num_allocations] cannot be set if [adaptive_allocations] is set']
        : []),
      ...allocationRules(sent),
    ],
    // Setting one clears the other.
    merge: (stored: Settings, sent: Partial<Pick<Settings, 'num_allocations' | 'adaptive_allocations'>>): Settings => {
      const { num_allocations: _fixed, adaptive_allocations: _adaptive, ...rest } = stored;
      return { ...rest, ...sent };
    },
  },
  inputs: { perRequest: () => nodeBatch },
});
