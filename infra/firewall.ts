import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

/** Calls of one address within five minutes: far more than an application makes, far less than an attack. */
const defaultRate = 10_000;

const metric = (metricName: string) => ({
  metricName,
  cloudWatchMetricsEnabled: true,
  // Samples show headers, and so callers' keys.
  sampledRequestsEnabled: false,
});

type InletFirewallProps = {
  readonly stageArn: string;
  /** A web ACL that is there. @default one is made */
  readonly webAclArn?: string;
  /** Requests of one address within five minutes. @default 10,000 */
  readonly rate?: number | undefined;
};

/**
 * A web ACL before the API: addresses that Amazon knows for attacks, and too many requests from one. No rule looks into bodies: prompts
 * and documents may hold anything, and the ready-made rules refuse bodies above 8 kB.
 */
export class InletFirewall extends Construct {
  constructor(scope: Construct, id: string, { stageArn, webAclArn, rate = defaultRate }: InletFirewallProps) {
    super(scope, id);
    new CfnWebACLAssociation(this, 'Association', {
      resourceArn: stageArn,
      webAclArn: webAclArn ?? this.#webAcl(rate).attrArn,
    });
  }

  #webAcl(rate: number): CfnWebACL {
    return new CfnWebACL(this, 'WebAcl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: metric('Inlet'),
      rules: [
        {
          name: 'KnownAttackers',
          priority: 0,
          overrideAction: { none: {} },
          statement: {
            managedRuleGroupStatement: { vendorName: 'AWS', name: 'AWSManagedRulesAmazonIpReputationList' },
          },
          visibilityConfig: metric('KnownAttackers'),
        },
        {
          name: 'TooMany',
          priority: 1,
          action: { block: {} },
          statement: { rateBasedStatement: { limit: rate, aggregateKeyType: 'IP', evaluationWindowSec: 300 } },
          visibilityConfig: metric('TooMany'),
        },
      ],
    });
  }
}
