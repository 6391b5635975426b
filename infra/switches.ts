import * as z from 'zod';
import { functionNames } from '../lib/http/routes.ts';
import { accelerators } from '../lib/ml-node/catalogue.ts';
import { arnOf, idOf, listOf, onOff, perFunction, uuid, wholeNumber } from './switch-forms.ts';

/** Days that CloudWatch Logs can keep, as it lists them. */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Each switch of the stacks; its description is what it takes, in words. `docs/deploying.md` says what each does. */
const shape = {
  prefix: z
    .string()
    .regex(/^[A-Za-z](?:-?[A-Za-z0-9]){0,39}$/)
    .default('Inlet')
    .describe('a letter, then up to 39 letters, digits and single hyphens'),
  streaming: onOff.default(true).describe('on or off'),
  domainName: z
    .string()
    .regex(/^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/)
    .optional()
    .describe('a host name in lower case, such as inference.example.com'),
  certificateArn: z
    .string()
    .regex(arnOf('acm', `certificate/${uuid}`))
    .optional()
    .describe("the ARN of a certificate in ACM, in the stack's own region"),
  waf: z
    .union([onOff, z.string().regex(arnOf('wafv2', `regional/webacl/[^/]+/${uuid}`))])
    .default(false)
    .describe('on, off, or the ARN of a regional web ACL of your own'),
  wafRate: wholeNumber(10, 2_000_000_000)
    .optional()
    .describe('requests of one address within five minutes, from 10 to 2000000000'),
  privateEndpoints: listOf(idOf('vpce'))
    .optional()
    .describe('ids of interface endpoints for execute-api, with commas between them: vpce-0a1b2c3d,vpce-4e5f6071'),
  accessLogs: onOff.default(false).describe('on or off'),
  customerKey: z
    .union([onOff, z.string().regex(arnOf('kms', `key/(?:${uuid}|mrk-[0-9a-f]{32})`))])
    .default(false)
    .describe('on, off, or the ARN of a KMS key of your own'),
  memory: perFunction(128, 10_240)
    .default({})
    .describe('MiB from 128 to 10240 for some of the functions: infer=1769,read=512'),
  reservedConcurrency: perFunction(1, 100_000)
    .default({})
    .describe('calls at once, at least 1, for some of the functions: infer=50,manage=5'),
  provisionedConcurrency: perFunction(1, 100_000)
    .default({})
    .describe('environments kept warm, at least 1, for some of the functions: infer=2'),
  subnets: listOf(idOf('subnet'))
    .optional()
    .describe('ids of subnets with commas between them: subnet-0a1b2c3d,subnet-4e5f6071'),
  securityGroups: listOf(idOf('sg'))
    .optional()
    .describe('ids of security groups with commas between them: sg-0a1b2c3d'),
  throttleRate: wholeNumber(1, 10_000).default(1_000).describe('requests per second from 1 to 10000'),
  throttleBurst: wholeNumber(1, 5_000).default(2_000).describe('requests at once from 1 to 5000'),
  logRetentionDays: wholeNumber(1, 3653)
    .refine((days) => retentions.includes(days))
    .default(30)
    .describe(`one of ${retentions.join(', ')}`),
  logLevel: z.enum(['error', 'warn', 'info', 'debug']).default('info').describe('error, warn, info or debug'),
  awsRole: onOff.default(false).describe('on or off'),
  alarms: onOff.default(true).describe('on or off'),
  alarmTopicArn: z
    .string()
    .regex(arnOf('sns', '[\\w-]+'))
    .optional()
    .describe("the ARN of an SNS topic in the stack's own region"),
  dashboard: onOff.default(true).describe('on or off'),
  mlAccelerator: z.enum(accelerators).default('gpu').describe('gpu or cpu'),
  mlInstanceType: z
    .string()
    .regex(/^ml\.[a-z0-9-]+\.[a-z0-9]+$/)
    .optional()
    .describe('an instance type of SageMaker, such as ml.g5.xlarge'),
  mlMaxInstances: wholeNumber(1, 100).default(3).describe('instances from 1 to 100'),
  mlAddress: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('the base URL of a Text Embeddings Inference server, in which {model_id} stands for the model asked for'),
};

