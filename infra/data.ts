import { ArnFormat, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/** Costs nothing while nobody calls. */
const onDemand = (key: IKey | undefined) => ({
  billingMode: BillingMode.PAY_PER_REQUEST,
  ...(key
    ? { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key }
    : { encryption: TableEncryption.AWS_MANAGED }),
});

/** What callers have stored outlives the stack, and nobody deletes it by mistake. */
const kept = {
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  deletionProtection: true,
  removalPolicy: RemovalPolicy.RETAIN,
} as const;

/** What is stored: three tables, the secret of the all-powerful key, and the names that the endpoints' secrets have. */
export class InletData extends Construct {
  readonly endpoints: Table;
  readonly apiKeys: Table;
  /** Rate-limit buckets: each is worthless once it has filled up again. */
  readonly buckets: Table;
  /** Holds the secret alone; the key's id is `admin`. */
  readonly adminSecret: Secret;
  /** Secrets of endpoints are made at run time; rights to them go by the beginning of their names. */
  readonly endpointSecrets: { readonly prefix: string; readonly arn: string };
  /** Encrypts all of this in place of AWS's own keys. */
  readonly key: IKey | undefined;

  constructor(scope: Construct, id: string, { key }: { readonly key?: IKey | undefined } = {}) {
    super(scope, id);
    this.key = key;
    this.endpoints = new Table(this, 'Endpoints', {
      ...onDemand(key),
      ...kept,
      partitionKey: { name: 'inference_id', type: AttributeType.STRING },
    });
    this.apiKeys = new Table(this, 'ApiKeys', {
      ...onDemand(key),
      ...kept,
      partitionKey: { name: 'id', type: AttributeType.STRING },
    });
    this.buckets = new Table(this, 'Buckets', {
      ...onDemand(key),
      partitionKey: { name: 'bucket', type: AttributeType.STRING },
      timeToLiveAttribute: 'expires',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.adminSecret = new Secret(this, 'AdminSecret', {
      description: 'Secret of the API key "admin", which may do everything',
      // 62 characters to the power of 32: 190 bits. Punctuation would need quoting in shells, and `:` divides id and secret.
      generateSecretString: { excludePunctuation: true, passwordLength: 32 },
      ...(key && { encryptionKey: key }),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const { stackName } = Stack.of(this);
    const prefix = `${stackName}/endpoint/`;
    this.endpointSecrets = {
      prefix,
      arn: Stack.of(this).formatArn({
        service: 'secretsmanager',
        resource: 'secret',
        resourceName: `${prefix}*`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    };
    Validations.of(this.buckets).acknowledge({
      id: 'AwsSolutions-DDB3',
      reason: 'A lost bucket is a full bucket: nothing to recover',
    });
    Validations.of(this.adminSecret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Scripts hold this key: its owner rotates it, by writing a new value, when those are ready for it',
    });
  }
}
