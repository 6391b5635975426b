import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InferenceError } from '../../lib/api/errors.ts';
import type { EndpointRow } from '../../lib/inference/ports.ts';
import { componentName } from '../../lib/ml-node/names.ts';
import { memoryEndpointStore } from '../helpers/memory-stores.ts';
import { createFakeControl, throttled } from './fake-control.ts';
import { action, happen, reserved } from './law-actions.ts';
import { createLifeCycle, endpoint } from './life-cycle.ts';

const pace = 1000;

describe('endpoints and inference components', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('are one to one after the sweep, whatever happened in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 1, maxLength: 14 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 300 })),
        async (actions, delays) => {
          const store = memoryEndpointStore();
          let generation = 0;
          /** Calls take time, so that those of several callers mix; a process that has ended goes on with none. */
          const stepOf = (own: number) => async () => {
            const { value: delay } = delays.next();
            await new Promise((resolve) => setTimeout(resolve, delay));
            if (own !== generation) await new Promise(() => {});
          };
          let current = 0;
          const control = createFakeControl({ now: Date.now, pace, step: () => stepOf(current)() });
          const cycle = () => createLifeCycle(control, { store, step: stepOf(generation) });
          const unexpected: unknown[] = [];
          const run = (work: Promise<unknown>): void => {
            work.catch((error: unknown) => {
              const isTold =
                error instanceof InferenceError || (error instanceof Error && error.name === 'ThrottlingException');
              if (!isTold) unexpected.push(error);
            });
          };

          for (const next of actions) {
            await happen(next, {
              cycle,
              run,
              patience: 5000,
              failToStart: () => {
                control.trouble.failsToStart = true;
              },
              failCalls: (count) => {
                control.trouble.failures.push(...Array.from({ length: count }, throttled));
              },
              endProcesses: () => {
                generation += 1;
                current = generation;
              },
              passTime: async (milliseconds) => {
                await vi.advanceTimersByTimeAsync(milliseconds);
              },
            });
          }
          control.trouble.failsToStart = false;
          control.trouble.failures.length = 0;
          await vi.advanceTimersByTimeAsync(60_000);
          for (let round = 0; round < 4; round += 1) {
            run(cycle().sweep());
            await vi.advanceTimersByTimeAsync(60_000);
          }
          control.settle();

          expect(unexpected).toEqual([]);
          const rows = await store.list({ removed: true });
          expect(rows.filter(({ deleting }) => deleting !== undefined)).toEqual([]);
          const wanted = new Map(rows.map((row) => [componentName(endpoint, row.inference_id), row]));
          const byDefault = componentName(endpoint, reserved);
          expect([...control.components.keys()].filter((name) => name !== byDefault).sort()).toEqual(
            [...wanted.keys()].sort(),
          );
          for (const [name, component] of control.components) {
            if (component.status === 'Failed') continue;
            const settings: EndpointRow['service_settings'] = wanted.get(name)?.service_settings ?? {
              adaptive_allocations: { enabled: true },
            };
            expect(component.status).toBe('InService');
            expect(component.environment?.POOLING).toBe(
              settings.model_id === '.multilingual-e5-small' ? 'mean' : 'splade',
            );
            const target = control.targets.get(name);
            if (settings.adaptive_allocations) expect(target?.policy).toBe(true);
            else {
              expect(target).toBeUndefined();
              expect(component.desired).toBe(settings.num_allocations);
            }
          }
          for (const name of control.targets.keys()) expect([...control.components.keys()]).toContain(name);
        },
      ),
      { numRuns: 150 },
    );
  });
});
