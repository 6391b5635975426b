import * as z from 'zod';
import type { FunctionName } from '../lib/http/routes.ts';
import type { Prices } from './prices.ts';
import type { TemplateResource } from './template.ts';

/** What one call of a kind is taken to use; all else follows from the template and the prices. */
type Assumptions = {
  readonly kind: string;
  readonly function: FunctionName;
  /** Seconds that the function runs, most of them waiting. */
  readonly seconds: number;
  /** Of 4 kB, consistent. */
  readonly reads: number;
  /** Of 1 kB. */
  readonly writes: number;
  readonly secretCalls: number;
  /** Of the answer. */
  readonly kilobytes: number;
};

export const kinds: readonly Assumptions[] = [
  { kind: 'GET of one endpoint', function: 'read', seconds: 0.02, reads: 1, writes: 0, secretCalls: 0, kilobytes: 1 },
  // The endpoint, its secret and the caller's key come from the process's cache.
  { kind: 'POST, whole answer', function: 'infer', seconds: 0.5, reads: 0, writes: 1, secretCalls: 0, kilobytes: 20 },
  { kind: 'POST, streamed answer', function: 'infer', seconds: 8, reads: 0, writes: 1, secretCalls: 0, kilobytes: 100 },
  {
    kind: 'PUT with its validation call',
    function: 'manage',
    seconds: 1,
    reads: 2,
    writes: 2,
    secretCalls: 1,
    kilobytes: 1,
  },
];

/** Of a call's log: its own line and Lambda's three. */
const logKilobytes = 0.9;

/** Of calls, by X-Ray's own rule: one a second and 5 % of the others. */
const traced = 0.05;

const functionProperties = z.object({ Description: z.string(), MemorySize: z.number() });

/** By the beginning of its logical id: `FunctionsInferFunction…`. */
const gigabytesOf = (name: FunctionName, resources: readonly TemplateResource[]): number => {
  const found = resources.find(
    ({ id, type }) => type === 'AWS::Lambda::Function' && id.toLowerCase().startsWith(`functions${name}function`),
  );
  return functionProperties.parse(found?.properties).MemorySize / 1024;
};

/** US dollars for a million calls of a kind; what a provider or the ML node takes for them is not in it. */
export const millionCalls = (assumed: Assumptions, resources: readonly TemplateResource[], prices: Prices): number => {
  const gb = gigabytesOf(assumed.function, resources);
  const gigabyte = 1_000_000;
  const each =
    prices.of('apiRequest') +
    prices.of('lambdaRequest') +
    assumed.seconds * gb * prices.of('lambdaGbSecond') +
    assumed.reads * prices.of('dynamoRead') +
    assumed.writes * prices.of('dynamoWrite') +
    assumed.secretCalls * prices.of('secretCall') +
    (logKilobytes / gigabyte) * prices.of('logGb') +
    traced * prices.of('trace') +
    (assumed.kilobytes / gigabyte) * prices.of('transferGb');
  return each * 1_000_000;
};

const variants = z.object({ ProductionVariants: z.array(z.object({ InstanceType: z.string() })) });

/** Instance types of the ML node, and what an hour of each costs. */
export const instanceHours = (resources: readonly TemplateResource[], prices: Prices) =>
  resources
    .filter(({ type }) => type === 'AWS::SageMaker::EndpointConfig')
    .flatMap(({ properties }) => variants.parse(properties).ProductionVariants)
    .map(({ InstanceType: type }) => ({ type, usd: prices.of(type) }));
