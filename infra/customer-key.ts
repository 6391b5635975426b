import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/**
 * The key of KMS that encrypts tables, secrets and logs, where the operator wants one of their own. What it encrypted is lost with it,
 * so it outlives the stack.
 *
 * Tables and secrets are opened with the rights of whoever reads them; logs by CloudWatch Logs itself, which the key's policy lets in.
 * A key that was there before has a policy that only its owner can change (`docs/deploying.md`).
 */
export class CustomerKey extends Construct {
  readonly key: IKey;

  /** @param arn - of a key that is there; without it a key is made */
  constructor(scope: Construct, id: string, { arn }: { readonly arn?: string } = {}) {
    super(scope, id);
    if (arn !== undefined) {
      this.key = Key.fromKeyArn(this, 'Key', arn);
      return;
    }
    const { stackName, region } = Stack.of(this);
    const key = new Key(this, 'Key', {
      description: `Tables, secrets and logs of ${stackName}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
        resources: ['*'],
        // Log groups have names that CloudFormation makes, from the stack's.
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': Stack.of(this).formatArn({
              service: 'logs',
              resource: 'log-group',
              resourceName: `${stackName}-*`,
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        },
      }),
    );
    this.key = key;
  }
}
