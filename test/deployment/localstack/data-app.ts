import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { InletData } from '../../../infra/data.ts';

// The stored data of the stack without its functions, which LocalStack runs in Docker alone.

const app = new App();
const stack = new Stack(app, String(app.node.getContext('prefix')));
const { endpoints, apiKeys, buckets, adminSecret, endpointSecrets } = new InletData(stack, 'Data');
const outputs = {
  EndpointsTable: endpoints.tableName,
  ApiKeysTable: apiKeys.tableName,
  BucketsTable: buckets.tableName,
  AdminSecretArn: adminSecret.secretArn,
  SecretPrefix: endpointSecrets.prefix,
};
for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
