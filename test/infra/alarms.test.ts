import { describe, expect, it } from 'vitest';
import { limitTableDown, providerFailure, storeDown } from '../../infra/log-patterns.ts';
import { slotLimiter } from '../../lib/limits/shared-limiter.ts';
import { createLog } from '../../lib/log.ts';
import { createAuthenticator } from '../../lib/security/authenticate.ts';
import { cachedEndpointReader } from '../../lib/store/endpoint-reader.ts';
import { OutboundError } from '../../lib/transport/types.ts';
import { memoryEndpointStore, memorySecretStore } from '../helpers/memory-stores.ts';
import { type Script, scriptedHttp } from '../helpers/scripted-http.ts';
import { createWholeService } from '../helpers/whole-service.ts';
import { goodBody, openai, putEndpoint, refusal } from '../inference/openai.ts';
import { matches } from './filter-pattern.ts';
import { synthesise } from './synthesise.ts';

const { stack, ofType } = synthesise();
const alarms = ofType('AWS::CloudWatch::Alarm').map(({ properties }) => properties);
const { byName, all } = stack.functions;

describe('the alarms', () => {
  it('are nine, so that the ML node’s stack may have three', () => {
    const functions = all.map(({ lambda }) => ({
      MetricName: 'Throttles',
      Namespace: 'AWS/Lambda',
      Dimensions: [{ Name: 'FunctionName', Value: stack.resolve(lambda.functionName) }],
      Threshold: 1,
    }));
    const api = [{ Name: 'ApiName', Value: 'Inlet' }];
    const manage = [{ Name: 'FunctionName', Value: stack.resolve(byName.manage.lambda.functionName) }];
    expect(alarms).toMatchObject([
      { MetricName: '5XXError', Namespace: 'AWS/ApiGateway', Dimensions: api, Threshold: 5 },
      { MetricName: 'Errors', Namespace: 'AWS/Lambda', Dimensions: manage, Threshold: 3 },
      ...functions,
      { MetricName: 'ProviderFailures', Namespace: 'Inlet', Threshold: 10 },
      { MetricName: 'LimitTableDown', Namespace: 'Inlet', Threshold: 3 },
      { MetricName: 'StoreDown', Namespace: 'Inlet', Threshold: 1 },
    ]);
    expect(alarms).toHaveLength(9);
  });

  it('count what happens within five minutes, and are silent while nobody calls', () => {
    for (const alarm of alarms) {
      expect(alarm).toMatchObject({
        Statistic: 'Sum',
        Period: 300,
        EvaluationPeriods: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
      });
      expect(alarm.AlarmDescription).toEqual(expect.stringMatching(/\w/));
      expect(alarm).not.toHaveProperty('AlarmActions');
    }
  });

  it('look for these lines in the logs of the functions that write them', () => {
    const logOf = (name: keyof typeof byName) => stack.resolve(byName[name].logGroup.logGroupName);
    const filters = ofType('AWS::Logs::MetricFilter').map(({ properties }) => properties);
    const expected = [
      ['ProviderFailures', providerFailure, ['infer']],
      ['LimitTableDown', limitTableDown, ['infer', 'manage']],
      ['StoreDown', storeDown, ['read', 'infer', 'manage', 'security']],
    ] as const;
    expect(filters).toEqual(
      expected.flatMap(([MetricName, FilterPattern, names]) =>
        names.map((name) => ({
          FilterPattern,
          LogGroupName: logOf(name),
          // No default value: a metric without data costs nothing.
          MetricTransformations: [{ MetricNamespace: 'Inlet', MetricName, MetricValue: '1' }],
        })),
      ),
    );
  });
});

const parsed = (lines: readonly string[]): readonly unknown[] => lines.map((line) => JSON.parse(line));

/** The lines of one call whose service does this after the validation call. */
const linesOfCall = async (script: Script, body: unknown = goodBody.completion) => {
  let created = false;
  const whole = createWholeService(scriptedHttp((request, at) => (created ? script : openai)(request, at)));
  await putEndpoint(whole, 'completion', 'e');
  created = true;
  whole.lines.length = 0;
  await whole.request({ method: 'POST', path: '/_inference/e', query: { timeout: '50ms' }, body });
  return parsed(whole.lines);
};

const throwing =
  (error: unknown): Script =>
  async () => {
    throw error;
  };