const values = z.strictObject(shape);

/** What the switches say; one key per row of the table in `docs/deploying.md`. */
export type Switches = z.output<typeof values>;

/** A switch that does not fit: one sentence that says what to do. */
export class SwitchError extends Error {
  override readonly name = 'SwitchError';
}

/** Switches that need or exclude each other, each with what to do. */
const misfits: readonly { readonly applies: (switches: Switches) => boolean; readonly text: string }[] = [
  {
    applies: ({ domainName, certificateArn }) => (domainName === undefined) !== (certificateArn === undefined),
    text: 'domainName and certificateArn belong together: give both, or neither',
  },
  {
    applies: ({ domainName, privateEndpoints }) => domainName !== undefined && privateEndpoints !== undefined,
    text: 'domainName does not fit privateEndpoints, since a private API answers under the names of its interface endpoints: leave one of them out',
  },
  {
    applies: ({ waf, wafRate }) => waf !== true && wafRate !== undefined,
    text: 'wafRate belongs to the web ACL that waf=on makes: set that too, or leave it out',
  },
  {
    applies: ({ subnets, securityGroups }) => (subnets === undefined) !== (securityGroups === undefined),
    text: 'subnets and securityGroups belong together: give both, or neither',
  },
  {
    applies: ({ mlAddress, mlInstanceType, mlAccelerator }) =>
      mlAddress !== undefined && (mlInstanceType !== undefined || mlAccelerator !== 'gpu'),
    text: 'mlAddress takes the place of the ML node, which mlInstanceType and mlAccelerator describe: leave either out',
  },
  {
    applies: ({ alarms, alarmTopicArn }) => !alarms && alarmTopicArn !== undefined,
    text: 'alarmTopicArn has no alarms to tell of with alarms=off: leave one of them out',
  },
  {
    applies: ({ reservedConcurrency, provisionedConcurrency }) =>
      functionNames.some(
        (name) => (provisionedConcurrency[name] ?? 0) > (reservedConcurrency[name] ?? Number.POSITIVE_INFINITY),
      ),
    text: 'provisionedConcurrency keeps more environments of a function warm than reservedConcurrency lets run: raise the one or lower the other',
  },
];

const isSwitch = (name: string): name is keyof typeof shape => Object.hasOwn(shape, name);

/** The CDK's own settings and what it looked up have such names: `@aws-cdk/…`, `aws:cdk:…`, `vpc-provider:account=…`. */
const isOurs = (name: string): boolean => !/[@:/]/.test(name);

/**
 * Reads the switches from the CDK's context: `cdk.json`, and `-c name=value` on the command line.
 *
 * @throws SwitchError naming the switch, what it got and what it takes; also for a name that is none, and for two that do not fit
 */
export const readSwitches = (context: Readonly<Record<string, unknown>>): Switches => {
  const given = Object.fromEntries(Object.entries(context).filter(([name]) => isOurs(name)));
  const result = values.safeParse(given);
  if (!result.success) {
    const [issue] = result.error.issues;
    const key = String(issue?.path[0] ?? (issue?.code === 'unrecognized_keys' ? issue.keys[0] : ''));
    if (!isSwitch(key)) throw new SwitchError(`${key} is not a switch; there are ${Object.keys(shape).join(', ')}`);
    throw new SwitchError(`${key} takes ${shape[key].description}, but is ${JSON.stringify(given[key])}`);
  }
  const misfit = misfits.find(({ applies }) => applies(result.data));
  if (misfit) throw new SwitchError(misfit.text);
  return result.data;
};

export const switchNames = Object.keys(shape);
