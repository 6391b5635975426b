import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { manageFunctionName, sweepEvent } from '../lib/ml-node/names.ts';

type SweepScheduleProps = { readonly prefix: string };

/**
 * Calls `manage` every five minutes to finish what SageMaker refused while it was busy: a component cannot be deleted while it is being
 * made. The function is of the other stack: its name is made from the prefix.
 */
export class SweepSchedule extends Construct {
  constructor(scope: Construct, id: string, { prefix }: SweepScheduleProps) {
    super(scope, id);
    const functionArn = Stack.of(this).formatArn({
      service: 'lambda',
      resource: `function:${manageFunctionName(prefix)}`,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }));
    new CfnSchedule(this, 'Schedule', {
      scheduleExpression: 'rate(5 minutes)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: functionArn,
        roleArn: role.roleArn,
        input: JSON.stringify(sweepEvent),
        // The next one comes soon enough.
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
      },
    });
  }
}
