import * as z from 'zod';
import type { Prices } from './prices.ts';
import type { TemplateResource } from './template.ts';

/** US dollars a month that a stack costs while nobody calls. */
export type IdleLine = {
  readonly what: string;
  readonly count: number;
  readonly usd: number;
  /** By a switch, or of a model that adapts: not part of the promise that idling is cheap. */
  readonly optional: boolean;
};

const secondsOfMonth = 730 * 3600;

/** What is charged for its use alone, or not at all. */
const free = new Set([
  'AWS::ApplicationAutoScaling::ScalableTarget',
  'AWS::ApiGateway::BasePathMapping',
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::DomainName',
  'AWS::ApiGateway::GatewayResponse',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Stage',
  'AWS::CDK::Metadata',
  'AWS::Events::Rule',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Lambda::Version',
  // A metric is charged for the hours in which it has data: these have none while all is well.
  'AWS::Logs::MetricFilter',
  'AWS::S3::BucketPolicy',
  // Its instances are charged by the hour, and it has none while nobody calls.
  'AWS::SageMaker::Endpoint',
  'AWS::SageMaker::EndpointConfig',
  'AWS::SageMaker::InferenceComponent',
  'AWS::Scheduler::Schedule',
  'AWS::Scheduler::ScheduleGroup',
  'AWS::WAFv2::WebACLAssociation',
]);

/** What each of these stores is taken to hold, in GB: thousands of endpoints, or logs of a quiet month. */
const storedGb = 0.1;

const list = z.array(z.json());
const provisioned = z.object({ ProvisionedConcurrentExecutions: z.number() });

/** What one resource costs; undefined for a type that nobody has priced. */
const costOf = (
  { type, properties }: TemplateResource,
  prices: Prices,
  warmGb: number,
): Omit<IdleLine, 'count'> | undefined => {
  const line = (what: string, usd: number, optional = false) => ({ what, usd, optional });
  switch (type) {
    case 'AWS::CloudWatch::Dashboard':
      return line('dashboard', prices.of('dashboard'));
    case 'AWS::CloudWatch::Alarm':
      return line('alarms', prices.of('alarm') * Math.max(1, list.safeParse(properties.Metrics).data?.length ?? 1));
    case 'AWS::SecretsManager::Secret':
      return line('secrets of the stack', prices.of('secret'));
    case 'AWS::DynamoDB::Table':
      return line(
        `tables with ${storedGb} GB each`,
        storedGb *
          (prices.of('dynamoGbMonth') +
            (properties.PointInTimeRecoverySpecification ? prices.of('dynamoRecoveryGbMonth') : 0)),
      );
    case 'AWS::Logs::LogGroup':
      return line(`logs with ${storedGb} GB each`, storedGb * prices.of('logGbMonth'));
    case 'AWS::S3::Bucket':
      return line(`buckets with ${storedGb} GB each`, storedGb * prices.of('bucketGbMonth'));
    case 'AWS::ApplicationAutoScaling::ScalingPolicy':
      // Target tracking makes two alarms.
      return line('alarms of models that adapt', 2 * prices.of('alarm'), true);
    case 'AWS::KMS::Key':
      return line('customer key', prices.of('customerKey'), true);
    case 'AWS::WAFv2::WebACL':
      return line(
        'web ACL with its rules',
        prices.of('webAcl') + prices.of('webAclRule') * (list.safeParse(properties.Rules).data?.length ?? 0),
        true,
      );
    case 'AWS::Lambda::Alias': {
      const { data } = provisioned.safeParse(properties.ProvisionedConcurrencyConfig);
      const warm = data?.ProvisionedConcurrentExecutions ?? 0;
      return line('environments kept warm', warm * warmGb * secondsOfMonth * prices.of('provisionedGbSecond'), true);
    }
    default:
      return free.has(type) ? line('', 0) : undefined;
  }
};

const memory = z.object({ MemorySize: z.number() });
const reference = z.object({ Ref: z.string() });

/** GB of the function that an alias belongs to. */
const memoryOf = ({ properties }: TemplateResource, resources: readonly TemplateResource[]): number => {
  const name = reference.safeParse(properties.FunctionName).data?.Ref;
  const { data } = memory.safeParse(resources.find(({ id }) => id === name)?.properties);
  return (data?.MemorySize ?? 0) / 1024;
};

/**
 * What stacks cost in a month in which nobody calls.
 *
 * @throws Error for a type of resource that has no price here, so that none is taken for free unseen
 */
export const idleCost = (resources: readonly TemplateResource[], prices: Prices): readonly IdleLine[] => {
  const lines = new Map<string, IdleLine>();
  for (const resource of resources) {
    const cost = costOf(resource, prices, memoryOf(resource, resources));
    if (!cost) throw new Error(`infra/idle-cost.ts does not know what ${resource.type} costs`);
    if (cost.usd === 0) continue;
    const { count = 0, usd = 0 } = lines.get(cost.what) ?? {};
    lines.set(cost.what, { ...cost, count: count + 1, usd: usd + cost.usd });
  }
  return [...lines.values()];
};
