// Values of switches for tests: one row for each way that the template can differ.

const arn = (service: string, rest: string) => `arn:aws:${service}:eu-central-1:123456789012:${rest}`;
export const certificateArn = arn('acm', 'certificate/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f');
export const keyArn = arn('kms', 'key/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f');
export const webAclArn = arn('wafv2', 'regional/webacl/mine/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f');
export const topicArn = arn('sns', 'alarms');

export const domain = { domainName: 'inference.example.com', certificateArn };
export const network = { subnets: 'subnet-0a000001,subnet-1b000001', securityGroups: 'sg-0a000001' };

/** One row for each switch that changes the template. */
export const switchRows: readonly Readonly<Record<string, unknown>>[] = [
  { streaming: 'off' },
  domain,
  { waf: 'on' },
  { waf: webAclArn },
  { waf: 'on', wafRate: 500 },
  { privateEndpoints: 'vpce-0a000001' },
  { accessLogs: 'on' },
  { accessLogs: 'on', customerKey: 'on' },
  { customerKey: 'on' },
  { customerKey: keyArn },
  { memory: 'infer=1769' },
  { reservedConcurrency: 'infer=50' },
  { provisionedConcurrency: 'infer=2,read=1' },
  network,
  { throttleRate: 5, throttleBurst: 6 },
  { logRetentionDays: 7 },
  { logLevel: 'debug' },
  { awsRole: 'on' },
  { alarms: 'off' },
  { alarmTopicArn: topicArn },
  { dashboard: 'off' },
  { alarms: 'off', dashboard: 'off' },
];
