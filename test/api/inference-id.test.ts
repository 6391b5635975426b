import { describe, expect, it } from 'vitest';
import { checkInferenceId } from '../../lib/api/inference-id.ts';
import { errorsOf } from './error-chain.ts';

describe('checkInferenceId', () => {
  it.each(['a', '0', 'my-endpoint', 'my_endpoint.v2', 'a--b..c__d', 'b'.repeat(2048)])('takes %s', (id) => {
    expect(() => checkInferenceId(id)).not.toThrow();
  });

  it.each(['', '.elser-2-elasticsearch', '_all', '-a', 'a-', 'a.', 'A', 'my endpoint', 'a/b', 'é', 'a\n', '\na'])(
    'refuses %j',
    (id) => {
      expect(errorsOf(() => checkInferenceId(id))).toEqual([
        [
          'action_request_validation_exception',
          `Validation Failed: 1: Invalid inference_id; '${id}' can contain lowercase alphanumeric (a-z and 0-9), hyphens or underscores; must start and end with alphanumeric;`,
        ],
      ]);
    },
  );

  it('refuses an id that no row can have', () => {
    const id = 'b'.repeat(2049);
    expect(errorsOf(() => checkInferenceId(id))).toEqual([
      [
        'action_request_validation_exception',
        `Validation Failed: 1: id [${id}] is too long, must be no longer than 2048 bytes but was: 2049;`,
      ],
    ]);
  });
});
