import { type CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';

/** What a deployment consists of, as far as emptying it goes. */
export type Deployment = {
  /** The stack of the ML node stands. */
  readonly hasNode: boolean;
  readonly tables: readonly string[];
  readonly buckets: readonly string[];
};

/** What makes a stack's resources known by their physical names. */
type Resource = { readonly type: string; readonly name: string };

/** CloudFormation has no error of its own for a stack that is not there. */
const isNoStack = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist');

const resourcesOf = async (client: CloudFormationClient, StackName: string): Promise<Resource[] | undefined> => {
  const resources: Resource[] = [];
  try {
    for await (const page of paginateListStackResources({ client }, { StackName })) {
      for (const {
        ResourceType: type,
        PhysicalResourceId: name,
        ResourceStatus: status,
      } of page.StackResourceSummaries ?? [])
        if (type && name && status !== 'DELETE_COMPLETE') resources.push({ type, name });
    }
  } catch (error) {
    if (isNoStack(error)) return undefined;
    throw error;
  }
  return resources;
};

/**
 * Finds the stacks of a deployment by the prefix of their names, one of which may be missing: an interrupted `cdk deploy` or
 * `cdk destroy` leaves that.
 *
 * @returns undefined when neither stack is there
 */
export const findDeployment = async (client: CloudFormationClient, prefix: string): Promise<Deployment | undefined> => {
  const [service, node] = await Promise.all([resourcesOf(client, prefix), resourcesOf(client, `${prefix}MlNode`)]);
  if (!service && !node) return undefined;
  const namesOf = (wanted: string) =>
    [...(service ?? []), ...(node ?? [])].flatMap(({ type, name }) => (type === wanted ? [name] : []));
  return {
    hasNode: node !== undefined,
    tables: namesOf('AWS::DynamoDB::Table'),
    buckets: namesOf('AWS::S3::Bucket'),
  };
};
