import type { Accelerator } from './catalogue.ts';

// Where AWS keeps the images of Text Embeddings Inference. Pure data, for the stack of the node and for the function that makes components.

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
export const images: Readonly<Record<Accelerator, { readonly repository: string; readonly tag: string }>> = {
  gpu: { repository: 'tei', tag: '2.0.1-tei1.9.3-gpu-py310-cu129-ubuntu24.04' },
  cpu: { repository: 'tei-cpu', tag: '2.0.1-tei1.9.3-cpu-py310-ubuntu24.04' },
};

/**
 * The image that serves models in a region.
 *
 * @returns undefined in a region that has none
 */
export const imageUri = (region: string, accelerator: Accelerator): string | undefined => {
  const account = Object.hasOwn(imageAccounts, region) ? imageAccounts[region] : undefined;
  const { repository, tag } = images[accelerator];
  return account && `${account}.dkr.ecr.${region}.amazonaws.com/${repository}:${tag}`;
};
