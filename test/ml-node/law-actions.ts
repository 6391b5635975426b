import fc from 'fast-check';
import { type createLifeCycle, dense, sparse } from './life-cycle.ts';

const ids = ['first', 'second'] as const;
/** A default endpoint, whose deployment nobody but its callers makes. */
export const reserved = '.elser-2-elasticsearch';

const allocations = fc.oneof(
  fc.record({ num_allocations: fc.integer({ min: 1, max: 3 }) }),
  fc.constantFrom(
    { adaptive_allocations: { enabled: true } },
    { adaptive_allocations: { enabled: true, min_number_of_allocations: 1, max_number_of_allocations: 2 } },
  ),
);
const id = fc.constantFrom(...ids);

/** What happens, one after the other; what takes time goes on meanwhile. */
export const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('put' as const), id, allocations, sparse: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('update' as const), id, allocations, sparse: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('delete' as const), id: fc.oneof(id, fc.constant(reserved)) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wake' as const), id: fc.oneof(id, fc.constant(reserved)) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sweep' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('failing start' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('failing calls' as const), count: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end of the processes' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('time' as const), milliseconds: fc.integer({ min: 1, max: 4000 }) }),
  },
);

type Action = typeof action extends fc.Arbitrary<infer Kind> ? Kind : never;

/** Where actions happen: who calls the use cases, and the world around them. */
type Scene = {
  /** The use cases in a process that lives now. */
  readonly cycle: () => ReturnType<typeof createLifeCycle>;
  /** Lets work go on beside what follows. */
  readonly run: (work: Promise<unknown>) => void;
  /** Milliseconds that a PUT waits for its deployment. */
  readonly patience: number;
  readonly failToStart: () => void;
  readonly failCalls: (count: number) => void;
  readonly endProcesses: () => void;
  readonly passTime: (milliseconds: number) => Promise<void>;
};

/** Lets one action happen. Calls are begun, not awaited. */
export const happen = async (next: Action, scene: Scene): Promise<void> => {
  const { cycle, run } = scene;
  switch (next.kind) {
    case 'put':
      return run(cycle().put(next.id, (next.sparse ? sparse : dense)(next.allocations), scene.patience));
    case 'update':
      return run(
        cycle().update(next.id, {
          task_type: next.sparse ? 'sparse_embedding' : 'text_embedding',
          service_settings: next.allocations,
        }),
      );
    case 'delete':
      return run(cycle().delete(next.id, true));
    case 'wake':
      return run(cycle().wake(next.id));
    case 'sweep':
      return run(cycle().sweep());
    case 'failing start':
      return scene.failToStart();
    case 'failing calls':
      return scene.failCalls(next.count);
    case 'end of the processes':
      return scene.endProcesses();
    case 'time':
      return scene.passTime(next.milliseconds);
  }
};
