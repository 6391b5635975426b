import { describe, expect, it } from 'vitest';
import { checkInferenceId } from '../../lib/api/inference-id.ts';
import { errorsOf } from './error-chain.ts';

describe('checkInferenceId', () => {
  it.each(['a', '0', 'my-endpoint', 'my_endpoint.v2', 'a--b..c__d', `a${'b'.repeat(1000)}`])('takes %s', (id) => {
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
});
