import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readSwitches, SwitchError, switchNames } from '../../infra/switches.ts';

const root = join(import.meta.dirname, '..', '..');

const refusal = (context: Readonly<Record<string, unknown>>): string => {
  try {
    return `taken: ${JSON.stringify(readSwitches(context))}`;
  } catch (error) {
    if (error instanceof SwitchError) return error.message;
    throw error;
  }
};

const certificateArn = 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f';
const webAcl = 'arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/mine/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f';
const keyArn = 'arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f';
const topic = 'arn:aws:sns:eu-central-1:123456789012:alarms';

describe('the switches', () => {
  it('have defaults', () => {
    expect(readSwitches({})).toEqual({
      prefix: 'Inlet',
      streaming: true,
      waf: false,
      accessLogs: false,
      customerKey: false,
      memory: {},
      reservedConcurrency: {},
      provisionedConcurrency: {},
      throttleRate: 1_000,
      throttleBurst: 2_000,
      logRetentionDays: 30,
      logLevel: 'info',
      awsRole: false,
      alarms: true,
      dashboard: true,
      mlAccelerator: 'gpu',
      mlMaxInstances: 3,
    });
  });

  it.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{ prefix: 'My-Inlet2' }, { prefix: 'My-Inlet2' }],
    [
      { mlAccelerator: 'cpu', mlInstanceType: 'ml.c7i.4xlarge', mlMaxInstances: '1' },
      { mlAccelerator: 'cpu', mlInstanceType: 'ml.c7i.4xlarge', mlMaxInstances: 1 },
    ],
    [{ mlAddress: 'https://tei.example.com/{model_id}' }, { mlAddress: 'https://tei.example.com/{model_id}' }],
    [{ streaming: 'off' }, { streaming: false }],
    [
      { domainName: 'inference.example.com', certificateArn },
      { domainName: 'inference.example.com', certificateArn },
    ],
    [{ waf: 'on' }, { waf: true }],
    [{ waf: webAcl }, { waf: webAcl }],
    [
      { waf: 'on', wafRate: '500' },
      { waf: true, wafRate: 500 },
    ],
    [{ privateEndpoints: 'vpce-0a1b0001,vpce-2c3d0001' }, { privateEndpoints: ['vpce-0a1b0001', 'vpce-2c3d0001'] }],
    [{ privateEndpoints: ['vpce-0a1b2c3d4e5f60718'] }, { privateEndpoints: ['vpce-0a1b2c3d4e5f60718'] }],
    [{ accessLogs: 'on' }, { accessLogs: true }],
    [{ customerKey: 'on' }, { customerKey: true }],
    [{ customerKey: keyArn }, { customerKey: keyArn }],
    [{ memory: 'infer=1769,read=512' }, { memory: { infer: 1769, read: 512 } }],
    [{ memory: { infer: 1769 } }, { memory: { infer: 1769 } }],
    [
      { reservedConcurrency: 'infer=5', provisionedConcurrency: { infer: 5, manage: '1' } },
      { reservedConcurrency: { infer: 5 }, provisionedConcurrency: { infer: 5, manage: 1 } },
    ],
    [
      { subnets: 'subnet-0a000001', securityGroups: 'sg-0a000001,sg-1b000001' },
      { subnets: ['subnet-0a000001'], securityGroups: ['sg-0a000001', 'sg-1b000001'] },
    ],
    [{ throttleRate: 5 }, { throttleRate: 5 }],
    [{ throttleBurst: '5' }, { throttleBurst: 5 }],
    [{ logRetentionDays: '7' }, { logRetentionDays: 7 }],
    [{ logLevel: 'debug' }, { logLevel: 'debug' }],
    [{ awsRole: 'on' }, { awsRole: true }],
    [{ alarms: 'off' }, { alarms: false }],
    [{ alarmTopicArn: topic }, { alarmTopicArn: topic }],
    [{ dashboard: 'off' }, { dashboard: false }],
  ])('take %j', (context, values) => {
    expect(readSwitches(context)).toEqual({ ...readSwitches({}), ...values });
  });

  it.each([
    [
      'prefix',
      ['', '1a', 'a_b', '-a', 'a--b', 'a-', 'a'.repeat(41), 7],
      'a letter, then up to 39 letters, digits and single hyphens',
    ],
    ['streaming', ['', 'true', true, 'ON'], 'on or off'],
    [
      'domainName',
      ['', 'localhost', 'https://a.example.com', 'A.example.com'],
      'a host name in lower case, such as inference.example.com',
    ],
    [
      'certificateArn',
      ['', 'arn:aws:iam::123456789012:server-certificate/x'],
      "the ARN of a certificate in ACM, in the stack's own region",
    ],
    ['waf', ['', 'yes', webAcl.replace('regional', 'global')], 'on, off, or the ARN of a regional web ACL of your own'],
    ['wafRate', ['', 9, '1e3', 1.5], 'requests of one address within five minutes, from 10 to 2000000000'],
    [
      'privateEndpoints',
      ['', 'vpc-1', 'vpce-0a000001, vpce-1b000001', []],
      'ids of interface endpoints for execute-api, with commas between them: vpce-0a1b2c3d,vpce-4e5f6071',
    ],
    ['accessLogs', [''], 'on or off'],
    [
      'customerKey',
      ['', 'alias/mine', keyArn.replace('key/', 'alias/')],
      'on, off, or the ARN of a KMS key of your own',
    ],
    [
      'memory',
      ['', 'infer', 'infer=', 'infer=127', 'infer=10241', 'other=512', { other: 512 }, 512],
      'MiB from 128 to 10240 for some of the functions: infer=1769,read=512',
    ],
    ['reservedConcurrency', ['infer=0'], 'calls at once, at least 1, for some of the functions: infer=50,manage=5'],
    ['provisionedConcurrency', ['infer=0'], 'environments kept warm, at least 1, for some of the functions: infer=2'],
    ['subnets', ['', 'vpc-1'], 'ids of subnets with commas between them: subnet-0a1b2c3d,subnet-4e5f6071'],
    ['securityGroups', ['', 'default'], 'ids of security groups with commas between them: sg-0a1b2c3d'],
    ['throttleRate', [0, 10_001], 'requests per second from 1 to 10000'],
    ['throttleBurst', [0, 5_001], 'requests at once from 1 to 5000'],
    [
      'logRetentionDays',
      [0, 2, 'forever'],
      'one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653',
    ],
    ['logLevel', ['', 'trace'], 'error, warn, info or debug'],
    ['awsRole', ['', 'true'], 'on or off'],
    ['alarms', [''], 'on or off'],
    ['alarmTopicArn', ['', 'alarms', `${topic}:subscription`], "the ARN of an SNS topic in the stack's own region"],
    ['dashboard', [''], 'on or off'],
    ['mlAccelerator', ['', 'tpu'], 'gpu or cpu'],
    ['mlInstanceType', ['', 'g6.xlarge', 'ml.g6'], 'an instance type of SageMaker, such as ml.g5.xlarge'],
    ['mlMaxInstances', [0, 101], 'instances from 1 to 100'],
    [
      'mlAddress',
      ['', 'tei.example.com', 'ftp://tei.example.com'],
      'the base URL of a Text Embeddings Inference server, in which {model_id} stands for the model asked for',
    ],
  ])('%s refuses %j in one sentence', (name, values, takes) => {
    for (const value of values) {
      expect(refusal({ [name]: value })).toBe(`${name} takes ${takes}, but is ${JSON.stringify(value)}`);
    }
  });

  it('know no other name, but leave alone what is the CDK’s', () => {
    const all = switchNames.join(', ');
    expect(refusal({ Prefix: 'x' })).toBe(`Prefix is not a switch; there are ${all}`);
    expect(refusal({ stream: 'off' })).toBe(`stream is not a switch; there are ${all}`);
    const cdks = { 'aws:cdk:x': true, '@aws-cdk/core:y': true, 'availability-zones:account=1:region=2': ['a'] };
    expect(readSwitches(cdks)).toEqual(readSwitches({}));
  });

  it.each([
    [{ domainName: 'a.example.com' }, 'domainName and certificateArn belong together: give both, or neither'],
    [{ certificateArn }, 'domainName and certificateArn belong together: give both, or neither'],
    [
      { domainName: 'a.example.com', certificateArn, privateEndpoints: 'vpce-0a000001' },
      'domainName does not fit privateEndpoints, since a private API answers under the names of its interface endpoints: leave one of them out',
    ],
    [{ wafRate: 100 }, 'wafRate belongs to the web ACL that waf=on makes: set that too, or leave it out'],
    [{ waf: webAcl, wafRate: 100 }, 'wafRate belongs to the web ACL that waf=on makes: set that too, or leave it out'],
    [{ subnets: 'subnet-0a000001' }, 'subnets and securityGroups belong together: give both, or neither'],
    [{ securityGroups: 'sg-0a000001' }, 'subnets and securityGroups belong together: give both, or neither'],
    [
      { alarms: 'off', alarmTopicArn: topic },
      'alarmTopicArn has no alarms to tell of with alarms=off: leave one of them out',
    ],
    [
      { mlAddress: 'https://tei.example.com', mlAccelerator: 'cpu' },
      'mlAddress takes the place of the ML node, which mlInstanceType and mlAccelerator describe: leave either out',
    ],
    [
      { reservedConcurrency: 'infer=1', provisionedConcurrency: 'infer=2' },
      'provisionedConcurrency keeps more environments of a function warm than reservedConcurrency lets run: raise the one or lower the other',
    ],
  ])('that do not fit each other, as %j, are refused with what to do', (context, sentence) => {
    expect(refusal(context)).toBe(sentence);
  });

  it('stand in docs/deploying.md, each once', () => {
    const documented = [
      ...readFileSync(join(root, 'docs', 'deploying.md'), 'utf8').matchAll(/^\| `([a-z][A-Za-z]*)`/gm),
    ];
    expect(documented.map(([, name]) => name).toSorted()).toEqual(switchNames.toSorted());
  });

  it('of cdk.json are taken as they are', () => {
    const { context } = z
      .object({ context: z.record(z.string(), z.unknown()) })
      .parse(JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')));
    expect(readSwitches(context)).toEqual(readSwitches({}));
  });

  it('end the synthesis with the sentence alone, before anything is built', async () => {
    const app = promisify(execFile)(process.execPath, ['infra/app.ts'], {
      cwd: root,
      env: { ...process.env, CDK_CONTEXT_JSON: '{"streaming":"no"}' },
    });
    await expect(app).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        'streaming takes on or off, but is "no" (cdk.json, or -c on the command line; docs/deploying.md describes each switch)\n',
    });
  });
});
