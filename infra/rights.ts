import { Stack, Validations } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { InletData } from './data.ts';
import type { InletFunction } from './function.ts';

/** Uses of a customer's key, all of them by way of the table or secret that it encrypts. */
const keyUses = {
  read: ['kms:Decrypt', 'kms:DescribeKey'],
  write: ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
} as const;

/** What functions may do with the stored data. With each right a function learns the name of the thing: it knows no others. */
export const rightsTo = ({ endpoints, apiKeys, buckets, adminSecret, endpointSecrets, key }: InletData) => ({
  /** To open what a customer's key encrypts, or to encrypt as well: nothing where there is no such key. */
  useKey: (grantee: InletFunction, ...uses: readonly (keyof typeof keyUses)[]): void => {
    if (!key) return;
    const { region } = Stack.of(grantee);
    Grant.addToPrincipal({
      grantee: grantee.lambda,
      actions: uses.flatMap((use) => keyUses[use]),
      resourceArns: [key.keyArn],
      conditions: {
        StringEquals: {
          'kms:ViaService': ['dynamodb', 'secretsmanager'].map((name) => `${name}.${region}.amazonaws.com`),
        },
      },
    });
  },

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
    if (key && actions.includes('CreateSecret')) grantee.set('INLET_SECRET_KEY', key.keyArn);
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

  /** To call models of Amazon Bedrock and SageMaker with the function's own role, for endpoints without keys of their own. */
  awsModels: (grantee: InletFunction): void => {
    const { partition, account } = Stack.of(grantee);
    const bedrock = [`arn:${partition}:bedrock:*::foundation-model/*`, `arn:${partition}:bedrock:*:${account}:*`];
    const sageMaker = ['endpoint', 'inference-component'].map(
      (kind) => `arn:${partition}:sagemaker:*:${account}:${kind}/*`,
    );
    Grant.addToPrincipal({
      grantee: grantee.lambda,
      actions: ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'],
      resourceArns: bedrock,
    });
    Grant.addToPrincipal({
      grantee: grantee.lambda,
      actions: ['sagemaker:InvokeEndpoint', 'sagemaker:InvokeEndpointWithResponseStream'],
      resourceArns: sageMaker,
    });
    grantee.set('INLET_AWS_ROLE', 'true');
    const reason = 'Which models its callers name, and in which regions, is known when they call';
    Validations.of(grantee).acknowledge(
      ...[
        'bedrock:*::foundation-model/*',
        'bedrock:*:<AWS::AccountId>:*',
        'sagemaker:*:<AWS::AccountId>:endpoint/*',
        'sagemaker:*:<AWS::AccountId>:inference-component/*',
      ].map((arn) => ({ id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:${arn}]`, reason })),
    );
  },

  /** To call the function that manages endpoints. Not `grantInvoke`, which also takes in all its versions by a wildcard. */
  invoke: (grantee: InletFunction, invoked: InletFunction): void => {
    Grant.addToPrincipal({
      grantee: grantee.lambda,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [invoked.lambda.functionArn],
    });
    grantee.set('INLET_MANAGE_FUNCTION', invoked.lambda.functionName);
  },
});
