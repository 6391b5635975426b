import fc from 'fast-check';

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
