import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { type Alarm, AlarmStatusWidget, Dashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { InletData } from './data.ts';
import type { InletFunctions } from './functions.ts';
import type { LogMetrics } from './log-metrics.ts';

type InletDashboardProps = {
  readonly restApi: RestApi;
  readonly functions: InletFunctions;
  readonly data: InletData;
  readonly logMetrics: LogMetrics;
  /** @default none are shown */
  readonly alarms?: readonly Alarm[] | undefined;
};

const period = Duration.minutes(5);
const graph = (title: string, left: readonly IMetric[], right: readonly IMetric[] = []): GraphWidget =>
  new GraphWidget({ title, left: [...left], right: [...right], width: 12, height: 6 });

/** What the service does, on one page: from the API through the functions to tables and services. */
export class InletDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, { restApi, functions, data, logMetrics, alarms }: InletDashboardProps) {
    super(scope, id);
    const ofEach = (metric: 'metricDuration' | 'metricInvocations' | 'metricThrottles', statistic: string) =>
      functions.all.map(({ node, lambda }) => lambda[metric]({ period, statistic, label: node.id }));
    const { endpoints, apiKeys, buckets } = data;
    const tables = { Endpoints: endpoints, 'API keys': apiKeys, Buckets: buckets };
    const ofTables = (metric: 'metricConsumedReadCapacityUnits' | 'metricConsumedWriteCapacityUnits') =>
      Object.entries(tables).map(([label, table]) => table[metric]({ period, label }));
    this.dashboard = new Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.hours(12),
      widgets: [
        ...(alarms ? [[new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 3 })]] : []),
        [
          graph(
            'Requests',
            [restApi.metricCount({ period, statistic: 'Sum', label: 'all' })],
            [
              restApi.metricClientError({ period, statistic: 'Sum', label: '4xx' }),
              restApi.metricServerError({ period, statistic: 'Sum', label: '5xx' }),
            ],
          ),
          graph(
            'Time to the whole answer',
            ['p50', 'p90', 'p99'].map((statistic) => restApi.metricLatency({ period, statistic })),
          ),
        ],
        [
          graph('Time in the functions, p90', ofEach('metricDuration', 'p90')),
          graph('Calls of the functions', ofEach('metricInvocations', 'Sum'), ofEach('metricThrottles', 'Sum')),
        ],
        [
          graph('Failed calls to services', [logMetrics.providerFailures]),
          graph('Tables that did not answer', [logMetrics.storeDown, logMetrics.limitTableDown]),
        ],
        [
          graph('Read units', ofTables('metricConsumedReadCapacityUnits')),
          graph('Write units', ofTables('metricConsumedWriteCapacityUnits')),
        ],
      ],
    });
  }
}
