import { describe, expect, it } from 'vitest';
import type { TaskType } from '../../lib/api/task-type.ts';
import { findService, serviceNames } from '../../lib/services/index.ts';
import { readExchanges } from '../helpers/play.ts';

// What `exchanges.test.ts` plays must show every task of every service, whole and streamed.

const tasks = (
  await Promise.all(
    serviceNames.map(async (name) => {
      const service = await findService(name);
      return (
        service?.bind(({ tasks: definitions }) =>
          Object.entries(definitions).map(([task, definition]) => ({
            service: name,
            // The names of the tasks are the keys of that table.
            task: task as TaskType,
            streams: definition?.stream !== undefined,
          })),
        ) ?? []
      );
    }),
  )
).flat();

const exchanges = readExchanges();

describe('the exchanges', () => {
  it.each(tasks)('show $task of $service answered whole', ({ service, task }) => {
    const shown = exchanges.filter((one) => one.service === service && one.task === task && !one.stream && one.result);
    expect(shown.length).toBeGreaterThan(0);
  });

  it.each(tasks.filter(({ streams }) => streams))('show $task of $service streamed', ({ service, task }) => {
    const shown = exchanges.filter((one) => one.service === service && one.task === task && one.stream && one.result);
    expect(shown.length).toBeGreaterThan(0);
  });

  it('know no chat that is not streamed', () => {
    expect(tasks.filter(({ task, streams }) => task === 'chat_completion' && !streams)).toEqual([]);
  });
});
