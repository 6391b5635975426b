import { Aws, CfnMapping, Fn, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Accelerator } from '../lib/ml-node/catalogue.ts';
import { imageAccounts, images } from '../lib/ml-node/image.ts';

export { imageAccounts } from '../lib/ml-node/image.ts';

/** A region in which the ML node cannot be: one sentence that says what to do. */
export class RegionError extends Error {
  override readonly name = 'RegionError';
}

/** The account by the stack's region, which CloudFormation alone may know. */
const accountIn = (scope: Construct, region: string): string => {
  if (!Token.isUnresolved(region)) {
    const account = imageAccounts[region];
    if (account !== undefined) return account;
    throw new RegionError(
      `Region ${region} has no image of Text Embeddings Inference: deploy to another one (${Object.keys(imageAccounts).join(', ')}), or set mlAddress to a server of your own`,
    );
  }
  const mapping = new CfnMapping(scope, 'TeiAccounts', {
    mapping: Object.fromEntries(Object.entries(imageAccounts).map(([name, account]) => [name, { account }])),
    lazy: false,
  });
  return Fn.findInMap(mapping.logicalId, Aws.REGION, 'account');
};

export type TeiImage = { readonly uri: string; readonly repositoryArn: string };

/**
 * The image that serves models on the ML node, in the registry of the stack's region.
 *
 * @param region - or a token for it
 * @throws RegionError for a region that has none
 */
export const teiImage = (scope: Construct, region: string, accelerator: Accelerator): TeiImage => {
  const account = accountIn(scope, region);
  const { repository, tag } = images[accelerator];
  return {
    uri: `${account}.dkr.ecr.${region}.${Aws.URL_SUFFIX}/${repository}:${tag}`,
    repositoryArn: `arn:${Aws.PARTITION}:ecr:${region}:${account}:repository/${repository}`,
  };
};
