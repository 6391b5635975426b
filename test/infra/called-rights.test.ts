import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { functionNames } from '../../lib/http/routes.ts';
import { startFunctions } from './function-processes.ts';
import { covers, rightsOf } from './rights.ts';
import { synthesise } from './synthesise.ts';

const synthesised = synthesise();

/** What no call of the code takes, and functions need all the same. */
const unseen: Readonly<Record<string, string>> = {
  'logs:CreateLogStream': 'Lambda writes the log',
  'logs:PutLogEvents': 'Lambda writes the log',
  'xray:PutTraceSegments': 'Lambda sends traces',
  'xray:PutTelemetryRecords': 'Lambda sends traces',
  's3:ListBucket': 'S3 tells by it whether an object is missing or forbidden',
  'iam:CreateServiceLinkedRole': 'Application Auto Scaling makes its role with the caller’s right',
  'cloudwatch:PutMetricAlarm': 'Application Auto Scaling makes alarms with the caller’s right',
  'cloudwatch:DeleteAlarms': 'Application Auto Scaling removes alarms with the caller’s right',
  'cloudwatch:DescribeAlarms': 'Application Auto Scaling looks at alarms with the caller’s right',
};

/** The same resources in small letters, which SageMaker may check in their place. */
const isOtherSpelling = (resource: string): boolean => /:(?:endpoint|inference-component)\/inlet-/.test(resource);

let functions: Awaited<ReturnType<typeof startFunctions>>;
let calls: Awaited<ReturnType<typeof functions.calls>>;

const openai = {
  service: 'openai',
  service_settings: { api_key: 'sk-1', model_id: 'm' },
};
const own = (model_id: string) => ({
  service: 'elasticsearch',
  service_settings: { model_id, num_threads: 1, num_allocations: 1 },
});
const madeKey = z.object({ id: z.string(), encoded: z.string() });
const adaptive = { enabled: true, min_number_of_allocations: 1, max_number_of_allocations: 2 };

/** All that the functions do, in an order in which each finds what it needs. */
const useAll = async (): Promise<readonly string[]> => {
  const unexpected: string[] = [];
  const ask = async (...request: Parameters<typeof functions.ask>) => {
    const { status, answer } = await functions.ask(...request);
    if (status !== 200) unexpected.push(`${request.slice(0, 3).join(' ')}: ${status} ${answer}`);
    return answer;
  };
  const settings = (service_settings: object) => ({ service_settings });
  const made = madeKey.parse(JSON.parse(await ask('security', 'POST', '/_security/api_key', { name: 'caller' })));
  for (const by of ['read', 'security'] as const)
    await ask(by, 'GET', by === 'read' ? '/_inference/_all' : '/_security/api_key', undefined, made.encoded);

  await ask('manage', 'PUT', '/_inference/text_embedding/remote', openai, made.encoded);
  await ask('infer', 'POST', '/_inference/remote', { input: 'a' }, made.encoded);
  await ask('manage', 'PUT', '/_inference/text_embedding/remote/_update', settings({ api_key: 'sk-2' }));

  await ask('infer', 'POST', '/_inference/.multilingual-e5-small-elasticsearch', { input: 'a' });
  await ask('manage', 'PUT', '/_inference/text_embedding/uploaded', own('org__dense'));
  await ask('infer', 'POST', '/_inference/uploaded', { input: 'a' });
  await ask('manage', 'PUT', '/_inference/text_embedding/uploaded/_update', settings({ num_allocations: 2 }));
  await ask('read', 'GET', '/_inference/uploaded');
  await functions.sweep();
  await ask(
    'manage',
    'PUT',
    '/_inference/text_embedding/uploaded/_update',
    settings({ adaptive_allocations: adaptive }),
  );
  await functions.sweep();

  for (const id of ['remote', 'uploaded']) await ask('manage', 'DELETE', `/_inference/${id}`);
  await functions.sweep();
  await ask('security', 'DELETE', '/_security/api_key', { ids: [made.id] });
  return unexpected;
};

let unexpected: readonly string[];

beforeAll(async () => {
  functions = await startFunctions(synthesised);
  unexpected = await useAll();
  calls = await functions.calls();
}, 120_000);

afterAll(() => functions.close());

describe('with the variables that the stack gives them, the functions', () => {
  it('serve all that they are for', () => {
    expect(unexpected).toEqual([]);
  });
});

describe.each(functionNames)('the rights of %s', (name) => {
  const rights = rightsOf(synthesised, name);

  it('suffice for all that it asks of AWS', () => {
    const own = calls.filter(({ by }) => by === name);
    expect(own.length).toBeGreaterThan(0);
    const refused = own.filter((call) => !rights.some((right) => covers(right, call)));
    expect(refused).toEqual([]);
  });

  it('are all taken', () => {
    const own = calls.filter(({ by }) => by === name);
    const idle = rights.filter(
      (right) =>
        !Object.hasOwn(unseen, right.action) &&
        !isOtherSpelling(right.resource) &&
        !own.some((call) => covers(right, call)),
    );
    expect(idle).toEqual([]);
  });
});
