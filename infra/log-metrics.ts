import { Duration, Stack } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { InletFunction } from './function.ts';
import type { InletFunctions } from './functions.ts';
import { limitTableDown, providerFailure, storeDown } from './log-patterns.ts';

/** Counts of log lines: what no metric of AWS's knows. Without such lines there are no data, and no cost. */
export class LogMetrics extends Construct {
  readonly providerFailures: Metric;
  readonly limitTableDown: Metric;
  readonly storeDown: Metric;

  constructor(scope: Construct, id: string, { byName: { infer, manage }, all }: InletFunctions) {
    super(scope, id);
    // A validation call of `manage` fails while somebody sets an endpoint up: no trouble of the operator's.
    this.providerFailures = this.#count('ProviderFailures', providerFailure, [infer]);
    this.limitTableDown = this.#count('LimitTableDown', limitTableDown, [infer, manage]);
    this.storeDown = this.#count('StoreDown', storeDown, all);
  }

  /** One metric of all these logs together. */
  #count(metricName: string, pattern: string, functions: readonly InletFunction[]): Metric {
    const metricNamespace = Stack.of(this).stackName;
    const [first] = functions.map(
      ({ logGroup, node }) =>
        new MetricFilter(this, `${metricName}${node.id}`, {
          logGroup,
          filterPattern: FilterPattern.literal(pattern),
          metricNamespace,
          metricName,
        }),
    );
    if (!first) throw new Error(`No log counts ${metricName}`);
    return first.metric({ statistic: 'Sum', period: Duration.minutes(5) });
  }
}