describe('a call counts as a failure of its service', () => {
  it.each<[string, Script]>([
    ['no longer takes the key', () => refusal(401, 'no such key')],
    ['forbids the model', () => refusal(403, 'not yours')],
    ['stops in the middle', throwing(new OutboundError('silent', 'api.openai.com'))],
    ['does not answer in time', () => new Promise(() => {})],
    ['answers what nobody understands', () => ({ body: '<html>' })],
    ['goes on failing', () => ({ status: 501, body: '' })],
  ])('where it %s', async (_, script) => {
    const lines = await linesOfCall(script);
    expect(lines.filter((line) => matches(providerFailure, line))).toHaveLength(1);
  });

  it.each<[string, Script, unknown]>([
    ['not where it answers', openai, goodBody.completion],
    ['not where it refuses what a caller wrote', () => refusal(400, 'too long'), goodBody.completion],
    ['not where its name is wrong', throwing(new OutboundError('unknown_host', 'api.openai.com')), goodBody.completion],
    ['not where the caller asks for nonsense', openai, { input: 7 }],
  ])('%s', async (_, script, body) => {
    const lines = await linesOfCall(script, body);
    expect(lines).toHaveLength(1);
    expect(lines.filter((line) => matches(providerFailure, line))).toEqual([]);
  });
});

const broken = async (): Promise<never> => {
  throw new Error('down');
};

/** What is logged while this runs. */
const logged = async (run: (log: ReturnType<typeof createLog>) => Promise<unknown>) => {
  const lines: string[] = [];
  await run(createLog('debug', (line) => lines.push(line)));
  return parsed(lines);
};

describe('the patterns of log lines', () => {
  it('pass over calls that ran out of time while a model on the ML node woke', () => {
    const line = { message: 'request', service: 'elasticsearch', status: 408, error_type: 'status_exception' };
    expect(matches(providerFailure, line)).toBe(false);
    expect(matches(providerFailure, { ...line, service: 'openai' })).toBe(true);
    expect(matches(providerFailure, { ...line, status: 500 })).toBe(true);
  });

  it('find a limit table that does not answer', async () => {
    const table = { offset: () => 0, hasAnswered: () => false, read: broken, append: broken, begin: broken };
    const lines = await logged((log) =>
      slotLimiter({ table, log }).acquire('group', 60, 1000, new AbortController().signal),
    );
    expect(lines.map((line) => [matches(limitTableDown, line), matches(storeDown, line)])).toEqual([[true, false]]);
  });

  it('find a store of endpoints that does not answer', async () => {
    const endpoints = memoryEndpointStore();
    await endpoints.create({
      version: 1,
      inference_id: 'e',
      task_type: 'completion',
      service: 'openai',
      service_settings: {},
      task_settings: {},
      revision: 'r',
      created: 0,
      updated: 0,
    });
    let isDown = false;
    const get = async (id: string) => (isDown ? broken() : endpoints.get(id));
    const lines = await logged(async (log) => {
      const secrets = memorySecretStore();
      const reader = cachedEndpointReader({ endpoints: { ...endpoints, get }, secrets, refreshMs: 0, log });
      await reader.endpoint('e');
      isDown = true;
      await reader.endpoint('e');
    });
    expect(lines.map((line) => [matches(storeDown, line), matches(limitTableDown, line)])).toEqual([[true, false]]);
  });

  it('find a store of API keys that does not answer', async () => {
    let isDown = false;
    const admin = { id: 'admin', secret: async () => (isDown ? broken() : 'secret') };
    const keys = { get: broken, list: broken, create: broken, update: broken };
    const header = `ApiKey ${Buffer.from('admin:secret').toString('base64')}`;
    const lines = await logged(async (log) => {
      const authenticator = createAuthenticator({ keys, admin, refreshMs: 0, log });
      await authenticator.authenticate(header, '/');
      isDown = true;
      await authenticator.authenticate(header, '/');
    });
    expect(lines.map((line) => [matches(storeDown, line), matches(limitTableDown, line)])).toEqual([[true, false]]);
  });

  it('are read as CloudWatch Logs reads them', () => {
    expect(matches('{ $.a = "x*" }', { a: 'xyz' })).toBe(true);
    expect(matches('{ $.a = "x" }', { a: 'xyz' })).toBe(false);
    expect(matches('{ ($.a.b >= 5) && (($.c = 1) || ($.d = "*")) }', { a: { b: 5 }, d: '' })).toBe(true);
    expect(matches('{ ($.a.b >= 5) && (($.c = 1) || ($.d = "*")) }', { a: { b: 4 }, c: 1 })).toBe(false);
    expect(matches('{ $.a != "x*" }', { a: 'xyz' })).toBe(false);
    expect(matches('{ $.a != "x*" }', { a: 'yz' })).toBe(true);
    expect(() => matches('{ $.a IS NULL }', {})).toThrow('No term');
  });
});
