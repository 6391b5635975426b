import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { instanceHours, kinds, millionCalls } from '../../infra/call-cost.ts';
import { idleCost } from '../../infra/idle-cost.ts';
import { MlNodeStack } from '../../infra/ml-node-stack.ts';
import { readPrices } from '../../infra/prices.ts';
import { readSwitches } from '../../infra/switches.ts';
import { resourcesOf, type TemplateResource, templatesOf } from '../../infra/template.ts';
import { switchRows } from './switch-rows.ts';
import { synthesise } from './synthesise.ts';

const prices = readPrices();
const resourcesWith = (context = {}) => resourcesOf(synthesise(context).template);
const sum = (lines: readonly { readonly usd: number }[]): number => lines.reduce((total, { usd }) => total + usd, 0);
const resource = (type: string, properties: TemplateResource['properties'] = {}) => ({ id: 'Thing', type, properties });

/** The ML node's stack may have three alarms of its own. */
const alarmsOfNode = 0.3;

describe('a month in which nobody calls', () => {
  it('costs 5 dollars at most, with the alarms of the ML node’s stack', () => {
    expect(sum(idleCost(resourcesWith(), prices)) + alarmsOfNode).toBeLessThanOrEqual(5);
  });

  it('has a dashboard, nine alarms, one secret, three tables and four logs to pay for, all of it by default', () => {
    const lines = idleCost(resourcesWith(), prices).map(({ what, count, usd, optional }) => [
      what,
      count,
      usd.toFixed(3),
      optional,
    ]);
    expect(lines).toEqual([
      ['tables with 0.1 GB each', 3, '0.115', false],
      ['secrets of the stack', 1, '0.400', false],
      ['logs with 0.1 GB each', 4, '0.012', false],
      ['alarms', 9, '0.900', false],
      ['dashboard', 1, '3.000', false],
    ]);
  });

  it.each(switchRows)('is priced with %j, and dearer by what switches add alone', (context) => {
    const lines = idleCost(resourcesWith(context), prices);
    expect(sum(lines.filter(({ optional }) => !optional)) + alarmsOfNode).toBeLessThanOrEqual(5);
  });

  it.each([
    [{ customerKey: 'on' }, 'customer key', 1],
    [{ waf: 'on' }, 'web ACL with its rules', 7],
    // 2 × 1 GB for 730 hours.
    [{ provisionedConcurrency: 'infer=2', memory: 'infer=1024' }, 'environments kept warm', 17.52],
  ])('has with %j a line for the %s', (context, what, usd) => {
    const line = idleCost(resourcesWith(context), prices).find((each) => each.what === what);
    expect(line?.optional).toBe(true);
    expect(line?.usd).toBeCloseTo(usd, 2);
  });

  it('counts an alarm over a sum as often as it has metrics', () => {
    const alarm = resource('AWS::CloudWatch::Alarm', { Metrics: [{}, {}, {}] });
    expect(sum(idleCost([alarm], prices))).toBeCloseTo(0.3);
  });

  it('takes nothing for free that it does not know', () => {
    expect(() => idleCost([resource('AWS::EC2::NatGateway')], prices)).toThrow(
      'infra/idle-cost.ts does not know what AWS::EC2::NatGateway costs',
    );
  });
});

describe('a million calls', () => {
  const cost = (resources: readonly TemplateResource[]) =>
    Object.fromEntries(kinds.map((kind) => [kind.kind, millionCalls(kind, resources, prices)]));

  it('cost at least what API Gateway and Lambda take for each, and more the longer they run', () => {
    const [get = 0, whole = 0, stream = 0, put = 0] = Object.values(cost(resourcesWith()));
    expect(get).toBeGreaterThan(3.7);
    expect(get).toBeLessThan(whole);
    expect(whole).toBeLessThan(stream);
    expect(get).toBeLessThan(put);
  });

  it('of infer cost with twice the memory as much more as Lambda takes for it', () => {
    const before = cost(resourcesWith({ memory: 'infer=1024' }));
    const after = cost(resourcesWith({ memory: 'infer=2048' }));
    const more = (kind: string) => (after[kind] ?? 0) - (before[kind] ?? 0);
    expect(more('POST, whole answer')).toBeCloseTo(0.5 * 1_000_000 * 0.0000133334);
    expect(more('POST, streamed answer')).toBeCloseTo(8 * 1_000_000 * 0.0000133334);
    expect(more('GET of one endpoint')).toBe(0);
  });
});

describe('both stacks together', () => {
  const app = new App();
  const stack = new MlNodeStack(app, { switches: readSwitches({}) });
  const node = resourcesOf(Template.fromStack(stack).toJSON());

  it('cost 5 dollars at most while nobody calls, but for models that adapt', () => {
    const lines = idleCost([...resourcesWith(), ...node], prices);
    expect(sum(lines.filter(({ optional }) => !optional))).toBeLessThanOrEqual(5);
  });

  it('have an hour of the node to pay for while it runs', () => {
    expect(instanceHours(node, prices)).toEqual([{ type: 'ml.g6.xlarge', usd: 1.1267 }]);
  });
});

describe('an hour of the ML node', () => {
  const node = (InstanceType: string) => [
    resource('AWS::SageMaker::EndpointConfig', { ProductionVariants: [{ InstanceType }] }),
  ];

  it('has the price of its instance, and no idle cost', () => {
    expect(instanceHours(node('ml.g6.xlarge'), prices)).toEqual([{ type: 'ml.g6.xlarge', usd: 1.1267 }]);
    expect(idleCost(node('ml.g6.xlarge'), prices)).toEqual([]);
  });

  it('of a type without a price is asked for', () => {
    expect(() => instanceHours(node('ml.p9.huge'), prices)).toThrow('infra/prices.json has no price of ml.p9.huge');
  });
});

describe('what was synthesised last', () => {
  it('is what the manifest says, and not what lies beside it', () => {
    const { directory } = synthesise().app.synth();
    const templates = templatesOf(JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')));
    expect(templates).toEqual(['Inlet.template.json']);
  });
});
