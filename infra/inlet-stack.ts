import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { type FunctionName, functionNames } from '../lib/http/routes.ts';
import { mlNodeName } from '../lib/ml-node/names.ts';
import { InletAlarms } from './alarms.ts';
import { InletApi } from './api.ts';
import { CustomerKey } from './customer-key.ts';
import { InletDashboard } from './dashboard.ts';
import { InletData } from './data.ts';
import { InletDomain } from './domain.ts';
import { InletFirewall } from './firewall.ts';
import { capitalised, InletFunctions } from './functions.ts';
import { LogMetrics } from './log-metrics.ts';
import type { Switches } from './switches.ts';

type InletStackProps = StackProps & {
  /** Where a function's bundle comes from. */
  readonly code: (name: FunctionName) => Code;
  readonly switches: Switches;
};

/** The service without an ML node: nothing in it runs, and almost nothing costs, while nobody calls. */
export class InletStack extends Stack {
  readonly data: InletData;
  readonly functions: InletFunctions;
  readonly api: InletApi;

  constructor(scope: Construct, { code, switches, ...props }: InletStackProps) {
    super(scope, switches.prefix, { description: "Elasticsearch's _inference API on Lambda", ...props });
    const key = this.#customerKey(switches);
    this.data = new InletData(this, 'Data', { key });
    this.functions = new InletFunctions(this, 'Functions', { code, data: this.data, switches });
    const { read, infer, manage, security } = this.functions.byName;
    this.api = new InletApi(this, 'Api', {
      functions: { read: read.invoked, infer: infer.invoked, manage: manage.invoked, security: security.invoked },
      switches,
      key,
    });
    this.#protect(switches);
    this.#address(switches);
    this.#output('Region', this.region, 'For commands of the AWS CLI');
    this.#output('AdminSecretArn', this.data.adminSecret.secretArn, 'Holds the secret of the API key "admin"');
    for (const name of functionNames) {
      const { functionName } = this.functions.byName[name].lambda;
      this.#output(`${capitalised(name)}Function`, functionName, 'Names its log and metrics');
    }
    this.#output(
      'MlNodeEndpoint',
      mlNodeName(switches.prefix),
      'SageMaker endpoint of the ML node, where its stack is deployed',
    );
    this.#watch(switches);
  }

  #customerKey({ customerKey }: Switches) {
    if (customerKey === false) return undefined;
    return new CustomerKey(this, 'CustomerKey', customerKey === true ? {} : { arn: customerKey }).key;
  }

  #protect({ waf, wafRate }: Switches): void {
    if (waf === false) return;
    const { stageArn } = this.api.restApi.deploymentStage;
    new InletFirewall(this, 'Firewall', waf === true ? { stageArn, rate: wafRate } : { stageArn, webAclArn: waf });
  }

  #address({ domainName, certificateArn }: Switches): void {
    const { restApi } = this.api;
    this.#output(
      'ApiId',
      restApi.restApiId,
      'For addresses that are made from it: those of interface endpoints, or of emulators',
    );
    if (domainName === undefined || certificateArn === undefined) {
      this.#output('ApiUrl', restApi.url, 'Node address for Elasticsearch clients, with the stage');
      return;
    }
    const domain = new InletDomain(this, 'Domain', { restApi, domainName, certificateArn });
    this.#output('ApiUrl', `https://${domainName}/`, 'Node address for Elasticsearch clients');
    this.#output('DomainTarget', domain.target, `What a CNAME or alias record of ${domainName} has to point to`);
  }

  #watch({ alarms: withAlarms, alarmTopicArn, dashboard: withDashboard }: Switches): void {
    if (!withAlarms && !withDashboard) return;
    const { data, functions, api } = this;
    const logMetrics = new LogMetrics(this, 'LogMetrics', functions);
    const watched = { restApi: api.restApi, functions, logMetrics };
    const alarms = withAlarms
      ? new InletAlarms(this, 'Alarms', { ...watched, topicArn: alarmTopicArn }).all
      : undefined;
    if (!withDashboard) return;
    const { dashboard } = new InletDashboard(this, 'Dashboard', { ...watched, data, alarms });
    const { region } = this;
    const page = `cloudwatch/home?region=${region}#dashboards/dashboard/${dashboard.dashboardName}`;
    this.#output(
      'DashboardUrl',
      `https://${region}.console.aws.amazon.com/${page}`,
      'What the service does, on one page',
    );
  }

  #output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
