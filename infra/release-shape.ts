import * as z from 'zod';
import { resourcesOf } from './template.ts';

/**
 * Properties of stored things whose change makes CloudFormation put a new, empty one in the old one's place, or makes its value or its
 * address anew.
 */
const decisive: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::Table': ['TableName', 'KeySchema', 'AttributeDefinitions', 'ImportSourceSpecification'],
  'AWS::SecretsManager::Secret': ['Name', 'GenerateSecretString', 'SecretString'],
  'AWS::ApiGateway::RestApi': ['Name', 'CloneFrom'],
  'AWS::ApiGateway::Stage': ['StageName', 'RestApiId'],
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::SageMaker::Endpoint': ['EndpointName'],
};

export const releaseShape = z.record(
  z.string(),
  z.strictObject({ type: z.string(), properties: z.record(z.string(), z.json()) }),
);

/** By logical id: what an update of the stack must leave as it is. */
export type ReleaseShape = z.output<typeof releaseShape>;

/** What of a template an update must leave as it is. */
export const shapeOf = (synthesised: unknown): ReleaseShape => {
  const shape: ReleaseShape = {};
  for (const { id, type, properties } of resourcesOf(synthesised)) {
    const names = decisive[type];
    if (!names) continue;
    shape[id] = {
      type,
      properties: Object.fromEntries(Object.entries(properties).filter(([name]) => names.includes(name))),
    };
  }
  return shape;
};
