import { createHash } from 'node:crypto';

// Names that the two stacks and the functions make for themselves, each from the same prefix: nothing else joins them.

/**
 * The SageMaker endpoint that runs built-in models.
 *
 * @param prefix - the stacks' own, from `cdk.json`
 */
export const mlNodeName = (prefix: string): string => `${prefix}-ml-node`;

/** The one production variant of the endpoint; it has no model of its own, only components. */
export const variantName = 'models';

/**
 * The bucket for uploaded models. Bucket names are shared by all accounts, and have no capitals.
 *
 * @param account - or a token of the CDK that stands for it, as `region`
 */
export const modelBucketName = (prefix: string, account: string, region: string): string =>
  `${prefix.toLowerCase()}-models-${account}-${region}`;

/** What SageMaker takes for a name: letters, digits, hyphens inside. */
const slug = (text: string, longest: number): string =>
  text
    .replaceAll(/[^a-zA-Z0-9]+/g, '-')
    .slice(0, longest)
    .replaceAll(/^-+|-+$/g, '');

/** The beginning of the names of an endpoint's components, which rights go by; with its hyphen. */
export const componentNamePrefix = (endpoint: string): string => `${slug(endpoint, 24)}-`;

/**
 * The inference component of a deployment: `<endpoint>-<deployment>-<hash>`, both shortened. Inference ids may hold dots and be long,
 * and ids that look alike once shortened are told apart by the 64 bits of the hash, so that the name is one-to-one.
 *
 * @param deployment - the deployment's id, which is the inference id of the endpoint that owns it
 * @returns at most 63 letters, digits and inner hyphens
 */
export const componentName = (endpoint: string, deployment: string): string => {
  const hash = createHash('sha256').update(`${endpoint}/${deployment}`).digest('hex').slice(0, 16);
  const readable = slug(deployment, 21);
  return `${componentNamePrefix(endpoint)}${readable && `${readable}-`}${hash}`;
};

/** The function that makes and removes components; the node's schedule calls it. */
export const manageFunctionName = (prefix: string): string => `${prefix}-manage`;

/** The variable of a component's container that names its deployment: the way back from the component's name, which is cut. */
export const deploymentVariable = 'INLET_DEPLOYMENT';

/** The event with which the schedule of the node calls `manage`. */
export const sweepEvent = { inlet: 'sweep' } as const;
