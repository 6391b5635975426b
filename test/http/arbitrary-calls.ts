import { basename } from 'node:path';
import fc from 'fast-check';
import { knownKeys } from '../../lib/api/read-settings.ts';
import type { GatewayEvent } from '../../lib/http/event.ts';
import { findService } from '../../lib/services/index.ts';
import { type Exchange, readExchanges } from '../helpers/play.ts';
import { withKeyFile } from '../helpers/service-account.ts';
import { anyInflation, type Inflation, largeBody } from './inflated.ts';
import { nearValid } from './near-valid.ts';

// Requests about endpoints of every service, made of the exchanges: configurations and calls that are good, or nearly.

/** What every secret of these endpoints begins with: it may occur in no answer. */
export const secretMark = 'SECRET-OF-AN-ENDPOINT';

const marked = (settings: Readonly<Record<string, unknown>>, secrets: readonly string[]) =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) =>
      // The tests' key file must stay one.
      secrets.includes(name) && typeof value === 'string' && !value.startsWith('{')
        ? [name, `${secretMark}-${name}`]
        : [name, value],
    ),
  );

const secretNames = async (name: string): Promise<readonly string[]> =>
  (await findService(name))?.bind(({ secrets }) => knownKeys(secrets)) ?? [];

/** An exchange with the body of the PUT that it begins with. */
export type Configured = Exchange & { readonly id: string; readonly configuration: Readonly<Record<string, unknown>> };

export const configured: readonly Configured[] = await Promise.all(
  readExchanges().map(async (exchange) => {
    const { service, file, service_settings, task_settings } = exchange;
    const settings = marked(withKeyFile(service_settings), await secretNames(service));
    return {
      ...exchange,
      id: `${service}.${basename(file, '.json')}`,
      configuration: { service, service_settings: settings, ...(task_settings && { task_settings }) },
    };
  }),
);

/** One request, and the exchange whose service answers it. */
export type CallSent = {
  readonly exchange: Configured;
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly event?: Partial<GatewayEvent>;
};

const chunking = fc.constantFrom<unknown[]>(
  { strategy: 'sentence', max_chunk_size: 20, sentence_overlap: 0 },
  { strategy: 'word', max_chunk_size: 10, overlap: 5 },
  { strategy: 'recursive', max_chunk_size: 10, separators: ['a'] },
  { strategy: 'recursive', max_chunk_size: 10, separator_group: 'markdown' },
  { strategy: 'none' },
);

const configurations = ({ configuration }: Configured): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 3, arbitrary: nearValid(configuration) },
    {
      weight: 1,
      arbitrary: chunking
        .chain((settings) => nearValid(settings, 7))
        .map((settings) => ({ ...configuration, chunking_settings: settings })),
    },
  );

const updates = ({ task, configuration: { service: _, ...settings } }: Configured): fc.Arbitrary<unknown> =>
  nearValid({ task_type: task, ...settings });

const queries = fc.oneof(
  { weight: 8, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ timeout: '1ms' }, { timeout: '30s' }, { pretty: '' }, { filter_path: '*' }),
  },
);

/** Requests about one endpoint that is there, or a second one of the same kind that comes and goes. */
const requestsOf = (exchange: Configured): fc.Arbitrary<CallSent> => {
  const { id, task } = exchange;
  const request = (method: string, ids: readonly string[], body: fc.Arbitrary<unknown>, operation = '') =>
    fc
      .record({ name: fc.constantFrom(...ids), hasTask: fc.boolean(), body, query: queries })
      .map(({ name, hasTask, ...rest }): CallSent => {
        const path = `/_inference/${hasTask ? `${task}/` : ''}${name}${operation}`;
        return { exchange, method, path, ...rest };
      });
  const [both, second] = [[id, `${id}2`], [`${id}2`]];
  const nothing = fc.constant(undefined);
  return fc.oneof(
    { weight: 4, arbitrary: request('PUT', second, configurations(exchange)) },
    { weight: 3, arbitrary: request('PUT', both, updates(exchange), '/_update') },
    { weight: 4, arbitrary: request('POST', both, nearValid(exchange.input, 5)) },
    { weight: 3, arbitrary: request('POST', both, nearValid(exchange.input, 5), '/_stream') },
    { weight: 1, arbitrary: request('GET', both, nothing) },
    { weight: 2, arbitrary: request('DELETE', second, nothing) },
  );
};

/** Any request about endpoints of any service. */
export const anyCall: fc.Arbitrary<CallSent> = fc.constantFrom(...configured).chain(requestsOf);

const chunked = { strategy: 'recursive', max_chunk_size: 10, separators: ['a', 'b'] };

/** What may be sent about an endpoint, by its place: the end of the path, and a good body. */
const sendings = ({ configuration, input }: Configured) => {
  const { service: _, ...settings } = configuration;
  return {
    call: { method: 'POST', operation: '', body: input },
    stream: { method: 'POST', operation: '/_stream', body: input },
    configuration: { method: 'PUT', operation: '2', body: configuration },
    chunking: { method: 'PUT', operation: '2', body: { ...configuration, chunking_settings: chunked } },
    update: { method: 'PUT', operation: '/_update', body: settings },
  } as const;
};

/** Places in `configured`, those of one kind of endpoint together: some have a hundred exchanges, others one. */
const kinds = Object.values(
  Object.groupBy(configured.keys(), (index) => {
    const { service, task, service_settings } = configured[index] ?? {};
    return `${service} ${task} ${service_settings?.long_document_strategy}`;
  }),
).map((places = []) => places);

/** Which request it is, for the endpoint of which exchange, and how its body has grown. */
export const anyLargeCall = fc.record({
  exchange: fc.constantFrom(...kinds).chain((places) => fc.constantFrom(...places)),
  sending: fc.constantFrom('call', 'call', 'stream', 'configuration', 'chunking', 'update'),
  query: fc.constantFrom<Readonly<Record<string, string>>[]>({}, {}, { pretty: '' }, { filter_path: '**.reason' }),
  inflation: anyInflation,
});

/** Makes the request that was described. */
export const largeCall = (described: {
  readonly exchange: number;
  readonly sending: keyof ReturnType<typeof sendings>;
  readonly query: Readonly<Record<string, string>>;
  readonly inflation: Inflation;
}): CallSent | undefined => {
  const exchange = configured[described.exchange];
  if (!exchange) return undefined;
  const { method, operation, body } = sendings(exchange)[described.sending];
  const path = `/_inference/${exchange.task}/${exchange.id}${operation}`;
  return { exchange, method, path, query: described.query, ...largeBody(body, described.inflation) };
};
