import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { allServices, defaultEndpoints } from '../inference/ml-node.ts';
import { goodBody, putEndpoint } from '../inference/openai.ts';
import { faultsOf } from './faults.ts';

// Attempts follow each other at once: how long a retry waits is tested where it is decided.
vi.mock('node:timers/promises', () => ({ setTimeout: async () => {} }));

describe('any answer of a service', () => {
  it('becomes a well-formed one', async () => {
    const answers = fc.record({
      status: fc.constantFrom(200, 200, 200, 204, 302, 400, 401, 403, 404, 413, 429, 500, 503, 599),
      body: fc.oneof(
        fc.jsonValue(),
        fc.string(),
        fc.constant('data: {"choices":[{"delta":{"content":"x"},"index":0}],"id":"1"}\n\n'),
        fc.constant('event: error\ndata: {}\n\n'),
        fc.constant({ data: [{ embedding: [1e39] }] }),
        fc.constant([[1, 2]]),
      ),
      headers: fc.dictionary(fc.constantFrom('content-type', 'x-ratelimit-limit-tokens', 'retry-after'), fc.string()),
    });
    const [first] = fc.sample(answers, 1);
    let next = first ?? { status: 200, body: '', headers: {} };
    let created = false;
    const whole = createWholeService(scriptedHttp((sent, position) => (created ? next : allServices(sent, position))));
    const own = ['text_embedding', 'embedding', 'completion', 'chat_completion'] as const;
    for (const taskType of own) await putEndpoint(whole, taskType, taskType.replace('_', ''));
    created = true;
    const targets = fc.constantFrom(
      ...own.map((taskType) => ({ id: taskType.replace('_', ''), body: goodBody[taskType] })),
      ...(['text_embedding', 'sparse_embedding', 'rerank'] as const).map((taskType) => ({
        id: defaultEndpoints[taskType],
        body: goodBody[taskType],
      })),
    );
    await fc.assert(
      fc.asyncProperty(answers, targets, fc.boolean(), async (answered, { id, body: sent }, streams) => {
        next = answered;
        const answer = await whole.request({
          method: 'POST',
          path: `/_inference/${id}${streams ? '/_stream' : ''}`,
          body: sent,
        });
        expect({ faults: faultsOf(answer, 'POST'), answer: answer.text }).toEqual({ faults: [], answer: answer.text });
      }),
      { numRuns: 500 },
    );
  });
});
