import { Aws, CfnMapping, Fn, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Accelerator } from '../lib/ml-node/catalogue.ts';

/**
 * The account that holds the images of Text Embeddings Inference in each region that has them.
 *
 * @see the SageMaker Python SDK, `image_uri_config/huggingface-tei.json`
 */
export const imageAccounts: Readonly<Record<string, string>> = {
  'af-south-1': '510948584623',
  'ap-east-1': '651117190479',
  'ap-northeast-1': '354813040037',
  'ap-northeast-2': '366743142698',
  'ap-northeast-3': '867004704886',
  'ap-south-1': '720646828776',
  'ap-south-2': '628508329040',
  'ap-southeast-1': '121021644041',
  'ap-southeast-2': '783357654285',
  'ap-southeast-3': '951798379941',
  'ap-southeast-4': '106583098589',
  'ca-central-1': '341280168497',
  'ca-west-1': '190319476487',
  'eu-central-1': '492215442770',
  'eu-central-2': '680994064768',
  'eu-north-1': '662702820516',
  'eu-south-1': '978288397137',
  'eu-south-2': '104374241257',
  'eu-west-1': '141502667606',
  'eu-west-2': '764974769150',
  'eu-west-3': '659782779980',
  'il-central-1': '898809789911',
  'me-central-1': '272398656194',
  'me-south-1': '801668240914',
  'sa-east-1': '737474898029',
  'us-east-1': '683313688378',
  'us-east-2': '257758044811',
  'us-west-1': '746614075791',
  'us-west-2': '246618743249',
};

/** Version 1.9.3 of the server: it cuts long texts unless told otherwise, and answers 422 to what it cannot take. */
const images: Readonly<Record<Accelerator, { readonly repository: string; readonly tag: string }>> = {
  gpu: { repository: 'tei', tag: '2.0.1-tei1.9.3-gpu-py310-cu129-ubuntu24.04' },
  cpu: { repository: 'tei-cpu', tag: '2.0.1-tei1.9.3-cpu-py310-ubuntu24.04' },
};

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
