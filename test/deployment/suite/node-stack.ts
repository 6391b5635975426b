import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { modelBucketName } from '../../../lib/ml-node/names.ts';
import { prefix } from '../cdk.ts';

// The stack of the ML node, as far as emulators take it: of its resources they know the model bucket alone.

const cloudFormation = new CloudFormationClient({});
const StackName = `${prefix}MlNode`;
const patience = { client: cloudFormation, maxWaitTime: 120, minDelay: 1 };

/** @returns the name of its bucket */
export const createNodeStack = async (): Promise<string> => {
  const { Account: account = '' } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
  const BucketName = modelBucketName(prefix, account, await cloudFormation.config.region());
  const resources = { Models: { Type: 'AWS::S3::Bucket', Properties: { BucketName } } };
  const TemplateBody = JSON.stringify({ Resources: resources });
  await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }));
  await waitUntilStackCreateComplete(patience, { StackName });
  return BucketName;
};

export const deleteNodeStack = async (): Promise<void> => {
  await cloudFormation.send(new DeleteStackCommand({ StackName }));
  await waitUntilStackDeleteComplete(patience, { StackName });
};

/** Puts a model's manifest where a user would; the stand-in of its container needs no weights. */
export const uploadManifest = async (Bucket: string, model: string, manifest: object): Promise<void> => {
  const s3 = new S3Client({ forcePathStyle: true });
  await s3.send(new PutObjectCommand({ Bucket, Key: `${model}/inlet.json`, Body: JSON.stringify(manifest) }));
};
