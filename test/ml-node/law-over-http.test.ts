import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InferenceError } from '../../lib/api/errors.ts';
import type { EndpointRow } from '../../lib/inference/ports.ts';
import { componentName } from '../../lib/ml-node/names.ts';
import { AwsError } from '../../local/stand-ins/aws-json.ts';
import { memoryEndpointStore } from '../helpers/memory-stores.ts';
import { type HostedModels, hostModels, minute } from '../local/model-hosting.ts';
import { action, happen, reserved } from './law-actions.ts';
import { createLifeCycle, endpoint } from './life-cycle.ts';

// The law of `law.test.ts` by AWS's own clients against the stand-ins, whose clock alone is ours: each look at them takes real time.

/** Milliseconds of a real clock that a PUT waits: longer than a few looks, and its deployment takes minutes of the stand-ins' clock. */
const patience = 40;

/** Milliseconds after an action: none, or so many that it has come to a state of rest or to its middle. */
const pauses = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60 }));

/** One of the law's actions takes as many seconds here as it takes milliseconds there. */
const slower = 1000;

const listAll = async ({ list }: HostedModels): Promise<string[]> => {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = await list({
      EndpointNameEquals: endpoint,
      MaxResults: 2,
      ...(token !== undefined && { NextToken: token }),
    });
    names.push(...(page.InferenceComponents ?? []).flatMap(({ InferenceComponentName: name }) => name ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return names.toSorted();
};

const scaledComponents = async ({ targets }: HostedModels): Promise<string[]> =>
  ((await targets()).ScalableTargets ?? []).map(({ ResourceId = '' }) =>
    ResourceId.replace('inference-component/', ''),
  );

describe('endpoints and inference components, by AWS’s own clients', () => {
  it('are one to one after the sweep, whatever happened in whatever order', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(action, pauses), { minLength: 1, maxLength: 12 }), async (actions) => {
        await using models = await hostModels();
        const { world } = models;
        world.room = 100;
        let refusals = 0;
        world.refuse = () => {
          if (refusals === 0) return undefined;
          refusals -= 1;
          return new AwsError('ThrottlingException', 'Slow');
        };
        const store = memoryEndpointStore();
        let generation = 0;
        /** A process that has ended goes on with nothing. */
        const stepOf = (own: number) => async () => {
          await sleep(0);
          if (own !== generation) await new Promise(() => {});
        };
        const cycle = () => createLifeCycle(models, { store, step: stepOf(generation) });
        const unexpected: unknown[] = [];
        let running: Promise<void>[] = [];
        const run = (work: Promise<unknown>): void => {
          const told = work.then(
            () => {},
            (error: unknown) => {
              const isTold =
                error instanceof InferenceError || (error instanceof Error && error.name === 'ThrottlingException');
              if (!isTold) unexpected.push(error);
            },
          );
          running.push(told);
        };

        for (const [next, pause] of actions) {
          await happen(next, {
            cycle,
            run,
            patience,
            failToStart: () => {
              world.failure = 'No instances';
            },
            failCalls: (count) => {
              refusals += count;
            },
            endProcesses: () => {
              generation += 1;
              running = [];
            },
            passTime: async (milliseconds) => {
              world.time += milliseconds * slower;
              world.failure = undefined;
            },
          });
          await sleep(pause);
        }
        await Promise.all(running);
        world.failure = undefined;
        refusals = 0;
        for (let round = 0; round < 5; round += 1) {
          world.time += 30 * minute;
          run(cycle().sweep());
          await Promise.all(running);
        }
        world.time += 30 * minute;

        expect(unexpected).toEqual([]);
        expect(models.faults).toEqual([]);
        const rows = await store.list({ removed: true });
        expect(rows.filter(({ deleting }) => deleting !== undefined)).toEqual([]);
        const wanted = new Map(rows.map((row) => [componentName(endpoint, row.inference_id), row]));
        const names = await listAll(models);
        expect(names.filter((name) => name !== componentName(endpoint, reserved))).toEqual([...wanted.keys()].sort());
        const scaled = await scaledComponents(models);
        for (const name of scaled) expect(names).toContain(name);
        for (const name of names) {
          const {
            InferenceComponentStatus: status,
            RuntimeConfig: copies,
            Specification,
          } = await models.describe(name);
          if (status === 'Failed') continue;
          expect(status).toBe('InService');
          const settings: EndpointRow['service_settings'] = wanted.get(name)?.service_settings ?? {
            adaptive_allocations: { enabled: true },
          };
          expect(Specification?.Container?.Environment?.POOLING).toBe(
            settings.model_id === '.multilingual-e5-small' ? 'mean' : 'splade',
          );
          expect(scaled.includes(name)).toBe(settings.adaptive_allocations !== undefined);
          if (!settings.adaptive_allocations)
            expect(copies).toEqual({
              DesiredCopyCount: settings.num_allocations,
              CurrentCopyCount: settings.num_allocations,
            });
        }
      }),
      { numRuns: 40 },
    );
  });
});
