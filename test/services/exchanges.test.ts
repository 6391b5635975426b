import { describe, expect, it, vi } from 'vitest';
import { findService, serviceNames } from '../../lib/services/index.ts';
import { expectedOf, play, readExchanges } from '../helpers/play.ts';

// Attempts follow each other at once: how long a retry waits is tested where it is decided.
vi.mock('node:timers/promises', () => ({ setTimeout: async () => {} }));

const exchanges = readExchanges();

const registered = await Promise.all(
  serviceNames.map(async (name) => {
    const service = await findService(name);
    return (service?.bind(({ tasks }) => Object.keys(tasks)) ?? []).map((task) => ({ service: name, task }));
  }),
);

describe('exchanges', () => {
  it.each(exchanges)(
    '$service $task, $file: sends what the service expects and answers as Elasticsearch does',
    async (exchange) => {
      const played = await play(exchange);
      const expected = expectedOf(exchange);
      expect(played).toEqual(expected);
      // The order of keys as well.
      expect(JSON.stringify(played.answer)).toBe(JSON.stringify(expected.answer));
    },
  );

  it.each(registered.flat())('$service $task: is covered by an answer and by a failure', ({ service, task }) => {
    const cases = exchanges.filter((exchange) => exchange.service === service && exchange.task === task);
    expect({
      answered: cases.some(({ request, result }) => request && result),
      failed: cases.some(({ response, error }) => response && error),
    }).toEqual({ answered: true, failed: true });
  });
});
