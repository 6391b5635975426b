import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { scriptedHttp } from '../helpers/scripted-http.ts';
import { type Answer, createWholeService } from '../helpers/whole-service.ts';
import { allServices, defaultEndpoints } from '../inference/ml-node.ts';
import { goodBody, putEndpoint } from '../inference/openai.ts';
import { anyRequest } from './arbitrary-request.ts';

// Attempts follow each other at once: how long a retry waits is tested where it is decided.
vi.mock('node:timers/promises', () => ({ setTimeout: async () => {} }));

const event = /^event: (message|error)\ndata: ([^\n]+)\n\n/;

/** The data of all events, in their order. */
const eventsOf = (text: string): readonly unknown[] => {
  const [whole, , data] = event.exec(text) ?? [];
  if (whole === undefined) return text === '' ? [] : [undefined];
  return [data === '[DONE]' ? data : JSON.parse(String(data)), ...eventsOf(text.slice(whole.length))];
};

/** What is wrong with an answer: nothing. */
const faultsOf = ({ status, headers, text, json }: Answer): readonly string[] => {
  const isStream = headers['content-type'] === 'text/event-stream';
  const objects = isStream ? eventsOf(text) : text === '' ? [] : [json];
  const error: unknown = objects.map((object) => Object(object).error).find((found) => found !== undefined);
  return [
    ...(headers['X-elastic-product'] === 'Elasticsearch' ? [] : ['no product']),
    ...(objects.includes(undefined) ? ['unreadable'] : []),
    ...(status < 400 || error !== undefined ? [] : ['no error']),
    ...(Object(error).type === 'exception' ? ['a bug'] : []),
    ...(typeof error === 'object' && typeof Object(error).type !== 'string' ? ['no type'] : []),
    ...([200, 400, 404, 405, 406, 413, 429, 500].includes(status) ? [] : [`status ${status}`]),
  ];
};

describe('any request', () => {
  it('has a well-formed answer, and is never a bug', async () => {
    const whole = createWholeService(scriptedHttp(allServices));
    await putEndpoint(whole, 'completion', 'e');
    await putEndpoint(whole, 'chat_completion', 'c');
    const seen = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(anyRequest, async (sent) => {
        const answer = await whole.request(sent);
        seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
        expect({ faults: faultsOf(answer), answer: answer.text }).toEqual({ faults: [], answer: answer.text });
      }),
      { numRuns: 1500 },
    );
    // The requests are not all refused for the same.
    expect([...seen.keys()].sort()).toEqual(expect.arrayContaining([200, 400, 404, 405, 406]));
  });

  it('has one whatever the service answers', async () => {
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
        expect({
          faults: faultsOf(answer).filter((fault) => !fault.startsWith('status')),
          answer: answer.text,
        }).toEqual({
          faults: [],
          answer: answer.text,
        });
      }),
      { numRuns: 500 },
    );
  });
});
