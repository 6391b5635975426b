import { Validations } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { InletData } from './data.ts';
import type { InletFunction } from './function.ts';

/** What functions may do with the stored data. With each right a function learns the name of the thing: it knows no others. */
export const rightsTo = ({ endpoints, apiKeys, buckets, adminSecret, endpointSecrets }: InletData) => ({
  /** To tell who calls: API keys are read one by one, the all-powerful one from its secret. */
  authorise: (grantee: InletFunction): void => {
    apiKeys.grants.actions(grantee.lambda, 'dynamodb:GetItem');
    grantee.set('INLET_API_KEYS_TABLE', apiKeys.tableName);
    Grant.addToPrincipal({
      grantee: grantee.lambda,
      actions: ['secretsmanager:GetSecretValue'],
      resourceArns: [adminSecret.secretArn],
    });
    grantee.set('INLET_ADMIN_SECRET', adminSecret.secretArn);
  },

  /** To list, make and change API keys. */
  manageApiKeys: (grantee: InletFunction): void => {
    apiKeys.grants.actions(grantee.lambda, 'dynamodb:Scan', 'dynamodb:PutItem');
  },

  endpoints: (grantee: InletFunction, ...actions: readonly ('GetItem' | 'Scan' | 'PutItem' | 'DeleteItem')[]): void => {
    endpoints.grants.actions(grantee.lambda, ...actions.map((action) => `dynamodb:${action}`));
    grantee.set('INLET_ENDPOINTS_TABLE', endpoints.tableName);
  },

  endpointSecrets: (
    grantee: InletFunction,
    ...actions: readonly ('GetSecretValue' | 'CreateSecret' | 'DeleteSecret')[]
  ): void => {
    Grant.addToPrincipal({
      grantee: grantee.lambda,
      actions: actions.map((action) => `secretsmanager:${action}`),
      resourceArns: [endpointSecrets.arn],
    });
    grantee.set('INLET_SECRET_PREFIX', endpointSecrets.prefix);
    Validations.of(grantee).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:${endpointSecrets.prefix}*]`,
      reason: 'Secrets of endpoints are made at run time: the beginning of their names is all that the stack knows',
    });
  },

  /** To count calls against rate limits across processes. */
  buckets: (grantee: InletFunction): void => {
    buckets.grants.actions(grantee.lambda, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    grantee.set('INLET_BUCKETS_TABLE', buckets.tableName);
    grantee.set('INLET_RATE_LIMITS', 'shared');
  },

  /** To call another function. Not `grantInvoke`, which also takes in all its versions by a wildcard. */
  invoke: (grantee: InletFunction, invoked: InletFunction): void => {
    Grant.addToPrincipal({
      grantee: grantee.lambda,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [invoked.lambda.functionArn],
    });
  },
});
