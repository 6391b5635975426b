import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

type NodeRoleProps = {
  /** The repository of the one image that it runs. */
  readonly repositoryArn: string;
  readonly models: Bucket;
};

/**
 * What SageMaker may do to run models: fetch the image and the uploaded models, write logs and metrics.
 *
 * @see SageMaker's developer guide, "SageMaker roles", "CreateModel API: execution role permissions"
 */
export class NodeRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { repositoryArn, models }: NodeRoleProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('sagemaker.amazonaws.com') });
    const logGroup = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: '/aws/sagemaker/*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const statements = [
      { actions: ['ecr:GetAuthorizationToken'], resources: ['*'] },
      {
        actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        resources: [repositoryArn],
      },
      { actions: ['s3:GetObject'], resources: [models.arnForObjects('*')] },
      { actions: ['s3:ListBucket'], resources: [models.bucketArn] },
      {
        actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        resources: [logGroup],
      },
      {
        actions: ['cloudwatch:PutMetricData'],
        resources: ['*'],
        conditions: { StringLike: { 'cloudwatch:namespace': ['AWS/SageMaker', '/aws/sagemaker/*'] } },
      },
    ];
    for (const statement of statements) this.role.addToPolicy(new PolicyStatement(statement));
    // `Resource` is what the CDK calls the one resource of such a construct.
    const bucketId = Stack.of(this).getLogicalId(models.node.findChild('Resource') as CfnBucket);
    Validations.of(this.role).acknowledge(
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'A login to ECR and metrics are for no resource in particular; metrics by their namespace',
      },
      { id: `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/*]`, reason: 'Every uploaded model is there to be run' },
      {
        id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/aws/sagemaker/*]',
        reason: 'SageMaker names the logs of endpoints and components itself',
      },
    );
  }
}
