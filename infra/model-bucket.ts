import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { modelBucketName } from '../lib/ml-node/names.ts';

type ModelBucketProps = { readonly prefix: string };

/** Where uploaded models lie. Its name is made from the prefix: the service finds it by that. */
export class ModelBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { prefix }: ModelBucketProps) {
    super(scope, id);
    const { account, region } = Stack.of(this);
    this.bucket = new Bucket(this, 'Bucket', {
      bucketName: modelBucketName(prefix, account, region),
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Access logs would need a bucket of their own, and who reads models is the ML node alone',
    });
  }
}
