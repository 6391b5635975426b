import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { type Exchange, play, readExchanges } from '../helpers/play.ts';

// Attempts follow each other at once: how long a retry waits is tested where it is decided.
vi.mock('node:timers/promises', () => ({ setTimeout: async () => {} }));

/** JSON has a number for it, a float32 has none. */
const tooLarge = 1e39;

type Path = readonly (string | number)[];

/** Where the numbers of a JSON value are. */
const numbersIn = (value: unknown, path: Path = []): readonly Path[] => {
  if (typeof value === 'number') return [path];
  if (Array.isArray(value)) return value.flatMap((item, index) => numbersIn(item, [...path, index]));
  const entries = z.record(z.string(), z.unknown()).safeParse(value).data ?? {};
  return Object.entries(entries).flatMap(([name, item]) => numbersIn(item, [...path, name]));
};

const withNumber = (json: unknown, [step, ...rest]: Path): unknown => {
  if (step === undefined) return tooLarge;
  if (Array.isArray(json)) return json.with(Number(step), withNumber(json[Number(step)], rest));
  const entries = z.record(z.string(), z.unknown()).parse(json);
  return { ...entries, [step]: withNumber(entries[step], rest) };
};

/** Of each task of each service that answers with floats, the first exchange that shows it, once for each number of its answer. */
const shown = Object.values(
  Object.groupBy(
    readExchanges().filter(
      ({ task, stream, result, response, earlier }) =>
        ['rerank', 'sparse_embedding', 'text_embedding'].includes(task) && !stream && !earlier && result && response,
    ),
    ({ service, task }) => `${service} ${task}`,
  ),
).flatMap((exchanges = []) => exchanges.slice(0, 1));

const cases = shown.flatMap((exchange) =>
  numbersIn(exchange.response?.body).map((path) => ({ ...exchange, place: path.join('.'), path })),
);

/** The exchange with one number of its answer too large; what cannot be read may be asked for again. */
const changed = ({ response, ...exchange }: Exchange, path: Path): Exchange => ({
  ...exchange,
  response: response && { ...response, body: z.json().parse(withNumber(response.body, path)) },
  attempts: 10,
});

describe('a number that is too large for a float', () => {
  it.each(cases)('in the answer of $service to $task at $place is no fault of ours', async ({ path, ...exchange }) => {
    const { answer } = await play(changed(exchange, path));
    expect(JSON.stringify(answer)).not.toContain('Internal error');
  });
});
