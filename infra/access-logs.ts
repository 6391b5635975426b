import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat, LogGroupLogDestination, type StageOptions } from 'aws-cdk-lib/aws-apigateway';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** What a line says, by API Gateway's names: nothing of headers, queries and bodies, which may hold keys. */
const fields = {
  requestId: '$context.requestId',
  address: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  bytes: '$context.responseLength',
  milliseconds: '$context.responseLatency',
  firstByteMilliseconds: '$context.integration.timeToFirstContent',
  error: '$context.error.responseType',
  tls: '$context.tlsVersion',
};

/**
 * Access logs of the stage. API Gateway writes them with one role of the whole account and region, which this stack leaves alone: it
 * would overwrite that of others, and leave it behind.
 */
export const accessLogs = (
  scope: Construct,
  { retention, key }: { readonly retention: RetentionDays; readonly key?: IKey | undefined },
): StageOptions => ({
  accessLogDestination: new LogGroupLogDestination(
    new LogGroup(scope, 'AccessLog', {
      retention,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(key && { encryptionKey: key }),
    }),
  ),
  accessLogFormat: AccessLogFormat.custom(JSON.stringify(fields)),
});
