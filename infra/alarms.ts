import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { InletFunctions } from './functions.ts';
import type { LogMetrics } from './log-metrics.ts';

type InletAlarmsProps = {
  readonly restApi: RestApi;
  readonly functions: InletFunctions;
  readonly logMetrics: LogMetrics;
  /** Told of each change. @default nobody: the alarms show on the console and the dashboard */
  readonly topicArn?: string | undefined;
};

const period = Duration.minutes(5);

/**
 * What somebody should look at, at most nine: the ML node's stack has three more. Each looks at one metric, as one costs less than two
 * and the emulator of the deployment test takes no sums.
 */
export class InletAlarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, { restApi, functions, logMetrics, topicArn }: InletAlarmsProps) {
    super(scope, id);
    const { manage } = functions.byName;
    const throttles = functions.all.map(({ node, lambda }) => ({
      name: `${node.id}Throttles`,
      metric: lambda.metricThrottles({ period }),
      from: 1,
      says: "Lambda refuses calls of this function: raise the account's concurrency, or the switch reservedConcurrency",
    }));
    const rows: readonly {
      readonly name: string;
      readonly metric: IMetric;
      readonly from: number;
      readonly says: string;
    }[] = [
      {
        name: 'ServerErrors',
        metric: restApi.metricServerError({ period, statistic: 'Sum' }),
        from: 5,
        says: 'The API has answered 5xx: look for level "error" in the logs of the functions',
      },
      {
        // Of calls that no caller waits for too.
        name: 'ManageErrors',
        metric: manage.lambda.metricErrors({ period }),
        from: 3,
        says: 'The function that manages endpoints fails or runs out of time',
      },
      ...throttles,
      {
        name: 'ProviderFailures',
        metric: logMetrics.providerFailures,
        from: 10,
        says: 'A service is down, too slow, or no longer takes a key: the log of infer names it',
      },
      {
        name: 'LimitTableDown',
        metric: logMetrics.limitTableDown,
        from: 3,
        says: 'Rate limits hold for each process alone, since their table is slow or down',
      },
      {
        name: 'StoreDown',
        metric: logMetrics.storeDown,
        from: 1,
        says: 'The tables or secrets do not answer; what was read before serves for up to ten minutes',
      },
    ];
    this.all = rows.map(
      ({ name, metric, from, says }) =>
        new Alarm(this, name, {
          metric,
          threshold: from,
          evaluationPeriods: 1,
          comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
          treatMissingData: TreatMissingData.NOT_BREACHING,
          alarmDescription: says,
        }),
    );
    if (topicArn === undefined) return;
    const action = new SnsAction(Topic.fromTopicArn(this, 'Topic', topicArn));
    for (const alarm of this.all) {
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
  }
}
